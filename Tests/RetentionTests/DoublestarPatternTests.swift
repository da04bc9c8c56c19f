import Retention
import Testing

@Suite("A pattern of names is read as Harbor reads it")
struct DoublestarPatternTests {
    struct Row: CustomTestStringConvertible {
        let pattern: String
        let name: String
        let matches: Bool
        let testDescription: String

        init(_ pattern: String, _ name: String, _ matches: Bool, _ reason: String) {
            (self.pattern, self.name, self.matches) = (pattern, name, matches)
            testDescription = "\(pattern) and \(name): \(reason)"
        }
    }

    static let rows = [
        Row("", "anything/at/all", true, "an empty pattern is no condition"),
        Row("app", "app", true, "letters stand for themselves"),
        Row("app", "App", false, "case counts"),
        Row("app", "apple", false, "the whole name must match"),
        Row("*", "", true, "a star takes nothing too"),
        Row("*", "v1.2", true, "a star takes everything in a component"),
        Row("*", "team/app", false, "a star stops at a slash"),
        Row("team/*", "team/app", true, "a star is a component"),
        Row("team/*", "team/app/web", false, "a star is one component"),
        Row("*-rc*", "v1-rc2", true, "stars at both ends"),
        Row("a*b*c", "axxbyybzzc", true, "the second star may take more"),
        Row("a*b*c", "axxbyybzz", false, "the end is missing"),
        Row("a***", "a", false, "three stars are not nothing to doublestar"),
        Row("a**", "a", true, "two are"),
        Row("a*{,b}", "a", false, "nor is a star before alternatives"),
        Row("a*{,b}", "ax", false, "which leaves a character to them"),
        Row("a*{,b}", "axb", true, "that they take"),
        Row("v?", "v1", true, "a question mark is one character"),
        Row("v?", "v", false, "and not none"),
        Row("a?b", "a/b", false, "and no slash"),
        Row("a?b", "aéb", true, "of any script"),
        Row("[a-c]x", "bx", true, "a range"),
        Row("[a-c]x", "dx", false, "outside the range"),
        Row("[^a-c]x", "dx", true, "a negated range"),
        Row("[^a-c]x", "ax", false, "inside a negated range"),
        Row("[!a]x", "!x", true, "an exclamation mark is a member like others"),
        Row("[ab0-9_]", "7", true, "a set of several parts"),
        Row("[z-a]", "b", false, "a backward range holds nothing"),
        Row("[^]x", "qx", true, "a set of nothing negated is anything"),
        Row("[\\]]", "]", true, "an escaped bracket in a set"),
        Row("[\\-x]", "-", true, "an escaped dash in a set"),
        Row("\\*", "*", true, "an escaped star is a star"),
        Row("\\*", "x", false, "and nothing else"),
        Row("**", "a/b/c", true, "two stars take all components"),
        Row("**", "", true, "or an empty name"),
        Row("a/**", "a", false, "two stars behind a slash take one component at least"),
        Row("a/**", "a/b/c", true, "or more"),
        Row("**/c", "c", true, "two stars before a slash may take none"),
        Row("**/c", "a/b/c", true, "or several"),
        Row("**/c", "a/bc", false, "but whole ones"),
        Row("a/**/c", "a/c", true, "in the middle too"),
        Row("a/**/c", "a/x/y/c", true, "in the middle several"),
        Row("**/a/**/b", "x/a/y/a/z/b", true, "twice"),
        Row("a**", "a/b", false, "two stars beside letters stop at a slash"),
        Row("{dev,test}-*", "test-4", true, "the second alternative"),
        Row("{dev,test}-*", "prod-4", false, "no alternative"),
        Row("a{,b}", "a", true, "an empty alternative"),
        Row("v{1,2{a,b}}", "v2b", true, "nested alternatives"),
        Row("v{1,2{a,b}}", "v2", false, "nested alternatives are not optional"),
        Row("{team/{app,web},lib}", "team/web", true, "alternatives across a slash"),
        Row("{team/{app,web},lib}", "lib", true, "or without one"),
        Row("{a,a/b}", "a", false, "an alternative that goes on hides one that ends"),
        Row("{a,a/b}", "a/b", true, "but goes on itself"),
        Row("{**,x}", "a/b", false, "two stars in alternatives begin no component"),
        Row("{a/**,x}", "a/b/c", true, "unless behind a slash"),
        Row("x{,/y}", "x", false, "the pattern breaks on a name that ends before the slash"),
        Row("a{b\\,c}", "ab,c", true, "an escaped comma"),
        Row("[{]x}", "{x}", true, "a brace in a set opens nothing"),
        Row("a/", "a/", true, "an empty last component"),
        Row("a/", "a", false, "is one component more"),
        Row("a//b", "a/b", false, "an empty component in the middle too"),
        Row("}", "}", true, "a closing brace alone is itself"),
    ]

    @Test("a name matches or not", arguments: rows)
    func match(_ row: Row) throws {
        #expect(try DoublestarPattern(parsing: row.pattern).matches(row.name) == row.matches)
    }

    @Test(
        "a malformed pattern is refused when it is read, whatever it will be held against",
        arguments: ["[", "[a", "[]", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[a-\\", "\\", "a\\", "{a", "a{b,{c}", "ab{c,d}[", "**/["])
    func malformed(_ pattern: String) throws {
        let error = try #require(throws: RetentionError.self) { try DoublestarPattern(parsing: pattern) }
        #expect(error.code == .malformedPattern)
        #expect(error.description.contains("'\(pattern)'"))
    }

    @Test("a pattern that is too long is refused")
    func tooLong() throws {
        let error = try #require(throws: RetentionError.self) { try DoublestarPattern(parsing: String(repeating: "a", count: 1025)) }
        #expect(error.code == .oversizedPattern)
    }

    @Test(
        "patterns that invite endless searching end",
        arguments: [
            String(repeating: "a*", count: 60) + "b", String(repeating: "{a,a}", count: 60) + "b",
            String(repeating: "**/", count: 60) + "b", String(repeating: "{a,aa}*", count: 60) + "b",
            String(repeating: "{", count: 200) + "a" + String(repeating: "}", count: 200) + "b",
        ])
    func bounded(_ pattern: String) throws {
        let parsed = try DoublestarPattern(parsing: pattern)
        #expect(!parsed.matches(String(repeating: "a", count: 128)))
        #expect(!parsed.matches(String(repeating: "a/", count: 100) + "a"))
    }

    @Test("random text is read or refused; what it matches has anything below it, once /** says so")
    func mutations() throws {
        var random = SplitMix(seed: 20_261_121)
        let characters = Array("ab*?[]^-,\\/")
        var matches = 0
        for _ in 0..<5000 {
            let text = String((0..<Int.random(in: 1...8, using: &random)).map { _ in characters.randomElement(using: &random) ?? "a" })
            let pattern = try? DoublestarPattern(parsing: text)  // a refusal is one of the two right answers
            guard let pattern else { continue }
            let below = try DoublestarPattern(parsing: text + "/**")
            for name in ["a", "ab", "a/b", "ba/ab", "aaab/b/a"] where pattern.matches(name) {
                matches += 1
                #expect(below.matches(name + "/z"), "\(text) and \(name)")
            }
        }
        #expect(matches > 100)
    }
}
