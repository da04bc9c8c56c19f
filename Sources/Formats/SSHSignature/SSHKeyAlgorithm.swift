import Crypto
import Foundation

/// The kinds of key whose signatures can be checked, each with its key.
enum SSHKeyAlgorithm: Sendable {
    case ed25519(Curve25519.Signing.PublicKey)
    case ecdsaP256(P256.Signing.PublicKey)
    case ecdsaP384(P384.Signing.PublicKey)

    static let ed25519Name = "ssh-ed25519"
    private static let ecdsaP256Name = "ecdsa-sha2-nistp256"
    private static let ecdsaP384Name = "ecdsa-sha2-nistp384"
    private static let ed25519SignatureLength = 64

    /// Reads what follows the type's name in a public key.
    init(name: String, reader: inout SSHWireReader) throws(SSHSignatureError) {
        do {
            switch name {
            case Self.ed25519Name:
                guard let key = reader.string(), key.count == 32 else { throw Self.malformed(name) }
                self = .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: key))
            case Self.ecdsaP256Name:
                // RFC 5656, section 3.1: the curve is named again, then the point, here only in its uncompressed form.
                guard reader.name() == "nistp256", let point = reader.string(), point.count == 65 else { throw Self.malformed(name) }
                self = .ecdsaP256(try P256.Signing.PublicKey(x963Representation: point))
            case Self.ecdsaP384Name:
                guard reader.name() == "nistp384", let point = reader.string(), point.count == 97 else { throw Self.malformed(name) }
                self = .ecdsaP384(try P384.Signing.PublicKey(x963Representation: point))
            default: throw Self.unsupported(name)
            }
        } catch let error as SSHSignatureError {
            throw error
        } catch {
            throw Self.malformed(name)
        }
    }

    var name: String {
        switch self {
        case .ed25519: Self.ed25519Name
        case .ecdsaP256: Self.ecdsaP256Name
        case .ecdsaP384: Self.ecdsaP384Name
        }
    }

    /// Whether `signature`, in the encoding of this type, was made over `data`; false as well where it has no such form.
    func isValid(_ signature: [UInt8], for data: [UInt8]) -> Bool {
        switch self {
        case .ed25519(let key):
            return signature.count == Self.ed25519SignatureLength && key.isValidSignature(signature, for: data)
        case .ecdsaP256(let key):
            guard let raw = Self.rawECDSA(signature, count: 32),
                let parsed = try? P256.Signing.ECDSASignature(rawRepresentation: raw)  // what has no such form is no signature
            else { return false }
            return key.isValidSignature(parsed, for: SHA256.hash(data: data))
        case .ecdsaP384(let key):
            guard let raw = Self.rawECDSA(signature, count: 48),
                let parsed = try? P384.Signing.ECDSASignature(rawRepresentation: raw)  // what has no such form is no signature
            else { return false }
            return key.isValidSignature(parsed, for: SHA384.hash(data: data))
        }
    }

    /// RFC 5656, section 3.1.2: r and s as numbers of any length; here as `count` bytes each.
    private static func rawECDSA(_ signature: [UInt8], count: Int) -> [UInt8]? {
        var reader = SSHWireReader(signature)
        guard let r = reader.unsigned(count: count), let s = reader.unsigned(count: count), reader.isAtEnd else { return nil }
        return r + s
    }

    static func unsupported(_ name: String) -> SSHSignatureError {
        SSHSignatureError(
            .unsupportedKeyType, "SSH keys of type '\(name)' are not supported", remedy: "make another with 'ssh-keygen -t ed25519'")
    }

    private static func malformed(_ name: String) -> SSHSignatureError {
        SSHSignatureError(.malformedPublicKey, "this SSH public key says '\(name)' but holds no such key")
    }
}
