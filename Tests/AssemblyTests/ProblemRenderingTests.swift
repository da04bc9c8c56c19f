import Testing

@testable import Assembly

@Suite("How a problem is shown")
struct ProblemRenderingTests {
    @Test("place, problem, source line, caret and hint stand below each other")
    func snapshot() throws {
        let text = """
            vaults:
              main:
                target: {filesystem: /srv/vault}
                signers: ["\(ExampleKeys.signer)"]
            jobs:
              audit: {scheduel: "0 7 * * *"}

            """
        let error = #expect(throws: ConfigurationError.self) { try Configuration.parse(text, file: "/etc/opsd/opsd.yaml") }
        #expect(
            error?.description == """
                /etc/opsd/opsd.yaml:6:10: 'jobs.audit' needs 'schedule'
                      audit: {scheduel: "0 7 * * *"}
                             ^
                    a cron expression, or 'manual' for a job that only 'opsd run-now' starts
                /etc/opsd/opsd.yaml:6:11: unknown key 'scheduel' in 'jobs.audit'
                      audit: {scheduel: "0 7 * * *"}
                              ^
                    did you mean 'schedule'?
                2 problems; mend it, then run 'opsd check-config'
                """)
        #expect(
            error?.problem
                == "/etc/opsd/opsd.yaml:6:10: 'jobs.audit' needs 'schedule'; /etc/opsd/opsd.yaml:6:11: unknown key 'scheduel' in 'jobs.audit'"
        )
        #expect(ConfigurationError.exitCode == 78 && error?.isRetryable == false)
    }

    @Test("a syntax error is shown the same way")
    func syntaxSnapshot() {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.parse("vaults: {main: }}\n", file: "opsd.yaml") }
        #expect(
            error?.description == """
                opsd.yaml:1:17: not valid YAML: while parsing a block mapping that begins at line 1, column 1: did not find expected key
                    vaults: {main: }}
                                    ^
                """)
    }

    @Test("a long line is cut around the caret, which stays below its place")
    func longLine() throws {
        let line = "a: [" + (0..<200).map { "item\($0)" }.joined(separator: ", ") + "]"
        let column = try #require(line.firstRange(of: "item120")).lowerBound.utf16Offset(in: line) + 1
        let excerpt = try #require(SourceText(line, file: "x").excerpt(line: 1, column: column))
        let parts = excerpt.split(separator: "\n").map { Array($0) }
        let caret = try #require(parts[1].firstIndex(of: "^"))
        #expect(String(parts[0][caret...].prefix(7)) == "item120")
        #expect(parts[0].count < 130 && parts[0][4] == "…" && parts[0].last == "…")
    }

    @Test("tabs stay before the caret and other control characters reach no terminal")
    func controls() {
        let source = SourceText("\tkey: \u{1B}[31mred", file: "x")
        #expect(source.excerpt(line: 1, column: 7) == "    \tkey: \u{FFFD}[31mred\n    \t     ^")
        #expect(SourceText.quoted("a\u{1B}[2J\nb") == "'a\u{FFFD}[2J\u{FFFD}b'")
    }

    @Test("there is no excerpt of a line that is not there", arguments: [(0, 1), (3, 1), (-1, 1)])
    func outside(line: Int, column: Int) {
        #expect(SourceText("a\nb", file: "x").excerpt(line: line, column: column) == nil)
        #expect(SourceText("a\nb", file: "x").excerpt(line: 2, column: 99) == "    b\n     ^")
    }

    @Test("lines end as YAML ends them", arguments: ["a\nb\nc", "a\r\nb\r\nc", "a\rb\rc", "a\u{2028}b\u{85}c", "\u{FEFF}a\nb\nc"])
    func lineEnds(text: String) {
        #expect(SourceText(text, file: "x").text == "a\nb\nc")
    }

    @Test(
        "a slip of the fingers is near, another word is not",
        arguments: [
            ("shcedule", "schedule"), ("scheduel", "schedule"), ("Schedule", "schedule"), ("sched", "schedule"), ("catchup", "catch_up"),
            ("dedline", "deadline"),
            ("vualt", "vault"), ("volume", nil), ("x", nil), ("", nil),
        ])
    func nearest(wrong: String, expected: String?) {
        #expect(NearestName(to: wrong, among: ["schedule", "deadline", "catch_up", "vault"]).name == expected)
    }

    @Test(
        "distances count single slips",
        arguments: [("", "", 0), ("ab", "ba", 1), ("abc", "abd", 1), ("abc", "", 3), ("ca", "abc", 3), ("kitten", "sitting", 3)])
    func distance(one: String, other: String, expected: Int) {
        #expect(NearestName.distance(one, other) == expected)
        #expect(NearestName.distance(other, one) == expected)
    }
}
