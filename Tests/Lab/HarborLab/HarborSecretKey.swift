import Crypto
import CryptoExtras
package import Foundation
import LabServers

/// The 16 characters with which Harbor encrypts passwords in its database (AES-128 in CFB mode, without any integrity check).
package struct HarborSecretKey: Sendable {
    /// The key as it stands in the file: exactly 16 ASCII characters, no newline.
    package let text: String

    /// What an encrypted value begins with; base64 of initialization vector and ciphertext follows.
    package static let header = "<enc-v1>"

    /// A new random key.
    package init() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var generator = SystemRandomNumberGenerator()
        text = String((0..<16).compactMap { _ in alphabet.randomElement(using: &generator) })
    }

    /// The key in `file`. Throws `LabError` when it has not exactly 16 bytes.
    package init(file: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: file))
        guard bytes.count == 16 else { throw LabError(.unexpectedAnswer, "\(file) holds \(bytes.count) bytes; a secret key has 16") }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The value as Harbor stores it.
    package func encrypt(_ plain: String) throws -> String {
        let vector = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        let sealed = try AES._CFB.encrypt(Data(plain.utf8), using: SymmetricKey(data: Data(text.utf8)), iv: AES._CFB.IV(ivBytes: vector))
        return Self.header + (Data(vector) + sealed).base64EncodedString()
    }

    /// The plain value of what `encrypt` made; with another key garbage, not an error. Nil for what is not encrypted so.
    package func decrypt(_ value: String) throws -> Data? {
        guard value.hasPrefix(Self.header), let data = Data(base64Encoded: String(value.dropFirst(Self.header.count))), data.count >= 16
        else { return nil }
        let vector = try AES._CFB.IV(ivBytes: Array(data.prefix(16)))
        return try AES._CFB.decrypt(data.dropFirst(16), using: SymmetricKey(data: Data(text.utf8)), iv: vector)
    }
}
