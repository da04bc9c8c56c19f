/// What went wrong with a vault or the target under it.
package struct VaultError: Error, CustomStringConvertible {
    /// Kind of failure; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        case notFound = "not_found"
        case exists
        case denied
        case full
        case unavailable
        /// Bytes that are not what their hash, size or signature says.
        case corrupt
        /// Text that does not follow the format.
        case malformed
        /// No signature of a trusted signer.
        case untrusted
        /// No identity at hand opens it.
        case locked
        /// Not a vault, or another one than remembered.
        case wrongVault = "wrong_vault"
        case configuration
    }

    /// Kind of failure, for callers that decide by it.
    package let code: Code
    /// What went wrong, as a sentence without a full stop.
    package let problem: String
    /// The next thing to do, as a sentence; empty where there is none.
    package let remedy: String
    /// The error underneath, where there is one.
    package let cause: (any Error)?

    /// Makes an error that says `problem` and, where there is one, what to do next.
    package init(_ code: Code, _ problem: String, remedy: String = "", cause: (any Error)? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
    }

    /// The same call may succeed later without anybody's doing.
    package var isRetryable: Bool { code == .unavailable }

    /// Problem, cause and remedy in one line.
    package var description: String {
        let because = cause.map { ": \($0)" } ?? ""
        return remedy.isEmpty ? "\(problem)\(because)" : "\(problem)\(because). Hint: \(remedy)"
    }
}
