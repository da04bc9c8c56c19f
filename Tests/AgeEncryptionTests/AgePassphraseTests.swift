import AgeEncryption
import Testing

@Suite("passphrases")
struct AgePassphraseTests {
    @Test("what a passphrase encrypts it decrypts, and another does not")
    func roundTrip() throws {
        let passphrase = try AgePassphrase("open sesame", workFactor: 4)
        var encryptor = try AgeEncryptor(passphrase: passphrase)
        let file = try WholeFile.encrypt([1, 2, 3], with: &encryptor)
        #expect(String(decoding: file, as: UTF8.self).contains("-> scrypt "))
        let opened = WholeFile.released(file, by: AgeDecryptor(identities: [.make()], passphrase: passphrase))
        #expect(opened.plaintext == [1, 2, 3] && opened.error == nil)
        let other = WholeFile.released(file, by: AgeDecryptor(identities: [], passphrase: try AgePassphrase("open Sesame")))
        #expect(other.error?.code == .noMatch)
        #expect(WholeFile.released(file, by: AgeDecryptor(identities: [.make()])).error?.code == .noMatch)
    }

    @Test("a work factor above the limit is refused before it costs anything")
    func limit() throws {
        var encryptor = try AgeEncryptor(passphrase: try AgePassphrase("a", workFactor: 6))
        let file = try WholeFile.encrypt([], with: &encryptor)
        let strict = try AgePassphrase("a", workFactorLimit: 5)
        #expect(WholeFile.released(file, by: AgeDecryptor(identities: [], passphrase: strict)).error?.code == .headerFailure)
        let enough = try AgePassphrase("a", workFactorLimit: 6)
        #expect(WholeFile.released(file, by: AgeDecryptor(identities: [], passphrase: enough)).error == nil)

        let text = String(decoding: file, as: UTF8.self).replacing(" 6\n", with: " 21\n")
        let costly = WholeFile.released([UInt8](text.utf8), by: AgeDecryptor(identities: [], passphrase: try AgePassphrase("a")))
        #expect(costly.error?.problem == "age header: its scrypt work factor is 21, more than the accepted 20")
    }

    @Test("empty passphrases and impossible work factors are refused")
    func malformed() {
        #expect(throws: AgeError.self) { try AgePassphrase("") }
        for factor in [0, -1, 23, 64, .max] {
            let error = #expect(throws: AgeError.self) { try AgePassphrase("a", workFactor: factor) }
            #expect(error?.code == .malformedPassphrase)
            #expect(throws: AgeError.self) { try AgePassphrase("a", workFactorLimit: factor) }
        }
    }
}
