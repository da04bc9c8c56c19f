import Crypto
import Foundation

/// A detached signature of a message, as `ssh-keygen -Y sign` makes it (SSHSIG, version 1).
package struct SSHSignature: Sendable {
    /// The digest that was taken of the message before it was signed.
    enum HashAlgorithm: String, Sendable {
        case sha256, sha512

        func digest(_ message: [UInt8]) -> [UInt8] {
            switch self {
            case .sha256: Array(SHA256.hash(data: message))
            case .sha512: Array(SHA512.hash(data: message))
            }
        }
    }

    /// The key that the signature itself names; whether to trust it is the caller's decision.
    package let publicKey: SSHPublicKey
    /// What the signature is meant for.
    package let namespace: String
    private let hash: HashAlgorithm
    private let signature: [UInt8]

    private static let armor = SSHArmor(label: "SSH SIGNATURE")
    private static let magic = [UInt8]("SSHSIG".utf8)
    private static let version: UInt32 = 1

    init(publicKey: SSHPublicKey, namespace: String, hash: HashAlgorithm, signature: [UInt8]) {
        self.publicKey = publicKey
        self.namespace = namespace
        self.hash = hash
        self.signature = signature
    }

    /// Reads the armored text. Throws `malformedSignature`, `unsupportedKeyType` or `malformedPublicKey`.
    package init(parsing armored: String) throws(SSHSignatureError) {
        guard let blob = Self.armor.decode(armored) else {
            throw Self.malformed("it is not the whole text between BEGIN and END SSH SIGNATURE")
        }
        var reader = SSHWireReader(blob)
        guard reader.bytes(Self.magic.count) == Self.magic, let version = reader.number() else {
            throw Self.malformed("it does not begin as one")
        }
        guard version == Self.version else { throw Self.malformed("its version is \(version), not \(Self.version)") }
        guard let keyBlob = reader.string(), let namespace = reader.string(), let reserved = reader.string(), let hashName = reader.name(),
            let encoded = reader.string(), reader.isAtEnd
        else { throw Self.malformed("it is damaged") }
        // The reserved field is not signed as it stands, so that anybody could fill it; no writer does.
        guard reserved.isEmpty else { throw Self.malformed("its reserved field is not empty") }
        guard let hash = HashAlgorithm(rawValue: hashName) else {
            throw Self.malformed("its hash is '\(hashName)', neither sha256 nor sha512")
        }
        publicKey = try SSHPublicKey(blob: keyBlob, comment: nil)
        self.hash = hash
        self.namespace = String(decoding: namespace, as: UTF8.self)
        // Bytes that are no UTF-8 would be replaced, and the namespace shown not be the one that is signed.
        guard namespace.elementsEqual(self.namespace.utf8) else { throw Self.malformed("its namespace is not UTF-8") }
        try Self.checkNamespace(self.namespace)

        var inner = SSHWireReader(encoded)
        guard let algorithm = inner.name(), let signature = inner.string(), inner.isAtEnd else { throw Self.malformed("it is damaged") }
        guard algorithm == publicKey.algorithm.name else {
            throw Self.malformed("a signature of type '\(algorithm)' does not go with a key of type '\(publicKey.algorithm.name)'")
        }
        self.signature = signature
    }

    /// The text that `ssh-keygen -Y verify` reads, with a newline at its end.
    package var armored: String {
        Self.armor.encode(
            SSHWireWriter.encoded {
                $0.raw(Self.magic)
                $0.number(Self.version)
                $0.string(publicKey.blob)
                $0.string(namespace)
                $0.string("")
                $0.string(hash.rawValue)
                $0.string(
                    SSHWireWriter.encoded {
                        $0.string(publicKey.algorithm.name)
                        $0.string(signature)
                    })
            })
    }

    /// Throws `namespace` where the signature is meant for something else, `wrongSignature` where it was not made over `message` by
    /// `publicKey`. The caller decides whether `publicKey` is one to trust.
    package func verify(_ message: [UInt8], namespace: String) throws(SSHSignatureError) {
        // Byte by byte: strings of Swift are equal as soon as they look the same.
        guard self.namespace.utf8.elementsEqual(namespace.utf8) else {
            throw SSHSignatureError(.namespace, "the signature is meant for '\(self.namespace)', not for '\(namespace)'")
        }
        guard publicKey.algorithm.isValid(signature, for: Self.signedData(message, namespace: namespace, hash: hash)) else {
            throw SSHSignatureError(
                .wrongSignature, "the signature by \(publicKey.fingerprint) does not fit the message",
                remedy: "either of them was altered: fetch both again, then restore them from another copy")
        }
    }

    static func signedData(_ message: [UInt8], namespace: String, hash: HashAlgorithm) -> [UInt8] {
        SSHWireWriter.encoded {
            $0.raw(magic)
            $0.string(namespace)
            $0.string("")
            $0.string(hash.rawValue)
            $0.string(hash.digest(message))
        }
    }

    static func checkNamespace(_ namespace: String) throws(SSHSignatureError) {
        guard (1...256).contains(namespace.utf8.count), namespace.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
            throw SSHSignatureError(.namespace, "a signature's namespace is 1 to 256 bytes of text without control characters")
        }
    }

    private static func malformed(_ problem: String) -> SSHSignatureError {
        SSHSignatureError(.malformedSignature, "this is not an SSH signature: \(problem)", remedy: "fetch the signature again")
    }
}
