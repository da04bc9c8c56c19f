import LabServers
import Testing

@testable import DatabaseDump

@Suite("Checksum of rows")
struct RowChecksumTests {
    @Test(
        "XXH64 is what zstd puts at the end of a frame", arguments: [1, 3, 4, 5, 7, 8, 12, 15, 31, 32, 33, 63, 64, 100, 255, 1000, 100_003])
    func oracle(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7) }
        let frame = try Program.succeed("zstd", ["-q", "-c", "--check"], input: bytes)
        let stored = frame.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(UInt32(truncatingIfNeeded: hash(bytes)) == stored)
    }

    @Test(
        "XXH64 has the values of its specification",
        arguments: [("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999)] as [(String, UInt64)])
    func vectors(text: String, expected: UInt64) { #expect(hash(Array(text.utf8)) == expected) }

    private func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { buffer in buffer.baseAddress.map { XXH64.hash($0, count: buffer.count) } ?? 0 }
    }

    @Test("an empty line counts, with the hash of nothing")
    func emptyLine() {
        var checksum = RowChecksum()
        checksum.add(lines: [0x0A])
        #expect(checksum.text == "0000000000000000ef46db3751d8e999" && checksum.rows == 1)
    }

    @Test("lines are added whatever their order and grouping", arguments: [1, 2, 7, 8, 9, 30])
    func order(length: Int) {
        let lines = (0..<100).map { Array(String(repeating: "x\($0)", count: length).utf8) + [0x0A] }
        var whole = RowChecksum()
        whole.add(lines: lines.flatMap { $0 })
        var single = RowChecksum()
        for line in lines.shuffled() {
            var one = RowChecksum()
            one.add(lines: line)
            single.merge(one)
        }
        #expect(whole == single && whole.rows == 100)
        let sum = lines.reduce(UInt128(0)) { $0 + UInt128(hash($1.dropLast())) }
        #expect(whole.sum == sum)
        #expect(whole.text.count == 32)
    }

    @Test("nothing has the sum zero")
    func nothing() { #expect(RowChecksum().text == String(repeating: "0", count: 32)) }
}

@Suite("Text in SQL")
struct SQLTextTests {
    @Test(
        "names and literals are quoted whatever is in them",
        arguments: [
            ("plain", "\"plain\"", "'plain'"), ("a\"b", "\"a\"\"b\"", "'a\"b'"), ("it's", "\"it's\"", "'it''s'"),
            ("b\\c", "\"b\\c\"", "E'b\\\\c'"),
            ("\"\u{301}", "\"\"\"\u{301}\"", "'\"\u{301}'"), ("'\u{301}", "\"'\u{301}\"", "'''\u{301}'"),
            ("new\nline", "\"new\nline\"", "'new\nline'"),
        ])
    func quoting(text: String, name: String, literal: String) {
        #expect(Array(SQLText.name(text).utf8) == Array(name.utf8))
        #expect(Array(SQLText.literal(text).utf8) == Array(literal.utf8))
    }

    @Test("a dollar-quoted body cannot end early")
    func dollars() { #expect(SQLText.dollarQuoted("x $opsd$ $opsd1$") == "$opsd2$x $opsd$ $opsd1$$opsd2$") }
}

@Suite("Order by dependency")
struct DependencyOrderTests {
    @Test("what is needed comes first, and otherwise the order stays")
    func sorted() throws {
        let order = try DependencyOrder.sorted(["d", "a", "b", "c"], dependencies: ["d": ["c", "elsewhere"], "a": ["a", "b"]])
        #expect(order == ["b", "c", "d", "a"])
    }

    @Test("a circle is named")
    func circle() {
        #expect { try DependencyOrder.sorted(["a", "b", "c", "d"], dependencies: ["a": ["b"], "b": ["a"], "c": ["b"]]) } throws: {
            ($0 as? DependencyOrder.Cycle<String>)?.nodes == ["a", "b", "c"]
        }
    }
}

@Suite("Member names")
struct MemberNameTests {
    @Test(
        "every name reads back",
        arguments: [
            "tables.json", "schema-pre.sql", "data/1.1.copy", "data/49.1234.copy", "sequences.sql", "schema-post.sql", "load.sql",
            "counts.json",
        ])
    func known(name: String) { #expect(MemberName(name)?.text == name) }

    @Test(
        "others are refused",
        arguments: [
            "", "data/0.1.copy", "data/1.0.copy", "data/01.1.copy", "data/1.copy", "/data/1.1.copy", "data/../1.1.copy", "data/1.1.copy\n",
            "data/9999999999.1.copy",
        ])
    func unknown(name: String) { #expect(MemberName(name) == nil) }
}
