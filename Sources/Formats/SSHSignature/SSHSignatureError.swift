/// Why a key, a signature or what it signs was refused. It never holds a secret.
package struct SSHSignatureError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        case malformedPublicKey = "malformed_public_key"
        case malformedPrivateKey = "malformed_private_key"
        /// The private key is protected by a passphrase.
        case encryptedPrivateKey = "encrypted_private_key"
        /// A key of a type that is not supported; the message names it.
        case unsupportedKeyType = "unsupported_key_type"
        case malformedSignature = "malformed_signature"
        /// The signature is meant for something else, or a namespace is no name.
        case namespace
        /// The signature does not belong to this message and key.
        case wrongSignature = "wrong_signature"
        /// The cryptographic library refused what it cannot refuse.
        case libraryFailure = "library_failure"
    }

    /// The kind of failure.
    package let code: Code
    /// What is wrong: a sentence without its full stop.
    package let problem: String
    /// What to do about it.
    package let remedy: String?

    init(_ code: Code, _ problem: String, remedy: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    /// Always false: the same bytes and keys give the same answer.
    package var isRetryable: Bool { false }

    /// The problem and, where there is one, what to do.
    package var description: String {
        guard let remedy else { return problem }
        return "\(problem). Hint: \(remedy)"
    }
}
