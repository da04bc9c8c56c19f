package import CurlTransport

/// Who asks Harbor: a robot or a user.
package struct HarborAccount: Sendable, Equatable {
    /// The whole name, for a robot with its prefix: `robot$backup`, `robot$project+name`.
    package let username: String
    /// The robot's secret or the user's password.
    package let password: CurlTransport.Secret

    /// An account; Harbor checks it with each request.
    package init(username: String, password: CurlTransport.Secret) {
        self.username = username
        self.password = password
    }
}
