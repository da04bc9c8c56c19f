import Crypto

/// A public X25519 key to which files are encrypted: `age1...`.
package struct AgeRecipient: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes of the key.
    let key: [UInt8]

    static let prefix = "age"

    init(key: Curve25519.KeyAgreement.PublicKey) { self.key = [UInt8](key.rawRepresentation) }

    /// Reads `age1...` (small letters, X25519); throws `malformedRecipient`.
    package init(parsing text: String) throws(AgeError) {
        guard let bech32 = Bech32(parsing: text) else {
            throw AgeError(
                .malformedRecipient, "this is not an age recipient: its checksum or spelling is wrong",
                remedy: "copy the whole line 'age1...' that age-keygen printed as the public key")
        }
        if bech32.prefix.uppercased().hasPrefix("AGE-") {
            throw AgeError(
                .malformedRecipient, "an age identity (a secret) stands where a recipient belongs",
                remedy: "remove it from there, and use what 'age-keygen -y' prints for it")
        }
        guard bech32.prefix == Self.prefix else {
            throw AgeError(
                .malformedRecipient, "recipients of the kind '\(bech32.prefix)1...' are not supported, only X25519",
                remedy: "make an X25519 key with 'age-keygen'")
        }
        guard bech32.data.count == 32 else {
            throw AgeError(.malformedRecipient, "an age recipient holds 32 bytes, this one \(bech32.data.count)")
        }
        key = bech32.data
    }

    /// `age1...`
    package var text: String { Bech32(prefix: Self.prefix, data: key).text }

    /// The same as `text`: a recipient is public.
    package var description: String { text }
}
