import Testing

@testable import Assembly

@Suite("Reading a section")
struct SectionReaderTests {
    /// The root of `text`, and where its problems go.
    private static func reader(_ text: String) throws -> (SectionReader, ProblemCollector) {
        let problems = ProblemCollector(SourceText(text, file: "x"))
        let root = try #require(SourceNode(problems.source, problems: problems))
        return (try #require(SectionReader(root, path: "", problems: problems)), problems)
    }

    @Test(
        "values stand where YAML says, in block and in flow style",
        arguments: [
            ("a: 1\nb:   two\n", "b", 2, 6), ("{a: 1, b: two}", "b", 1, 11), ("a: {b: c}\nd: [e, f]\n", "d", 2, 4),
            ("é: 1\n\"b\": 'x'\n", "b", 2, 6),
            ("# comment\n\na:\n  - 1\n", "a", 4, 3), ("a:\n  b: 1\n", "a", 2, 3), ("b: >\n  folded\n  text\n", "b", 1, 4),
        ])
    func places(text: String, key: String, line: Int, column: Int) throws {
        let (reader, problems) = try Self.reader(text)
        let node = try #require(reader.node(key))
        #expect(node.place == SourcePlace(line: line, column: column))
        #expect(problems.count == 0)
    }

    @Test(
        "scalars stay the text that the operator wrote",
        arguments: [
            ("0o17", "0o17"), ("yes", "yes"), ("1_000", "1_000"), ("'~'", "~"), ("\"null\"", "null"), ("1.50", "1.50"),
            ("2026-11-20", "2026-11-20"), ("12:30", "12:30"),
        ])
    func scalars(written: String, read: String) throws {
        let (reader, problems) = try Self.reader("key: \(written)")
        #expect(reader.value("key", PlainValues.text) == read)
        #expect(problems.count == 0)
    }

    @Test("nothing after the colon, '~' and 'null' are no values", arguments: ["", "~", "null", "Null", "NULL"])
    func nulls(written: String) throws {
        let (reader, problems) = try Self.reader("key: \(written)\n")
        #expect(reader.value("key", PlainValues.text) == nil)
        #expect(problems.problems.map(\.what) == ["'key' has no value"])
    }

    @Test("a list may be written as its only item, and one wrong item spoils it")
    func lists() throws {
        let (reader, problems) = try Self.reader("one: 1\nsome: [1, 2]\nnone: []\nwrong: [1, x, 2, [3]]\nmapping: {a: 1}\n")
        #expect(reader.list("one", PlainValues.port) == [1])
        #expect(reader.list("some", PlainValues.port) == [1, 2])
        #expect(reader.list("none", PlainValues.port) == [])
        #expect(reader.list("absent", PlainValues.port) == nil)
        #expect(problems.count == 0)
        #expect(reader.list("wrong", PlainValues.port) == nil)
        #expect(reader.list("mapping", PlainValues.port) == nil)
        #expect(
            problems.problems.map { "\($0.line):\($0.column) \($0.what)" } == [
                "4:12 'wrong': 'x' is not a port", "4:18 'wrong' must be a single value, not a list",
                "5:10 'mapping' must be a single value, not a mapping",
            ])
    }

    @Test("only what nobody asked for is unknown")
    func unknown() throws {
        let (reader, problems) = try Self.reader("asked: 1\nknown: 2\nother: 3\nmine: 4\n")
        _ = reader.value("asked", PlainValues.text)
        reader.know(["known"])
        reader.finish { $0 == "mine" ? "'mine' belongs elsewhere" : nil }
        #expect(problems.problems.map(\.what) == ["unknown key 'other'", "'mine' belongs elsewhere"])
    }

    @Test("a problem with a value that is absent stands at the nearest section around it")
    func nearestPlace() throws {
        let (reader, problems) = try Self.reader("a:\n  b: {c: 1}\n")
        _ = reader.section("a")?.section("b")
        for path in ["a.b.c", "a.b.d", "a.x.y", "z"] { problems.report(at: path, path) }
        #expect(problems.problems.map { "\($0.line):\($0.column)" } == ["2:10", "2:6", "2:3", "0:0"])
    }

    @Test("the same problem is reported once")
    func once() throws {
        let (_, problems) = try Self.reader("a: 1\n")
        for _ in 0..<3 { problems.report(SourcePlace(line: 1, column: 1), "wrong") }
        #expect(problems.count == 1)
        let error = #expect(throws: ConfigurationError.self) { try problems.throwIfAny() }
        #expect(error?.code == .invalid)
    }

    @Test("a value that may be a secret is hidden in every message about its line, also in earlier ones")
    func hidden() throws {
        let (_, problems) = try Self.reader("a: {b: 1, c: hunter2}\n")
        problems.report(SourcePlace(line: 1, column: 5), "first")
        problems.report(SourcePlace(line: 1, column: 14), "second", hidingValue: true)
        #expect(
            problems.problems.map(\.excerpt) == [
                "    a: {b: 1, c: <redacted>\n        ^", "    a: {b: 1, c: <redacted>\n                 ^",
            ])
    }
}

@Suite("What may be a secret")
struct SecretMaskTests {
    @Test(
        "the line is shown up to the value",
        arguments: [
            ("password: x", 10), ("  db_password: x", 15), ("{user: a, \"token\": x}", 19), ("PGPASSWORD=x", 11),
            ("url: https://u:p@host/", 13),
            ("- AGE-SECRET-KEY-1QQ", 2), ("s3: {accesskey: x}", 16), ("harbor_admin_password: Harbor12345", 23),
            ("  -----BEGIN RSA PRIVATE KEY-----", 17),
        ])
    func masked(line: String, start: Int) {
        #expect(SecretMask(lines: [Array(line.unicodeScalars)], index: 0).start == start)
    }

    @Test(
        "other lines are shown whole",
        arguments: [
            "user: opsd", "password_file: database-password", "url: https://registry.example.com", "schedule: \"15 2 * * *\"", "# the keys",
            "", "url: a@b", "recipients: [age1qq]",
        ])
    func shown(line: String) {
        #expect(SecretMask(lines: [Array(line.unicodeScalars)], index: 0).start == nil)
    }

    @Test("what continues a secret is hidden, what follows it is not")
    func continued() {
        let source = SourceText("a:\n  password: |\n    one\n\n    two\n  user: x\n  list:\n    - y\nz: 1", file: "x")
        let starts = source.lines.indices.map { SecretMask(lines: source.lines, index: $0).start }
        #expect(starts == [nil, 12, 4, nil, 4, nil, nil, nil, nil])
    }
}
