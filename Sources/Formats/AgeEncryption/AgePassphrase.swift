import Crypto
import CryptoExtras
import Foundation

/// A passphrase that wraps the file key by scrypt. Deriving costs time and memory: 128 * 8 * 2^work factor bytes.
package struct AgePassphrase: Sendable, CustomStringConvertible, CustomReflectable {
    private let secret: [UInt8]
    private let workFactor: Int
    private let workFactorLimit: Int

    /// What `age` uses for files that it writes: 256 MiB, about a second.
    package static let defaultWorkFactor = 18
    /// 1 GiB: what a file written by somebody else may make us spend.
    package static let defaultWorkFactorLimit = 20

    /// - Parameters:
    ///   - secret: at least one byte, otherwise `malformedPassphrase` is thrown.
    ///   - workFactor: base-two logarithm of the cost of files that are written, 1...22.
    ///   - workFactorLimit: the largest work factor that is accepted in files that are read, 1...22.
    package init(
        _ secret: String, workFactor: Int = AgePassphrase.defaultWorkFactor, workFactorLimit: Int = AgePassphrase.defaultWorkFactorLimit
    ) throws(AgeError) {
        guard !secret.isEmpty else { throw AgeError(.malformedPassphrase, "the passphrase is empty") }
        guard (1...22).contains(workFactor), (1...22).contains(workFactorLimit) else {
            throw AgeError(.malformedPassphrase, "a scrypt work factor lies between 1 and 22")
        }
        self.secret = [UInt8](secret.utf8)
        self.workFactor = workFactor
        self.workFactorLimit = workFactorLimit
    }

    /// `<redacted>`
    package var description: String { "<redacted>" }

    /// Nothing: `dump` shows no passphrase.
    package var customMirror: Mirror { Mirror(self, children: []) }

    static let stanzaType = "scrypt"
    private static let label = [UInt8]("age-encryption.org/v1/scrypt".utf8)
    private static let saltLength = 16

    func wrap(_ fileKey: FileKey) throws(AgeError) -> AgeStanza {
        let salt = [UInt8](SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) })
        let key = try wrapKey(salt: salt, workFactor: workFactor)
        return AgeStanza(arguments: [Self.stanzaType, UnpaddedBase64.encode(salt), String(workFactor)], body: try fileKey.wrapped(by: key))
    }

    /// Nil where the passphrase is another; throws where the stanza is malformed or its work factor too large.
    func unwrap(_ stanza: ScryptStanza) throws(AgeError) -> FileKey? {
        guard stanza.workFactor <= workFactorLimit else {
            throw .header(
                "its scrypt work factor is \(stanza.workFactor), more than the accepted \(workFactorLimit)",
                remedy: "it would cost too much memory here; decrypt it with 'age' on a machine that you trust with it")
        }
        return FileKey(unwrapping: stanza.body, by: try wrapKey(salt: stanza.salt, workFactor: stanza.workFactor))
    }

    private func wrapKey(salt: [UInt8], workFactor: Int) throws(AgeError) -> SymmetricKey {
        do {
            return try KDF.Scrypt.deriveKey(
                from: secret, salt: Self.label + salt, outputByteCount: 32, rounds: 1 << workFactor, blockSize: 8, parallelism: 1)
        } catch {
            throw .library("derive a key by scrypt")
        }
    }

    /// A stanza of type `scrypt` whose form was checked.
    struct ScryptStanza {
        let salt: [UInt8]
        let workFactor: Int
        let body: [UInt8]

        init(_ stanza: AgeStanza) throws(AgeError) {
            guard stanza.arguments.count == 3 else { throw .header("a scrypt stanza has three arguments") }
            guard let salt = UnpaddedBase64.decode(stanza.arguments[1]), salt.count == saltLength else {
                throw .header("the scrypt salt is not 16 bytes in canonical base 64")
            }
            let digits = stanza.arguments[2]
            guard digits.utf8.allSatisfy({ (48...57).contains($0) }), !digits.hasPrefix("0"), let workFactor = Int(digits) else {
                throw .header("the scrypt work factor is not a decimal number")
            }
            try FileKey.checkWrappedLength(of: stanza)
            self.salt = salt
            self.workFactor = workFactor
            body = stanza.body
        }
    }
}
