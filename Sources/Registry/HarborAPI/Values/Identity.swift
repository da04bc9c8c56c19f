/// Whom Harbor takes us for.
package enum Identity: Sendable, Equatable {
    /// A person's account.
    case user(name: String, isAdministrator: Bool)
    /// A robot, enabled and not expired.
    case robot
    /// Nobody: the credential is wrong, disabled or expired.
    case nobody
}
