import Crypto
import Foundation

/// A public key as OpenSSH writes it: Ed25519, and ECDSA over P-256 and P-384 for verifying.
/// Two keys are equal whatever their comments say.
package struct SSHPublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The key in SSH's binary encoding.
    let blob: [UInt8]
    let algorithm: SSHKeyAlgorithm
    /// What follows the key in its line; never empty.
    package let comment: String?

    /// Longest line that is looked at.
    private static let longestText = 16384

    /// Reads `ssh-ed25519 AAAA... comment`, one line. Throws `malformedPublicKey` or `unsupportedKeyType`.
    package init(parsing text: String) throws(SSHSignatureError) {
        guard text.utf8.count <= Self.longestText else { throw Self.malformed("it is longer than \(Self.longestText) bytes") }
        let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !line.unicodeScalars.contains(where: { $0.value < 32 && $0.value != 9 || $0.value == 127 }) else {
            throw Self.malformed("it is not one line of text")
        }
        if line.hasPrefix("-----BEGIN") {
            throw SSHSignatureError(
                .malformedPublicKey, "a private key or a signature stands where a public key belongs",
                remedy: "use the line that 'ssh-keygen -y -f FILE' prints")
        }
        let fields = line.split(maxSplits: 2, whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count >= 2 else { throw Self.malformed("it is not a type and a key with a blank between them") }
        guard let blob = SSHArmor.decodeBase64(String(fields[1])) else { throw Self.malformed("the key is not canonical base 64") }
        let comment = fields.count > 2 ? fields[2].trimmingCharacters(in: .whitespaces) : ""
        try self.init(blob: blob, comment: comment.isEmpty ? nil : comment)
        guard algorithm.name == fields[0] else {
            throw Self.malformed("it says '\(fields[0])' but holds a key of type '\(algorithm.name)'")
        }
    }

    /// Reads the binary encoding; nothing may follow it.
    init(blob: [UInt8], comment: String?) throws(SSHSignatureError) {
        var reader = SSHWireReader(blob)
        guard let name = reader.name() else { throw Self.malformed("it names no type") }
        algorithm = try SSHKeyAlgorithm(name: name, reader: &reader)
        guard reader.isAtEnd else { throw Self.malformed("something follows the key") }
        self.blob = blob
        self.comment = comment
    }

    init(ed25519 key: Curve25519.Signing.PublicKey, comment: String?) {
        blob = SSHWireWriter.encoded {
            $0.string(SSHKeyAlgorithm.ed25519Name)
            $0.string([UInt8](key.rawRepresentation))
        }
        algorithm = .ed25519(key)
        self.comment = comment
    }

    /// `ssh-ed25519 AAAA...`, without the comment.
    package var text: String { "\(algorithm.name) \(Data(blob).base64EncodedString())" }

    /// `SHA256:...`, as `ssh-keygen -l` prints it.
    package var fingerprint: String {
        var digest = Data(SHA256.hash(data: blob)).base64EncodedString()
        while digest.last == "=" { digest.removeLast() }
        return "SHA256:\(digest)"
    }

    /// The key's line, with its comment.
    package var description: String { comment.map { "\(text) \($0)" } ?? text }

    /// Whether both are the same key.
    package static func == (left: SSHPublicKey, right: SSHPublicKey) -> Bool { left.blob == right.blob }

    /// Hashes the key without its comment.
    package func hash(into hasher: inout Hasher) { hasher.combine(blob) }

    private static func malformed(_ problem: String) -> SSHSignatureError {
        SSHSignatureError(
            .malformedPublicKey, "this is not an SSH public key: \(problem)",
            remedy: "copy the whole line 'ssh-ed25519 AAAA...' of the .pub file")
    }
}
