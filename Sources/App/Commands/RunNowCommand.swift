import ArgumentParser
import Assembly
import Foundation
import JobEngine

/// `opsd run-now JOB`: runs a job of the configuration now, with progress; its exit status is the run's outcome.
struct RunNowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run-now", abstract: "Run a job of the configuration now.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The job, such as backup.")
    var job: String

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        let installation = try global.installation()
        let end = try await installation.run(job, progress: ConsoleProgress())
        if json {
            try JSONOutput.print(end.report)
        } else {
            Console.current.write(Self.text(end.report))
        }
        if let failure = end.failure {
            if !json { Console.current.say("opsd: \(failure)") }
            throw failure is CancellationError ? ExitStatus(1) : ExitStatus(after: failure)
        }
        if end.report.outcome != .succeeded { throw ExitStatus(end.report.outcome.exitCode) }
    }

    /// The result for people: outcome first, then numbers, then what they should know.
    static func text(_ report: RunReport) -> String {
        var lines = [
            "\(report.job) \(report.outcome.rawValue) in \(HumanText.seconds(report.finished.timeIntervalSince(report.started)))  run \(report.run)"
        ]
        for (vault, snapshot) in report.snapshots.sorted(by: { $0.key < $1.key }) {
            lines.append("  snapshot \(snapshot) in vault '\(vault)'")
        }
        if let point = report.recoveryPoint { lines.append("  recovery point \(HumanText.time(point))") }
        let numbers = report.numbers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if !numbers.isEmpty { lines.append("  \(numbers.joined(separator: ", "))") }
        for finding in report.findings where finding.code != "failed" {
            lines.append("  \(finding.severity == .warning ? "WARNING" : "remark") \(finding.code): \(finding.message)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
