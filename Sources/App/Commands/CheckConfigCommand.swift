import ArgumentParser
import Assembly

/// `opsd check-config`.
struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check the configuration and say which roles it has.",
        discussion: """
            With --live everything that it names is tried too: database, storage, file sets, vaults, keys, sockets. Nothing is changed but for a
            temporary file in the state directory and, once a day, a small object in 'probes' of each vault that this host writes to; on
            storage that only adds, that object stays. Run it with the rights that the daemon has.

            Ends with 78 where configuration, keys or rights must be mended, 1 where something read is damaged, 69 where something is out of
            reach, and 0 where there are warnings at most.
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Also try everything that the configuration names.")
    var live = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        let installation = try global.installation()
        let report = installation.report()
        guard live else {
            if json { return try JSONOutput.print(report) }
            return Console.current.write("\(report)\n")
        }
        let found = await installation.liveChecks()
        if json {
            try JSONOutput.print(LiveReport(configuration: report, live: found))
        } else {
            Console.current.write("\(report)\n\n\(Self.text(found))")
        }
        if found.exitCode != 0 { throw ExitStatus(found.exitCode) }
    }

    /// A table of all checks, then what to do about each that is not fine, then a count.
    static func text(_ report: LiveCheckReport) -> String {
        var table = Table("RESULT", "CHECK", "TARGET", "DETAIL")
        for check in report.checks { table.add(check.result.text, check.name.rawValue, check.target, check.detail) }
        var text = table.text
        let open = report.checks.compactMap { check in check.remedy.map { (check, $0) } }
        if !open.isEmpty { text += "\n" }
        for (check, remedy) in open { text += "\(check.result.text) \(check.name.rawValue) \(check.target). Hint: \(remedy)\n" }
        let counts = ["ok", "warning", "failed", "skipped"].map { result in
            "\(report.checks.count { $0.result.text == result }) \(result)"
        }
        return text + "\n\(report.checks.count) checks: \(counts.joined(separator: ", "))\n"
    }
}

/// What `--live --json` prints: the report of the configuration, with the checks as one more member.
private struct LiveReport: Encodable {
    let configuration: ConfigurationReport
    let live: LiveCheckReport

    func encode(to encoder: any Encoder) throws {
        try configuration.encode(to: encoder)
        try live.encode(to: encoder)
    }
}
