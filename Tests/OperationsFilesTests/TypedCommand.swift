import Foundation

/// A command of opsd as a page has it, read as opsd would.
struct TypedCommand {
    /// What follows `opsd`.
    let text: String
    /// In running text a command may be named without what it takes.
    private let isMention: Bool

    init(_ text: String, isMention: Bool = false) {
        self.text = text
        self.isMention = isMention
    }

    /// What one command takes.
    private struct Grammar {
        var arguments = 0...0
        /// Options with a value.
        var options: Set<String> = []
        var flags: Set<String> = ["--json"]
        var required: Set<String> = []
    }

    private static let vault: Set<String> = ["--vault", "--identity"]
    private static let restore = vault.union(["--snapshot", "--at-least", "--to"])

    private static let grammars: [String: Grammar] = [
        "--version": Grammar(flags: []), "serve": Grammar(flags: []), "status": Grammar(), "jobs": Grammar(),
        "runs": Grammar(arguments: 0...1, options: ["--limit"]), "run show": Grammar(arguments: 1...1), "cancel": Grammar(arguments: 1...1),
        "run-now": Grammar(arguments: 1...1, flags: ["--json", "--no-wait", "--attach"]),
        "pause": Grammar(arguments: 1...1, options: ["--until", "--reason"], required: ["--until"]), "resume": Grammar(arguments: 1...1),
        "schedule preview": Grammar(options: ["--cron", "--timezone", "--harbor-cron", "--after", "--count"]),
        "check-config": Grammar(flags: ["--json", "--live"]), "vault init": Grammar(options: ["--vault"]),
        "vault audit": Grammar(options: vault, flags: ["--json", "--read"]), "vault verify": Grammar(options: vault.union(["--share"])),
        "vault rebuild-catalog": Grammar(options: vault, flags: []), "snapshots": Grammar(options: ["--vault"]),
        "snapshot show": Grammar(arguments: 1...1, options: ["--vault"]), "ls": Grammar(arguments: 1...2, options: vault),
        "find": Grammar(arguments: 1...1, options: vault), "diff": Grammar(arguments: 2...2, options: vault),
        "restore database": Grammar(options: restore, flags: ["--execute"], required: ["--to"]),
        "restore storage": Grammar(options: restore.union(["--owner"]), flags: ["--execute"], required: ["--to"]),
        "restore files": Grammar(options: restore.union(["--set"]), flags: ["--execute"], required: ["--set", "--to"]),
        "restore all": Grammar(options: restore.union(["--to-database"]), flags: ["--execute"], required: ["--to-database", "--to"]),
        "retention plan": Grammar(options: ["--job", "--repository"], flags: ["--json", "--all"]),
        "retention apply": Grammar(
            arguments: 1...1, options: ["--job"], flags: ["--json", "--execute", "--no-wait", "--attach"]),
        "retention hold": Grammar(
            arguments: 1...1, options: ["--until", "--owner", "--reason"], flags: [], required: ["--until", "--owner", "--reason"]),
        "retention holds": Grammar(), "retention release": Grammar(arguments: 1...1, options: ["--owner"], flags: []),
        "gc plan": Grammar(options: ["--job"]), "gc run": Grammar(options: ["--job"], flags: ["--json", "--no-wait", "--attach"]),
        "pins": Grammar(flags: ["--json", "--check"]),
        "acknowledge": Grammar(arguments: 1...1, options: ["--until", "--reason"], flags: [], required: ["--until", "--reason"]),
    ]

    /// What opsd would say against it; nil where nothing.
    var problem: String? {
        var words = Self.words(of: text)
        let verb = [2, 1].lazy.map { words.prefix($0).joined(separator: " ") }.first { Self.grammars[$0] != nil }
        guard let verb, let grammar = Self.grammars[verb] else { return "there is no such command" }
        words.removeFirst(verb.split(separator: " ").count)
        if isMention, words.isEmpty { return nil }
        var (arguments, given): (Int, Set<String>) = (0, [])
        while !words.isEmpty {
            let word = words.removeFirst()
            if !word.hasPrefix("-") {
                arguments += 1
            } else if grammar.options.contains(word) || ["--config", "--state-directory"].contains(word) {
                guard let value = words.first, !value.hasPrefix("-") else { return "\(word) has no value" }
                words.removeFirst()
                given.insert(word)
            } else if !grammar.flags.contains(word) {
                return "there is no \(word)"
            }
        }
        guard grammar.arguments.contains(arguments) else { return "\(arguments) arguments" }
        let missing = grammar.required.subtracting(given)
        return missing.isEmpty ? nil : "without \(missing.sorted().joined(separator: ", "))"
    }

    /// Cut at spaces outside of single quotes, up to where a shell would begin something else.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        for match in text.matches(of: /(?:'[^']*'|[^\s'])+/) {
            let word = String(match.output)
            if ["|", "&&", ";", ">", "\\"].contains(word) { break }
            words.append(word)
        }
        return words
    }

    /// Every command in the lines of code blocks and in code between backticks.
    static func all(in page: String) -> [TypedCommand] {
        page.components(separatedBy: "```").enumerated().flatMap { number, part in
            number.isMultiple(of: 2)
                ? part.matches(of: /`opsd ([^`]+)`/).map { TypedCommand(String($0.output.1), isMention: true) }
                : part.matches(of: /(?:^|\s)opsd ([a-z].*|--version)$/.anchorsMatchLineEndings()).map { TypedCommand(String($0.output.1)) }
        }
    }
}
