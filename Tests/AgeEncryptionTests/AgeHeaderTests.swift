import Testing

@testable import AgeEncryption

@Suite("headers")
struct AgeHeaderTests {
    static let identity = AgeIdentity.make()

    private static func header(_ stanzas: [AgeStanza], _ fileKey: FileKey = .make()) -> [UInt8] {
        AgeHeader(stanzas: stanzas, fileKey: fileKey).bytes
    }

    private static func parse(_ bytes: [UInt8]) throws(AgeError) -> (count: Int, header: AgeHeader?) {
        var parser = AgeHeaderParser()
        return try bytes.withRawBytes { input throws(AgeError) in try parser.consume(input) }
    }

    @Test("stanzas with bodies of any length come back", arguments: [0, 1, 47, 48, 49, 95, 96, 97, 500])
    func roundTrip(_ length: Int) throws {
        let stanzas = [
            AgeStanza(arguments: ["test", "!~", "x"], body: [UInt8](repeating: 200, count: length)),
            AgeStanza(arguments: ["another"], body: []),
        ]
        let bytes = Self.header(stanzas)
        let (count, header) = try Self.parse(bytes + [1, 2, 3])
        #expect(count == bytes.count)
        #expect(header?.stanzas == stanzas)
        #expect(header?.bytes == bytes)
    }

    @Test("a header that never ends is refused at its limit, however it grows")
    func endless() throws {
        let line = [UInt8](repeating: 65, count: 63) + [10]
        let start = [UInt8]("age-encryption.org/v1\n".utf8)
        let growing: [(String, [UInt8])] = [
            ("arguments", start + [UInt8]("-> ".utf8) + [UInt8](repeating: 65, count: 70_000)),
            ("stanzas", start + (0..<2000).flatMap { _ in [UInt8]("-> a\n".utf8) + line }),
            ("body", start + [UInt8]("-> a\n".utf8) + (0..<2000).flatMap { _ in [UInt8](repeating: 65, count: 64) + [10] }),
        ]
        for (what, bytes) in growing {
            let error = #expect(throws: AgeError.self, "\(what)") { try Self.parse(bytes) }
            #expect(error?.problem == "age header: it is larger than 65520 bytes")
        }
        #expect(throws: AgeError.self) { try Self.parse(start + [UInt8]("-> a\n".utf8) + [UInt8](repeating: 65, count: 66) + [10]) }
    }

    @Test("what is no age file is refused by its first bytes, with a hint where one helps")
    func notAge() {
        let cases: [(String, String)] = [
            ("hello", "this is not an age file"), ("\u{0}", "this is not an age file"), ("age-encryption.org/v2", "version is not v1"),
            ("-----BEGIN AGE", "armored"), ("\n-----BEGIN AGE", "this is not an age file"), ("age-encryption.org/v1x", "version is not v1"),
        ]
        for (text, message) in cases {
            let error = #expect(throws: AgeError.self) { try Self.parse([UInt8](text.utf8)) }
            #expect(error?.code == .headerFailure)
            #expect(error?.description.contains(message) == true, "\(text): \(error?.description ?? "")")
        }
    }

    @Test("random bytes after a proper beginning are refused or awaited, never a crash", arguments: 1...8 as ClosedRange<UInt64>)
    func random(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let alphabet = [UInt8]("->- \nX25519 scrypt abcAB+/=\r\u{7f}".utf8) + [0, 255]
        for _ in 0..<500 {
            let tail = (0..<Int.random(in: 0...300, using: &random)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let released = WholeFile.released(
                [UInt8]("age-encryption.org/v1\n".utf8) + tail, by: AgeDecryptor(identities: [Self.identity]))
            #expect(released.error != nil && released.plaintext.isEmpty, "seed \(seed)")
        }
    }

    @Test("a header altered under the right key is told from a foreign one")
    func mac() throws {
        let fileKey = FileKey.make()
        var header = AgeHeader(stanzas: [try X25519Stanza.wrap(fileKey, to: Self.identity.recipient)], fileKey: fileKey)
        header.mac[31] ^= 1
        let altered = header.bytes
        #expect(
            WholeFile.released(altered + [UInt8](repeating: 0, count: 40), by: AgeDecryptor(identities: [Self.identity])).error?.code
                == .hmacFailure)
        #expect(WholeFile.released(altered, by: AgeDecryptor(identities: [.make()])).error?.code == .noMatch)
        #expect(WholeFile.released(altered, by: AgeDecryptor(identities: [])).error?.code == .noMatch)
    }

    @Test("a malformed stanza is refused wherever it stands")
    func malformedStanzas() throws {
        let fileKey = FileKey.make()
        let good = try X25519Stanza.wrap(fileKey, to: Self.identity.recipient)
        let bad = AgeStanza(arguments: ["X25519", good.arguments[1], "more"], body: good.body)
        for stanzas in [[good, bad], [bad, good]] {
            let file = Self.header(stanzas, fileKey) + [UInt8](repeating: 0, count: 40)
            #expect(WholeFile.released(file, by: AgeDecryptor(identities: [Self.identity])).error?.code == .headerFailure)
        }
    }

    @Test("base 64 is read in its only spelling")
    func base64() {
        for length in 0...40 {
            let bytes = [UInt8](repeating: 255, count: length)
            #expect(UnpaddedBase64.decode(UnpaddedBase64.encode(bytes)) == bytes)
        }
        for text in ["A", "AA==", "AB", "A A", "AAA\n", "AA=", "====", "AAAAA", "-_-_", "é"] {
            #expect(UnpaddedBase64.decode(text) == nil, "\(text)")
        }
    }
}
