import Crypto
import Foundation

/// A stanza of type `X25519` whose form was checked.
struct X25519Stanza {
    static let type = "X25519"
    private static let label = [UInt8]("age-encryption.org/v1/X25519".utf8)

    private let share: Curve25519.KeyAgreement.PublicKey
    private let shareBytes: [UInt8]
    private let body: [UInt8]

    init(_ stanza: AgeStanza) throws(AgeError) {
        guard stanza.arguments.count == 2 else { throw .header("an X25519 stanza has two arguments") }
        guard let bytes = UnpaddedBase64.decode(stanza.arguments[1]), bytes.count == 32 else {
            throw .header("the share of an X25519 stanza is not 32 bytes in canonical base 64")
        }
        try FileKey.checkWrappedLength(of: stanza)
        do {
            share = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes)
        } catch {
            throw .header("the share of an X25519 stanza is no key")
        }
        shareBytes = bytes
        body = stanza.body
    }

    static func wrap(_ fileKey: FileKey, to recipient: AgeRecipient) throws(AgeError) -> AgeStanza {
        let ephemeral = Curve25519.KeyAgreement.PrivateKey()
        let share = [UInt8](ephemeral.publicKey.rawRepresentation)
        guard let recipientKey = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: recipient.key),  // refused below
            let secret = secret(of: ephemeral, and: recipientKey)
        else {
            throw AgeError(
                .malformedRecipient, "the recipient \(recipient) is not a usable X25519 key", remedy: "make a key with 'age-keygen'")
        }
        let wrapKey = wrapKey(secret, share: share, recipient: recipient)
        return AgeStanza(arguments: [type, UnpaddedBase64.encode(share)], body: try fileKey.wrapped(by: wrapKey))
    }

    /// Nil where the stanza is addressed to somebody else; throws where its share makes a secret that anybody knows.
    func unwrap(by identity: AgeIdentity) throws(AgeError) -> FileKey? {
        guard let secret = Self.secret(of: identity.key, and: share) else {
            throw .header("the share of an X25519 stanza is a point of low order")
        }
        return FileKey(unwrapping: body, by: Self.wrapKey(secret, share: shareBytes, recipient: identity.recipient))
    }

    /// Nil where the public key is a point of low order: the secret is then zero, and everybody knows it.
    private static func secret(of key: Curve25519.KeyAgreement.PrivateKey, and other: Curve25519.KeyAgreement.PublicKey) -> SharedSecret? {
        // Some builds of the library refuse such a point themselves, others do not.
        guard let secret = try? key.sharedSecretFromKeyAgreement(with: other) else { return nil }
        return secret.withUnsafeBytes { bytes in bytes.reduce(0, |) } == 0 ? nil : secret
    }

    private static func wrapKey(_ secret: SharedSecret, share: [UInt8], recipient: AgeRecipient) -> SymmetricKey {
        secret.hkdfDerivedSymmetricKey(using: SHA256.self, salt: share + recipient.key, sharedInfo: label, outputByteCount: 32)
    }
}
