import Foundation
import Testing

@Suite("Runbook pages")
struct RunbookPagesTests {
    @Test("each alert names its own page, and the page has what somebody needs at night")
    func pages() throws {
        let alerts = try OperationsFiles.alerts()
        #expect(alerts.count > 10)
        for alert in alerts {
            let path = try #require(alert.value(of: "runbook"))
            #expect(path == "runbooks/\(alert.pageName).md")
            let page = try OperationsFiles.text(path)
            #expect(page.hasPrefix("# \(alert.name)\n"), "\(path)")
            let severity = alert.value(of: "labels")?.contains("critical") == true ? "critical" : "warning"
            #expect(page.contains("\nSeverity: \(severity)."), "\(path)")
            for title in ["What it means", "How to look", "What to do", "When to escalate"] {
                let section = page.components(separatedBy: "\n## ").first { $0.hasPrefix("\(title)\n") }
                #expect((section?.count ?? 0) > title.count + 60, "\(path) says nothing under '\(title)'")
            }
            #expect(page.contains("\n```\n"), "\(path) has no command to type")
        }
    }

    @Test("no page is left of an alert that is gone")
    func stale() throws {
        let known = Set(try OperationsFiles.alerts().map { "\($0.pageName).md" })
        #expect(try OperationsFiles.names(in: "runbooks", endingWith: ".md").filter { $0.hasPrefix("opsd-") && !known.contains($0) } == [])
    }

    @Test("links between pages lead somewhere")
    func links() throws {
        let names = Set(try OperationsFiles.names(in: "runbooks", endingWith: ".md"))
        for name in names {
            for match in try OperationsFiles.text("runbooks/\(name)").matches(of: /\]\(([^)#]+)\)/) {
                #expect(names.contains(String(match.output.1)), "\(name) links to \(match.output.1)")
            }
        }
    }

    @Test("alerts that pages speak of exist")
    func alertNames() throws {
        let known = Set(try OperationsFiles.alerts().map(\.name))
        for name in try OperationsFiles.names(in: "runbooks", endingWith: ".md") {
            for match in try OperationsFiles.text("runbooks/\(name)").matches(of: /\bOpsd[A-Z]\w+/) {
                #expect(known.contains(String(match.output)), "\(name): \(match.output)")
            }
        }
    }

    /// All pages but the one that does without opsd.
    private static func pagesWithOpsd() throws -> [String] {
        try OperationsFiles.names(in: "runbooks", endingWith: ".md").filter { $0 != "recover-without-opsd.md" }
    }

    @Test("each job that changes the registry has a page of its own, and the page of its overdue alert leads there")
    func procedures() throws {
        let overdue = try OperationsFiles.text("runbooks/opsd-job-overdue.md")
        for page in ["garbage-collection.md", "retention.md", "rescan.md"] {
            #expect(try OperationsFiles.text("runbooks/\(page)").contains("\n```\nopsd "), "\(page) has no command to type")
            #expect(overdue.contains("](\(page))"), "\(page)")
        }
    }

    @Test("each reason for which a run may be refused is explained")
    func refusals() throws {
        let page = try OperationsFiles.text("runbooks/opsd-run-refused.md")
        let source = try OperationsFiles.text("Sources/Operations/Upkeep/UpkeepError.swift")
        let refusal = try #require(source.split(separator: "package struct UpkeepError", maxSplits: 1).first)
        let own = refusal.matches(of: /(?m)^    case (\w+)(?: = "(\w+)")?$/).map { String($0.output.2 ?? $0.output.1) }
        #expect(own.count > 15 && own.contains("pins_stale") && own.contains("share"))
        for reason in own + ["requires", "precondition", "vault_untrusted", "wrong_vault", "vault_exists", "other"] {
            #expect(page.contains("`\(reason)`"), "\(reason)")
        }
    }

    @Test("commands on the pages are those that opsd has")
    func commands() throws {
        let commands = [
            "status", "jobs", "runs", "run show", "run-now", "cancel", "pause", "resume", "schedule preview", "check-config", "vault audit",
            "vault init", "vault verify", "snapshots", "find", "restore storage", "restore all", "acknowledge", "--version",
            "ls", "gc plan", "gc run", "pins", "retention plan", "retention apply", "retention hold", "retention holds",
            "retention release",
        ]
        var found: Set<String> = []
        for name in try Self.pagesWithOpsd() {
            for words in Self.commands(of: try OperationsFiles.text("runbooks/\(name)")) {
                // The longest first: one word may begin another.
                let command = commands.sorted { $0.count > $1.count }.first { words == $0 || words.hasPrefix("\($0) ") }
                if let command { found.insert(command) } else { Issue.record("\(name): opsd \(words)") }
            }
        }
        #expect(commands.filter { !found.contains($0) } == [])
    }

    @Test("each command of a page has the words and options that opsd takes")
    func options() throws {
        var checked = 0
        for name in try Self.pagesWithOpsd() {
            for line in TypedCommand.all(in: try OperationsFiles.text("runbooks/\(name)")) {
                checked += 1
                if let problem = line.problem { Issue.record("\(name): opsd \(line.text): \(problem)") }
            }
        }
        #expect(checked > 100)
    }

    @Test(
        "a command that opsd would refuse is found",
        arguments: [
            "pause JOB", "pause JOB --unti 2h", "pause --until 2h", "vault audit NAME", "vault audit --read=yes", "statsu", "run show",
            "run",
            "restore storage DIR", "acknowledge DIGEST --until 2027-01-31", "runs a b", "pause JOB --until", "run-now JOB --limit 3",
        ])
    func wrong(text: String) {
        #expect(TypedCommand(text).problem != nil)
    }

    /// The first two words after `opsd` in the lines of code blocks and in code between backticks.
    private static func commands(of page: String) -> [String] {
        page.components(separatedBy: "```").enumerated().flatMap { number, part in
            let command =
                number.isMultiple(of: 2)
                ? /`opsd ([a-z][a-z-]*(?: [a-z-]+)?|--version)/
                : /(?:^|\s)opsd ([a-z][a-z-]*(?: [a-z-]+)?|--version)/.anchorsMatchLineEndings()
            return part.matches(of: command).map { String($0.output.1) }
        }
    }

    @Test(
        "the name of a page follows from the name of its alert",
        arguments: [
            ("OpsdDown", "opsd-down"), ("OpsdRPOObjectiveBroken", "opsd-rpo-objective-broken"),
            ("OpsdJobPausedTooLong", "opsd-job-paused-too-long"),
        ])
    func names(_ alert: String, _ page: String) {
        #expect(AlertRule(name: alert, lines: []).pageName == page)
    }
}
