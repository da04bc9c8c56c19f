import Crypto
import Foundation

/// The 128-bit key of one file, from which the keys of header and payload follow.
struct FileKey: Sendable {
    private let key: SymmetricKey

    /// A stanza's body: the file key and a tag of 16 bytes.
    private static let wrappedLength = 32
    private static let headerLabel = [UInt8]("header".utf8)
    private static let payloadLabel = [UInt8]("payload".utf8)

    private init(key: SymmetricKey) { self.key = key }

    static func make() -> FileKey { FileKey(key: SymmetricKey(size: .bits128)) }

    /// Nil where `wrapKey` does not open the body.
    init?(unwrapping body: [UInt8], by wrapKey: SymmetricKey) {
        // A body that does not open is addressed to somebody else, which is not an error.
        guard let box = try? ChaChaPoly.SealedBox(combined: [UInt8](repeating: 0, count: 12) + body),
            let opened = try? ChaChaPoly.open(box, using: wrapKey), opened.count == 16  // not ours: not an error
        else { return nil }
        key = SymmetricKey(data: opened)
    }

    /// A body of another length must not even be tried: it could be made to open under several keys.
    static func checkWrappedLength(of stanza: AgeStanza) throws(AgeError) {
        guard stanza.body.count == wrappedLength else { throw .header("the body of a stanza is not a wrapped file key of 16 bytes") }
    }

    /// Sealed under a zero nonce: each wrapping key is used once.
    func wrapped(by wrapKey: SymmetricKey) throws(AgeError) -> [UInt8] {
        do {
            let nonce = try ChaChaPoly.Nonce(data: [UInt8](repeating: 0, count: 12))
            let box = try ChaChaPoly.seal(key.withUnsafeBytes { Array($0) }, using: wrapKey, nonce: nonce)
            return [UInt8](box.ciphertext + box.tag)
        } catch {
            throw .library("wrap a file key")
        }
    }

    private var macKey: SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Self.headerLabel, outputByteCount: 32)
    }

    func mac(of header: [UInt8]) -> [UInt8] { Array(HMAC<SHA256>.authenticationCode(for: header, using: macKey)) }

    /// Compares in constant time.
    func isValid(_ mac: [UInt8], of header: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: header, using: macKey)
    }

    func payloadKey(nonce: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, salt: nonce, info: Self.payloadLabel, outputByteCount: 32)
    }
}
