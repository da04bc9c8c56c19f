import Foundation
import OCIImage
import Testing

@Suite("Digests are parsed, ordered and computed")
struct DigestTests {
    static let emptySHA256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    static let emptySHA512 =
        "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"

    @Test("a digest's text survives parsing", arguments: [emptySHA256, emptySHA512])
    func roundTrip(_ text: String) throws {
        let digest = try Digest(parsing: text)
        #expect(digest.description == text)
        #expect(digest.hex == String(text.dropFirst(7)))
        #expect(digest.algorithm.rawValue == String(text.prefix(6)))
        #expect(try Digest(algorithm: digest.algorithm, bytes: digest.bytes) == digest)
        #expect(Digest(parsing: text.utf8) == digest)
        #expect(Digest(parsing: Array(text.utf8)[...]) == digest)
        #expect(Digest(parsing: text.utf8.reversed()) == nil)
        #expect(Set([digest, try Digest(parsing: text)]).count == 1)
    }

    static let refused: [(String, OCIError.Code)] = [
        ("", .malformedDigest), ("sha256", .malformedDigest), ("sha256:", .malformedDigest), (":", .malformedDigest),
        ("sha256:abc", .malformedDigest),
        ("\(emptySHA256.dropLast())", .malformedDigest),
        ("\(emptySHA256)0", .malformedDigest),
        ("\(emptySHA256)\n", .malformedDigest),
        (emptySHA256.uppercased(), .malformedDigest),
        ("sha256:\(digits("A", 64))", .malformedDigest),
        ("sha256:\(digits("g", 64))", .malformedDigest),
        ("sha256-\(digits("a", 64))", .malformedDigest),
        ("sha512:\(digits("a", 64))", .malformedDigest),
        ("sha256:\(digits("\u{663}", 64))", .malformedDigest),
        ("../../etc:passwd", .malformedDigest),
        ("sha384:\(digits("a", 96))", .unsupportedDigest),
        ("md5:d41d8cd98f00b204e9800998ecf8427e", .unsupportedDigest),
    ]

    private static func digits(_ digit: Character, _ count: Int) -> String { String(repeating: digit, count: count) }

    @Test("what is no digest is refused", arguments: refused)
    func refusal(_ text: String, _ code: OCIError.Code) {
        let failure = #expect(throws: OCIError.self) { try Digest(parsing: text) }
        #expect(failure?.code == code)
        #expect(failure?.isRetryable == false)
        #expect(Digest(parsing: text.utf8) == nil)
    }

    @Test("a hash of the wrong length is refused")
    func wrongLength() {
        #expect(throws: OCIError.self) { try Digest(algorithm: .sha256, bytes: [1, 2, 3]) }
        #expect(throws: OCIError.self) { try Digest(algorithm: .sha512, bytes: [UInt8](repeating: 0, count: 32)) }
    }

    @Test("a long or odd text is shortened in the error, without control characters")
    func shortenedInError() {
        let failure = #expect(throws: OCIError.self) { try Digest(parsing: "\u{1B}[31m" + String(repeating: "x", count: 10_000)) }
        #expect((failure?.description.count ?? 0) < 300)
        #expect(failure?.description.contains("\u{1B}") == false)
    }

    @Test("digests are ordered as their texts are, byte by byte")
    func order() throws {
        var generator = SystemRandomNumberGenerator()
        var digests = (0..<400).map { index in
            Digest(of: withUnsafeBytes(of: generator.next()) { Array($0) }, algorithm: index.isMultiple(of: 3) ? .sha512 : .sha256)
        }
        // Neighbours that differ only in their last digit.
        digests += try ["0", "9", "a", "f"].map { try Digest(parsing: Self.emptySHA512.dropLast() + $0) }
        digests += try ["0", "9", "a", "f"].map { try Digest(parsing: Self.emptySHA256.dropLast() + $0) }
        let byText = digests.map(\.description).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(digests.sorted().map(\.description) == byText)
    }

    @Test("SHA-512 digests with one first half are told apart")
    func tails() throws {
        let one = try Digest(parsing: Self.emptySHA512)
        let other = try Digest(parsing: Self.emptySHA512.dropLast() + "f")
        #expect(one != other)
        #expect(one < other)
        #expect(!(other < one))
        #expect(try Digest(parsing: "sha256:" + one.hex.prefix(64)) != one)
    }

    @Test("the hasher agrees with coreutils, whatever the pieces", arguments: [0, 1, 63, 64, 65, 4096, 1_000_003])
    func oracle(_ size: Int) throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        for algorithm in Digest.Algorithm.allCases {
            var hasher = DigestHasher(algorithm)
            var rest = content[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(Int.random(in: 1...70_000)))
                hasher.update(piece)
                rest = rest.dropFirst(piece.count)
            }
            #expect(hasher.finish() == Digest(of: content, algorithm: algorithm))
            #expect(hasher.finish().hex == (try coreutils(algorithm.rawValue + "sum", content)))
        }
    }

    private func coreutils(_ program: String, _ content: [UInt8]) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("digest-\(UUID().uuidString)")
        try Data(content).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // a leftover in the temporary folder changes no result
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
        process.arguments = [file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return String(text.prefix { $0 != " " })
    }

    @Test("a digest is coded as its text")
    func coding() throws {
        let digest = try Digest(parsing: Self.emptySHA256)
        let data = try JSONEncoder().encode([digest])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(Self.emptySHA256)\"]")
        #expect(try JSONDecoder().decode([Digest].self, from: data) == [digest])
        #expect(throws: (any Error).self) { try JSONDecoder().decode([Digest].self, from: Data("[\"sha256:no\"]".utf8)) }
    }

    @Test("a SHA-256 digest takes 40 bytes in place, so a million fit into 40 MB")
    func memory() {
        #expect(MemoryLayout<Digest>.stride == 40)
    }
}
