import OCIImage
import Testing
import Vault

/// A text of the format with one thing wrong, and the line that an error must name.
struct MalformedText: Sendable, CustomTestStringConvertible {
    let text: String
    let line: Int
    var testDescription: String { "line \(line) of '\(text.prefix(200))'" }
}

private let packA = "3fa85f64a7b84c2e9d0e1f2a3b4c5d6e"
private let packB = "a0000000000000000000000000000001"
private let hash = String(repeating: "0123456789abcdef", count: 4)
private let snapshot = "20260101T021500Z-0a1b2c3d"

@Suite("the index segment")
struct IndexSegmentTests {
    static let golden = """
        opsd-index 1
        pack \(packA) 1050000 \(hash)
        blob sha256:\(hash) 512 100
        blob sha512:\(hash)\(hash) 2048 0
        blob sha512:\(hash)\(String(hash.reversed())) 2048 4096
        pack \(packB) 2097152 \(hash)
        end 2 3

        """

    static let packs: [PackContents] = {
        let digests = ["sha256:\(hash)", "sha512:\(hash)\(hash)", "sha512:\(hash)\(String(hash.reversed()))"]
        // Malformed digests would leave the list short, and the tests below fail.
        let parsed = digests.compactMap { try? Digest(parsing: $0) }
        let places: [(offset: Int64, size: Int64)] = [(512, 100), (2048, 0), (2048, 4096)]
        let blobs = zip(parsed, places).map { BlobLocation(digest: $0, offset: $1.offset, size: $1.size) }
        let packs: [(id: String, size: Int64, blobs: [BlobLocation])] = [(packA, 1_050_000, blobs), (packB, 2_097_152, [])]
        return packs.compactMap { pack in
            RandomID(parsing: pack.id).map {
                PackContents(id: $0, object: StoredObject(name: .pack($0), size: pack.size, sha256: hash), blobs: pack.blobs)
            }
        }
    }()

    private func parse(_ bytes: [UInt8], pieces: Int) throws -> [PackContents] {
        var parser = IndexSegmentParser()
        var packs: [PackContents] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            packs += try parser.parse(Array(bytes[start..<min(bytes.count, start + pieces)]))
        }
        try parser.finish()
        return packs
    }

    @Test("the text is exactly the format's")
    func text() {
        let text = IndexSegment.header + Self.packs.flatMap { IndexSegment.lines(of: $0) } + IndexSegment.trailer(packs: 2, blobs: 3)
        #expect(String(decoding: text, as: UTF8.self) == Self.golden)
    }

    @Test("it is parsed the same in pieces of any size", arguments: [1, 2, 3, 7, 12, 13, 14, 64, 100, 101, 10_000])
    func pieces(_ size: Int) throws {
        #expect(try parse(Array(Self.golden.utf8), pieces: size) == Self.packs)
        #expect(try parse(Array("opsd-index 1\nend 0 0\n".utf8), pieces: size).isEmpty)
    }

    @Test("a pack is handed out as soon as the next one begins")
    func streaming() throws {
        var parser = IndexSegmentParser()
        let lines = Self.golden.split(separator: "\n").map { Array("\($0)\n".utf8) }
        let counts = try lines.map { try parser.parse($0).count }
        #expect(counts == [0, 0, 0, 0, 0, 1, 1])
        try parser.finish()
    }

    static let malformed: [MalformedText] = {
        let pack = "pack \(packA) 1000 \(hash)\n"
        let head = "opsd-index 1\n"
        let blob = "blob sha256:\(hash)"
        return [
            MalformedText(text: "", line: 1), MalformedText(text: "\n", line: 1), MalformedText(text: "opsd-index 2\nend 0 0\n", line: 1),
            MalformedText(text: "opsd-index 1 \nend 0 0\n", line: 1), MalformedText(text: "opsd-index  1\n", line: 1),
            MalformedText(text: "\u{feff}opsd-index 1\nend 0 0\n", line: 1), MalformedText(text: "opsd-index 1\r\nend 0 0\r\n", line: 1),
            MalformedText(text: head, line: 1), MalformedText(text: head + "end 0 0", line: 1), MalformedText(text: head + "\n", line: 2),
            MalformedText(text: head + "\(blob) 0 0\nend 0 1\n", line: 2), MalformedText(text: head + "end 1 0\n", line: 2),
            MalformedText(text: head + "end 0 1\n", line: 2), MalformedText(text: head + "end 0 0\nend 0 0\n", line: 3),
            MalformedText(text: head + "end 0 0\n\n", line: 3), MalformedText(text: head + "end 0 0\nx", line: 2),
            MalformedText(text: head + pack, line: 2), MalformedText(text: head + pack + "\(blob) 0 10\n", line: 3),
            MalformedText(text: head + pack + "end 1 1\n", line: 3), MalformedText(text: head + pack + "end 2 0\n", line: 3),
            MalformedText(text: head + pack + "end 1\n", line: 3),
            MalformedText(text: head + "pack \(packA) -1 \(hash)\nend 1 0\n", line: 2),
            MalformedText(text: head + "pack \(packA.uppercased()) 1 \(hash)\nend 1 0\n", line: 2),
            MalformedText(text: head + "pack ../../etc 1 \(hash)\nend 1 0\n", line: 2),
            MalformedText(text: head + "pack \(packA) 1 \(hash.dropLast())\nend 1 0\n", line: 2),
            MalformedText(text: head + "pack \(packA) 99999999999999999999 \(hash)\nend 1 0\n", line: 2),
            MalformedText(text: head + "pack \(packA) 1 \(hash) x\nend 1 0\n", line: 2),
            MalformedText(text: head + pack + "blob md5:\(hash) 0 1\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "blob \(hash) 0 1\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "\(blob) -1 1\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "\(blob) 0 -1\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "\(blob) 0\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "\(blob) 0 1 1\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "\(blob) 901 100\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "\(blob) 9223372036854775807 1\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "\(blob) 1 9223372036854775807\nend 1 1\n", line: 3),
            MalformedText(text: head + pack + "\(blob) 512 100\n\(blob) 611 10\nend 1 2\n", line: 4),
            MalformedText(text: head + pack + "\(blob) 512 100\n\(blob) 0 100\nend 1 2\n", line: 4),
            MalformedText(text: head + pack + "BLOB sha256:\(hash) 0 1\nend 1 1\n", line: 3),
        ]
    }()

    @Test("a malformed segment is refused with the number of its line, in whatever pieces", arguments: malformed, [1, 5, 1 << 20])
    func refuses(_ case: MalformedText, _ size: Int) {
        let answer = failure { _ = try parse(Array(`case`.text.utf8), pieces: size) }
        #expect(answer.code == .malformed)
        #expect(answer.problem.hasPrefix("line \(`case`.line) of the index segment: "), "\(answer.problem)")
    }

    @Test("a line without an end does not fill the memory")
    func endlessLine() {
        var parser = IndexSegmentParser()
        var parsed = 0
        let answer = failure {
            _ = try parser.parse(IndexSegment.header)
            for _ in 0..<64 {
                _ = try parser.parse([UInt8](repeating: UInt8(ascii: "a"), count: 64 << 10))
                parsed += 1
            }
        }
        #expect(answer.code == .malformed)
        #expect(parsed == 16)
    }

    @Test("a segment of 200,000 blobs is parsed in time that grows with its length", .timeLimit(.minutes(10)))
    func large() throws {
        var random = SplitMix(seed: 11)
        let digests = try (0..<200_000).map { _ in try Digest(algorithm: .sha256, bytes: random.bytes(32)) }
        let id = try #require(RandomID(parsing: packA))
        let blobs = digests.enumerated().map { BlobLocation(digest: $1, offset: Int64($0) * 1024 + 512, size: 512) }
        let pack = PackContents(id: id, object: StoredObject(name: .pack(id), size: 1 << 30, sha256: hash), blobs: blobs)
        let text = IndexSegment.header + IndexSegment.lines(of: pack) + IndexSegment.trailer(packs: 1, blobs: blobs.count)
        #expect(try parse(text, pieces: 64 << 10) == [pack])
    }

    @Test("random damage is refused, or read as a segment that is written back the same")
    func mutations() {
        var random = SplitMix(seed: 3)
        for _ in 0..<3000 {
            let bytes = random.altered(Array(Self.golden.utf8))
            var packs: [PackContents] = []
            let answer = failure { packs = try parse(bytes, pieces: Int.random(in: 1...300, using: &random)) }
            guard answer.code == nil else {
                #expect(answer.code == .malformed)
                continue
            }
            let text =
                IndexSegment.header + packs.flatMap { IndexSegment.lines(of: $0) }
                + IndexSegment.trailer(packs: packs.count, blobs: packs.reduce(0) { $0 + $1.blobs.count })
            var again: [PackContents] = []
            #expect(failure { again = try parse(text, pieces: 1 << 20) }.code == nil)
            #expect(again == packs)
        }
    }
}

@Suite("the needs of a snapshot")
struct NeedsTests {
    let a: RandomID
    let b: RandomID
    let base: SnapshotID

    init() throws {
        a = try #require(RandomID(parsing: packA))
        b = try #require(RandomID(parsing: packB))
        base = try #require(SnapshotID(parsing: snapshot))
    }

    @Test("the text is exactly the format's, whole or as a difference, and is read back")
    func text() throws {
        let whole = Needs([b, a], base: nil)
        #expect(String(decoding: whole.text, as: UTF8.self) == "opsd-needs 1\n+ \(packA)\n+ \(packB)\nend 2\n")
        let difference = Needs([b], base: (base, [a]))
        #expect(String(decoding: difference.text, as: UTF8.self) == "opsd-needs 1\nbase \(snapshot)\n+ \(packB)\n- \(packA)\nend 1\n")
        for needs in [whole, difference, Needs([], base: nil), Needs([], base: (base, [a, b])), Needs([a], base: (base, [a]))] {
            #expect(try Needs(parsing: needs.text) == needs)
        }
        #expect(try whole.packs(appliedTo: []) == [a, b])
        #expect(try difference.packs(appliedTo: [a]) == [b])
    }

    @Test("a difference applied to other packs than it was made against is noticed by its count")
    func wrongBase() {
        let difference = Needs([b], base: (base, [a]))
        #expect(failure { _ = try difference.packs(appliedTo: [RandomID()]) }.code == .corrupt)
    }

    static let malformed = [
        MalformedText(text: "", line: 1), MalformedText(text: "opsd-needs 2\nend 0\n", line: 1),
        MalformedText(text: "opsd-needs 1\n", line: 1),
        MalformedText(text: "opsd-needs 1\nend 0", line: 2), MalformedText(text: "opsd-needs 1\nend x\n", line: 2),
        MalformedText(text: "opsd-needs 1\nend 0\nend 0\n", line: 3),
        MalformedText(text: "opsd-needs 1\n+ \(packA.dropLast())\nend 1\n", line: 2),
        MalformedText(text: "opsd-needs 1\n+ \(packA)\n", line: 2), MalformedText(text: "opsd-needs 1\n* \(packA)\nend 1\n", line: 2),
        MalformedText(text: "opsd-needs 1\n+  \(packA)\nend 1\n", line: 2), MalformedText(text: "opsd-needs 1\n\nend 0\n", line: 2),
        MalformedText(text: "opsd-needs 1\nbase \(packA)\nend 0\n", line: 2),
        MalformedText(text: "opsd-needs 1\nbase \(snapshot)\nbase \(snapshot)\nend 0\n", line: 3),
        MalformedText(text: "opsd-needs 1\nbase ../\(snapshot)\nend 0\n", line: 2),
    ]

    @Test("malformed needs are refused with the number of the line", arguments: malformed)
    func refuses(_ case: MalformedText) {
        let answer = failure { _ = try Needs(parsing: Array(`case`.text.utf8)) }
        #expect(answer.code == .malformed)
        #expect(answer.problem.hasPrefix("line \(`case`.line) of the needs: "), "\(answer.problem)")
    }

    @Test("random damage is refused, or read as needs that are written back the same")
    func mutations() {
        var random = SplitMix(seed: 5)
        let text = Needs([a, RandomID(), RandomID()], base: (base, [b, RandomID()])).text
        for _ in 0..<3000 {
            let answer = failure {
                let needs = try Needs(parsing: random.altered(text))
                #expect(try Needs(parsing: needs.text) == needs)
            }
            #expect(answer.code == nil || answer.code == .malformed)
        }
    }
}

@Suite("the object list")
struct ObjectListTests {
    static let golden = """
        # opsd-objects 1 \(packB) \(snapshot)
        # size 1050000
        \(hash)  packs/3f/\(packA).tar.age
        # size 0
        \(hash)  snapshots/\(snapshot).files-config.tar.zst.age

        """

    @Test("the text is exactly the format's and is read back")
    func text() throws {
        let vault = try #require(RandomID(parsing: packB))
        let pack = try #require(RandomID(parsing: packA))
        let id = try #require(SnapshotID(parsing: snapshot))
        let list = ObjectList(
            vault: vault, snapshot: id,
            objects: [
                StoredObject(name: .pack(pack), size: 1_050_000, sha256: hash),
                StoredObject(name: .snapshot(id, .files(set: "config")), size: 0, sha256: hash),
            ])
        #expect(String(decoding: list.text, as: UTF8.self) == Self.golden)
        #expect(try ObjectList(parsing: list.text) == list)
        #expect(list.bytes == 1_050_000)
    }

    static let malformed: [MalformedText] = {
        let head = "# opsd-objects 1 \(packB) \(snapshot)\n"
        let name = "packs/3f/\(packA).tar.age"
        return [
            MalformedText(text: "", line: 1), MalformedText(text: "# opsd-objects 1 \(packB)\n", line: 1),
            MalformedText(text: "# opsd-objects 2 \(packB) \(snapshot)\n", line: 1),
            MalformedText(text: "# opsd-objects 1 \(snapshot) \(packB)\n", line: 1), MalformedText(text: String(head.dropLast()), line: 1),
            MalformedText(text: head + "\(hash)  \(name)\n", line: 2), MalformedText(text: head + "# size 1\n", line: 2),
            MalformedText(text: head + "# size -1\n\(hash)  \(name)\n", line: 2), MalformedText(text: head + "# size x\n", line: 2),
            MalformedText(text: head + "# size 1\n\(hash) *\(name)\n", line: 3),
            MalformedText(text: head + "# size 1\n\(hash) \(name)\n", line: 3),
            MalformedText(text: head + "# size 1\n\(hash)  ../\(name)\n", line: 3),
            MalformedText(text: head + "# size 1\n\(hash)  /etc/passwd\n", line: 3),
            MalformedText(text: head + "# size 1\n\(hash)  packs/3f/../../x\n", line: 3),
            MalformedText(text: head + "# size 1\n\(hash.uppercased())  \(name)\n", line: 3),
            MalformedText(text: head + "# size 1\n\(hash.dropLast(2))  \(name)\n", line: 3),
            MalformedText(text: head + "# size 1\n\\\(hash)  \(name)\n", line: 3),
            MalformedText(text: head + "# size 1\n\(hash)  \(name)", line: 3),
        ]
    }()

    @Test("a malformed list is refused with the number of the line", arguments: malformed)
    func refuses(_ case: MalformedText) {
        let answer = failure { _ = try ObjectList(parsing: Array(`case`.text.utf8)) }
        #expect(answer.code == .malformed)
        #expect(answer.problem.hasPrefix("line \(`case`.line) of the object list: "), "\(answer.problem)")
    }

    @Test("random damage is refused, or read as a list that is written back the same")
    func mutations() {
        var random = SplitMix(seed: 9)
        for _ in 0..<3000 {
            let answer = failure {
                let list = try ObjectList(parsing: random.altered(Array(Self.golden.utf8)))
                #expect(try ObjectList(parsing: list.text) == list)
            }
            #expect(answer.code == nil || answer.code == .malformed)
        }
    }
}
