/// Why something could not be encrypted to, or decrypted from, an age file. It never holds a secret.
package struct AgeError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        case malformedRecipient = "malformed_recipient"
        case malformedIdentity = "malformed_identity"
        case malformedPassphrase = "malformed_passphrase"
        /// No recipient at all, or more than a header holds.
        case recipientCount = "recipient_count"
        /// None of the identities, and not the passphrase, opens the file.
        case noMatch = "no_match"
        case headerFailure = "header_failure"
        /// The file key is right, but the header was altered afterwards.
        case hmacFailure = "hmac_failure"
        /// A chunk is altered, cut off, missing or one too many.
        case payloadFailure = "payload_failure"
        case armorFailure = "armor_failure"
        /// The range reaches outside the plaintext, or the ciphertext given for it has another size.
        case rangeFailure = "range_failure"
        /// The value was used again after its end, or after a failure.
        case finished
        /// The cryptographic library refused what it cannot refuse.
        case libraryFailure = "library_failure"
    }

    /// The kind of failure.
    package let code: Code
    /// What is wrong, and where: a sentence without its full stop.
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

extension AgeError {
    static func header(_ problem: String, remedy: String? = nil) -> AgeError {
        AgeError(.headerFailure, "age header: \(problem)", remedy: remedy)
    }

    static func payload(_ problem: String) -> AgeError {
        AgeError(.payloadFailure, "age payload: \(problem)", remedy: "fetch the object again; if it stays so, restore from another copy")
    }

    static func library(_ operation: String) -> AgeError { AgeError(.libraryFailure, "the cryptographic library could not \(operation)") }
}
