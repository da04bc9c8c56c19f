import Foundation
import SystemPackage
import Testing

@testable import Assembly

/// A line `indent key: value` of a configuration.
struct KeyLine: Sendable, CustomTestStringConvertible {
    let sample: String
    /// From 0.
    let index: Int
    let indent: String
    let key: String
    let value: String

    var testDescription: String { "\(index + 1): \(key)" }

    /// All keys of block style in `sample`.
    static func all(in sample: String) -> [KeyLine] {
        sample.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard let match = line.wholeMatch(of: /( *)([a-z_-]+):(?: (.*))?/) else { return nil }
            return KeyLine(sample: sample, index: index, indent: String(match.1), key: String(match.2), value: String(match.3 ?? ""))
        }
    }

    /// The configuration with this line replaced by others.
    func replaced(by lines: [String]) -> String {
        var all = sample.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        all.replaceSubrange(index...index, with: lines)
        return all.joined(separator: "\n")
    }

    var text: String { "\(indent)\(key):\(value.isEmpty ? "" : " \(value)")" }

    /// Whether operators choose the key: names of vaults, file sets, jobs, commands and classes.
    var isName: Bool {
        switch indent.count {
        case 2: ["config", "keys", "main", "backup", "backup-database", "gc", "rescan", "retention", "pin-check"].contains(key)
        case 4: key == "production"
        case 6: ["releases", "branches", "rest"].contains(key)
        default: false
        }
    }
}

@Suite("Every line of a configuration")
struct EveryLineTests {
    static let lines = KeyLine.all(in: ConfigurationSamples.writer)
    /// Those that the other sample adds, and the rest of it again.
    static let moreLines = KeyLine.all(in: ConfigurationSamples.upkeep)

    @Test("beside every key an unknown one is found at its own place, and nothing else is wrong", arguments: lines + moreLines)
    func unknownKey(line: KeyLine) throws {
        let problems = ConfigurationSamples.problems(line.replaced(by: ["\(line.indent)zzzzzzzz: 1", line.text]))
        let problem = try #require(problems.first)
        #expect(problems.count == 1, "\(problems)")
        #expect((problem.line, problem.column) == (line.index + 1, line.indent.count + (line.isName ? 11 : 1)), "\(problem)")
        #expect(problem.what.contains(line.isName ? "must be a mapping" : "unknown key 'zzzzzzzz'"), "\(problem)")
    }

    @Test(
        "a misspelt key is found on its line, and the right one is named",
        arguments: (lines + moreLines).filter { !$0.isName && $0.key.count > 3 })
    func misspelt(line: KeyLine) throws {
        var wrong = Array(line.key)
        wrong.swapAt(wrong.count - 1, wrong.count - 2)
        if String(wrong) == line.key { wrong.append("x") }
        let problems = ConfigurationSamples.problems(
            line.replaced(by: ["\(line.indent)\(String(wrong)):\(line.value.isEmpty ? "" : " \(line.value)")"]))
        let problem = try #require(problems.first { $0.what.hasPrefix("unknown key '\(String(wrong))'") }, "\(problems)")
        #expect((problem.line, problem.column) == (line.index + 1, line.indent.count + 1))
        #expect(problem.hint == "did you mean '\(line.key)'?")
    }

    @Test("a key that stands twice is found on its second line", arguments: lines + moreLines)
    func duplicate(line: KeyLine) throws {
        // The second is empty: that is not reported beside it, since the first counts.
        let problems = ConfigurationSamples.problems(line.replaced(by: ["\(line.indent)\(line.key): {}", line.text]))
        let problem = try #require(problems.first { $0.what == "duplicate key '\(line.key)'" }, "\(problems)")
        #expect((problem.line, problem.column) == (line.index + 2, line.indent.count + 1))
        #expect(problem.hint == "it stands on line \(line.index + 1) already; remove one of them")
    }

    @Test(
        "a value of another kind is found on its line", arguments: (lines + moreLines).filter { !$0.value.isEmpty },
        ["{}", "[[]]", "[{a: b}]", "~", "\"\""])
    func otherKind(line: KeyLine, value: String) {
        let problems = ConfigurationSamples.problems(line.replaced(by: ["\(line.indent)\(line.key): \(value)"]))
        #expect(problems.contains { $0.line == line.index + 1 }, "\(line.key): \(value): \(problems)")
        #expect(problems.allSatisfy { $0.excerpt != nil })
    }

    @Test("a section that is a word or a list is found where it stands", arguments: lines.filter(\.value.isEmpty), ["word", "[a, b]"])
    func sectionOfAnotherKind(line: KeyLine, value: String) throws {
        // The lines below it go with the section.
        let rest = ConfigurationSamples.writer.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(line.index + 1)
        let below = rest.prefix { $0.hasPrefix(line.indent + " ") }.count
        var all = ConfigurationSamples.writer.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        all.replaceSubrange(line.index...line.index + below, with: ["\(line.indent)\(line.key): \(value)"])
        let problems = ConfigurationSamples.problems(all.joined(separator: "\n"))
        let problem = try #require(problems.first { $0.line == line.index + 1 }, "\(problems)")
        #expect(problem.what.contains("must be a mapping, not \(value == "word" ? "a single value" : "a list")"))
        #expect(problem.column == line.indent.count + line.key.count + 3)
    }

    @Test("without a line the file loads, or what is missing is named", arguments: lines.filter { !$0.value.isEmpty })
    func removed(line: KeyLine) throws {
        let problems = ConfigurationSamples.problems(line.replaced(by: []))
        let required = ["url", "username", "host", "user", "filesystem", "paths", "target", "recipients", "signing_key_file", "schedule"]
        if required.contains(line.key) {
            // With its only line a section is empty, and that is said of the section.
            let isOnlyLine = line.key == "filesystem" || (line.key == "paths" && line.index < 14)
            #expect(problems.count == 1, "\(problems)")
            #expect(problems.allSatisfy { $0.what.contains(isOnlyLine ? "has no value" : "'\(line.key)'") }, "\(problems)")
        } else if line.key == "kind" {
            #expect(problems.map(\.what) == ["job 'backup-database' has no 'kind', and its name is none"])
        } else if line.key == "password_file", line.index < 4 {
            #expect(problems.map(\.what) == ["'harbor' needs 'password_file'"])
        } else {
            #expect(problems.isEmpty, "\(problems)")
        }
    }

    @Test("lines that end as on Windows change nothing but the ends")
    func windows() {
        let text = ConfigurationSamples.writer.replacing("\n", with: "\r\n")
        #expect(ConfigurationSamples.problems(text).isEmpty)
        let wrong = text.replacing("  rto: 2h", with: "  rtoo: 2h")
        #expect(ConfigurationSamples.problems(wrong).map { "\($0.line):\($0.column)" } == ["30:3"])
        #expect(ConfigurationSamples.problems(wrong).first?.excerpt == "      rtoo: 2h\n      ^")
    }
}

@Suite("Keys made by the tools that make them")
struct RealKeysTests {
    private static func run(_ tool: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    private static let hasTools = ["/usr/bin/age-keygen", "/usr/bin/ssh-keygen"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test("fresh keys of age-keygen and ssh-keygen load; skipped where either is not installed", .enabled(if: hasTools))
    func fresh() throws {
        let folder = try ScratchFolder()
        let identity = try Self.run("/usr/bin/age-keygen", [])
        let recipient = try #require(identity.firstMatch(of: /public key: (age1[a-z0-9]+)/)).1
        let key = folder.path.appending("key").string
        _ = try Self.run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "registry.example.com", "-f", key])
        let signer = try String(contentsOfFile: key + ".pub", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let text = "vaults: {main: {target: {filesystem: /srv/vault}, recipients: [\(recipient)], signers: [\"\(signer)\"]}}"
        let report = ConfigurationReport(
            try Configuration.parse(text, file: "x"), plan: FileSetPlan(sets: [], secretKeyPath: nil, findings: []))
        #expect(report.vaults.first?.recipients == [String(recipient)])
        #expect(report.vaults.first?.signers == [signer])
    }

    @Test("a key with a single wrong letter is refused")
    func damaged() {
        var recipient = Array(ExampleKeys.recipients[0])
        recipient[30] = recipient[30] == "q" ? "p" : "q"
        let text = ConfigurationSamples.recovery.replacing("signers", with: "recipients: [\(String(recipient))], signers")
        #expect(ConfigurationSamples.problems(text).map(\.what).allSatisfy { $0.hasSuffix("is not an age recipient") })
        #expect(ConfigurationSamples.problems(text).count == 1)
        let signer = ConfigurationSamples.recovery.replacing("ssh-ed25519 AAAA", with: "ssh-ed25519 AAAB")
        #expect(ConfigurationSamples.problems(signer).map(\.what).allSatisfy { $0.hasSuffix("is not an SSH public key") })
        #expect(ConfigurationSamples.problems(signer).count == 1)
    }
}
