import Crypto
import Foundation

/// An Ed25519 key that signs, in the file format of OpenSSH (`openssh-key-v1`) without a passphrase.
package struct SSHSigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: Curve25519.Signing.PrivateKey
    /// The public half, with the key's comment.
    package let publicKey: SSHPublicKey

    private static let armor = SSHArmor(label: "OPENSSH PRIVATE KEY")
    private static let magic = [UInt8]("openssh-key-v1\0".utf8)
    /// The private part is padded to a multiple of this with 1, 2, 3 and so on.
    private static let blockSize = 8

    private init(key: Curve25519.Signing.PrivateKey, comment: String) {
        self.key = key
        // A newline in it would end the line of the public key, and begin another one.
        let visible = String(String.UnicodeScalarView(comment.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
        let line = visible.trimmingCharacters(in: .whitespaces)
        publicKey = SSHPublicKey(ed25519: key.publicKey, comment: line.isEmpty ? nil : line)
    }

    /// A new key from the system's random numbers. What is no visible text in `comment` becomes a blank.
    package static func make(comment: String) -> SSHSigningKey {
        SSHSigningKey(key: Curve25519.Signing.PrivateKey(), comment: comment)
    }

    /// Reads a private key as `ssh-keygen -t ed25519 -N ''` writes it.
    /// Throws `malformedPrivateKey`, `encryptedPrivateKey` or `unsupportedKeyType`, and never names the content.
    package init(parsing openSSHPrivateKey: String) throws(SSHSignatureError) {
        guard let bytes = Self.armor.decode(openSSHPrivateKey) else {
            throw Self.malformed("it is not the text of an OpenSSH private key")
        }
        var reader = SSHWireReader(bytes)
        guard reader.bytes(Self.magic.count) == Self.magic, let cipher = reader.name(), let derivation = reader.name(),
            let options = reader.string(), let count = reader.number()
        else { throw Self.malformed("its beginning is damaged") }
        guard cipher == "none", derivation == "none" else {
            throw SSHSignatureError(
                .encryptedPrivateKey, "the SSH private key is protected by a passphrase, which a service cannot be asked for",
                remedy: "take it off with 'ssh-keygen -p -N \"\" -f FILE', or make another key with 'ssh-keygen -t ed25519 -N \"\" -f FILE'"
            )
        }
        guard options.isEmpty, count == 1, let publicBlob = reader.string(), let secret = reader.string(), reader.isAtEnd else {
            throw Self.malformed("it does not hold exactly one key")
        }
        let publicKey = try SSHPublicKey(blob: publicBlob, comment: nil)
        guard case .ed25519 = publicKey.algorithm else {
            throw SSHSignatureError(
                .unsupportedKeyType, "signing with SSH keys of type '\(publicKey.algorithm.name)' is not supported",
                remedy: "make another with 'ssh-keygen -t ed25519'")
        }
        try self.init(secret: secret)
        guard self.publicKey == publicKey else { throw Self.malformed("its public half belongs to another key") }
    }

    /// Reads the private part (PROTOCOL.key of OpenSSH, section 3).
    private init(secret: [UInt8]) throws(SSHSignatureError) {
        var reader = SSHWireReader(secret)
        guard secret.count.isMultiple(of: Self.blockSize), let check = reader.number(), reader.number() == check,
            reader.name() == SSHKeyAlgorithm.ed25519Name, let publicKey = reader.string(), let pair = reader.string(),
            pair.count == 64, Array(pair.suffix(32)) == publicKey, let comment = reader.string()
        else { throw Self.malformed("its private part is damaged") }
        var padding: UInt8 = 0
        while let byte = reader.bytes(1)?.first {
            padding += 1
            guard byte == padding, padding < Self.blockSize else { throw Self.malformed("its padding is damaged") }
        }
        let key: Curve25519.Signing.PrivateKey
        do {
            key = try Curve25519.Signing.PrivateKey(rawRepresentation: pair.prefix(32))
        } catch {
            throw Self.malformed("its private part is no key")
        }
        guard [UInt8](key.publicKey.rawRepresentation) == publicKey else { throw Self.malformed("its halves do not belong together") }
        self.init(key: key, comment: String(decoding: comment, as: UTF8.self))
    }

    /// The text of the key file: only ever for the file in which the key is kept.
    package var openSSHPrivateKeyText: String {
        let publicBytes = [UInt8](key.publicKey.rawRepresentation)
        var secret = SSHWireWriter()
        // The two check numbers only tell whether a passphrase was right; without one any pair does.
        for _ in 0..<2 { secret.raw(SHA256.hash(data: publicBytes).prefix(4)) }
        secret.string(SSHKeyAlgorithm.ed25519Name)
        secret.string(publicBytes)
        secret.string([UInt8](key.rawRepresentation) + publicBytes)
        secret.string(publicKey.comment ?? "")
        var padding: UInt8 = 1
        while !secret.bytes.count.isMultiple(of: Self.blockSize) {
            secret.raw([padding])
            padding += 1
        }
        return Self.armor.encode(
            SSHWireWriter.encoded {
                $0.raw(Self.magic)
                $0.string("none")
                $0.string("none")
                $0.string("")
                $0.number(1)
                $0.string(publicKey.blob)
                $0.string(secret.bytes)
            })
    }

    /// Signs `message` for `namespace`, as `ssh-keygen -Y sign` does with SHA-512. Throws `namespace` where that is no name.
    package func sign(_ message: [UInt8], namespace: String) throws(SSHSignatureError) -> SSHSignature {
        let hash = SSHSignature.HashAlgorithm.sha512
        try SSHSignature.checkNamespace(namespace)
        do {
            let signature = try key.signature(for: SSHSignature.signedData(message, namespace: namespace, hash: hash))
            return SSHSignature(publicKey: publicKey, namespace: namespace, hash: hash, signature: [UInt8](signature))
        } catch {
            throw SSHSignatureError(.libraryFailure, "the cryptographic library could not sign")
        }
    }

    /// `<redacted>`
    package var description: String { "<redacted>" }

    /// Nothing: `dump` shows no key.
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func malformed(_ problem: String) -> SSHSignatureError {
        SSHSignatureError(
            .malformedPrivateKey, "the SSH private key cannot be read: \(problem)",
            remedy: "make another with 'ssh-keygen -t ed25519 -N \"\" -f FILE'")
    }
}
