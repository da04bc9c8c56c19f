import Testing

@testable import Assembly

@Suite("Text that is no proper YAML")
struct YAMLProblemsTests {
    @Test("each duplicate key is reported at its second place, and the rest of the file is still read")
    func duplicates() {
        let text = ConfigurationSamples.writer
            .replacing("  user: opsd\n", with: "  user: opsd\n  user: other\n  \"user\": third\n")
            .replacing("  rto: 2h\n", with: "  rto: 2h\n  rto: 3h\n  rtoo: 3h\n")
        let problems = ConfigurationSamples.problems(text)
        #expect(
            problems.map { "\($0.line):\($0.column) \($0.what)" } == [
                "8:3 duplicate key 'user'", "9:3 duplicate key 'user'", "33:3 duplicate key 'rto'",
                "34:3 unknown key 'rtoo' in 'objectives'",
            ])
        #expect(
            problems.map(\.hint) == [
                "it stands on line 7 already; remove one of them", "it stands on line 7 already; remove one of them",
                "it stands on line 32 already; remove one of them", nil,
            ])
        #expect(problems[1].excerpt == "      \"user\": third\n      ^")
    }

    @Test(
        "a syntax error names its place",
        arguments: [
            ("vaults: [\n\n", 1, 10), ("vaults:\n\tmain: {}\n", 2, 1), ("vaults: {main: }}\n", 1, 17), ("a: b: c\n", 1, 5),
            ("a: &x\nb: *y\n", 2, 4),
            ("vaults: \"x\n", 1, 11), ("--- {}\n--- {}\n", 2, 1), ("%YAML 9.9\n--- {}\n", 1, 1),
        ])
    func syntax(text: String, line: Int, column: Int) throws {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.parse(text, file: "x") }
        #expect(error?.code == .syntax)
        let problem = try #require(error?.problems.first)
        #expect(problem.what.hasPrefix("not valid YAML: "), "\(problem)")
        #expect((problem.line, problem.column) == (line, column), "\(problem)")
        #expect(error?.problems.count == 1)
    }

    @Test("an empty file, a list and a word are no configuration", arguments: ["", "# nothing\n", "- a\n- b\n", "hello", "~", "{}"])
    func empty(text: String) {
        #expect(ConfigurationSamples.problems(text).count == 1)
    }

    @Test("a control character is named with its place")
    func controlCharacter() {
        let problems = ConfigurationSamples.problems("vaults:\n  m\u{7}ain: {}\n")
        #expect(problems.map { "\($0.line):\($0.column)" } == ["2:4"])
        #expect(problems.allSatisfy { !$0.description.contains("\u{7}") })
    }

    @Test("an alias stands for its value, and one that would fill the memory is refused")
    func aliases() {
        let shared = ConfigurationSamples.writer
            .replacing(
                "    signing_key_file: /var/lib/opsd/signing-key\n    catalog",
                with: "    signing_key_file: &key /var/lib/opsd/signing-key\n    catalog")
        #expect(ConfigurationSamples.problems(shared).isEmpty)
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 { bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n" }
        #expect(ConfigurationSamples.problems(bomb).map(\.what) == ["the file holds too many values"])
    }

    @Test("nesting without end is refused")
    func deepNesting() {
        #expect(!ConfigurationSamples.problems(String(repeating: "[", count: 200_000)).isEmpty)
        #expect(
            !ConfigurationSamples.problems("vaults: " + String(repeating: "{a: ", count: 900) + String(repeating: "}", count: 900)).isEmpty)
    }
}
