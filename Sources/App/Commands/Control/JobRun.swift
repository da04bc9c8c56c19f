import ArgumentParser
import Assembly
import ControlProtocol
import Foundation
import JobEngine
import LocalIO
import Logging

/// The words of commands that run a job now.
struct JobRunOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "Print the run's id and leave it to the daemon.")
    var noWait = false

    @Flag(help: "Where a run of the job is under way, show that one.")
    var attach = false

    func validate() throws {
        if noWait, attach { throw ValidationError("--attach watches a run, which --no-wait does not: take one of them") }
    }
}

/// Runs a job now, by the daemon or in this process, shows how it gets on, and ends as the run ends.
struct JobRun: Sendable {
    let job: String
    let json: Bool
    let noWait: Bool
    let attach: Bool
    let desk: ControlDesk

    init(job: String, options: JobRunOptions, desk: ControlDesk) {
        self.job = job
        json = options.json
        noWait = options.noWait
        attach = options.attach
        self.desk = desk
    }

    /// Throws ``ExitStatus`` for an outcome other than success, and what keeps the run from beginning.
    func run() async throws {
        let progress = ConsoleProgress()
        let end: RunEnding
        let started: Started? = try await desk.ask {
            try await start($0)
        } alone: {
            nil
        }
        if let started {
            let run = started.run
            if noWait { return json ? try JSONOutput.print(StartedDocument(run: run)) : Console.current.line(run) }
            progress.say(started.isNew ? "run \(run)" : "run \(run) was under way")
            end = try await follow(run, desk.client, progress)
        } else {
            end = try await runAlone(desk, progress)
        }
        try show(end)
    }

    // MARK: - With a daemon

    /// The run that the daemon has for this command.
    private struct Started: Sendable {
        let run: String
        let isNew: Bool
    }

    private func start(_ client: ControlClient) async throws -> Started {
        do {
            return Started(run: try await client.start(job), isNew: true)
        } catch let error as ControlError {
            guard error.reason == "busy", let run = error.run else { throw error }
            if attach { return Started(run: run, isNew: false) }
            throw ControlError(
                .refused, error.problem, remedy: "watch it with 'opsd run-now \(job) --attach'", exitCode: error.exitCode,
                reason: error.reason,
                run: run)
        }
    }

    private func follow(_ run: String, _ client: ControlClient, _ progress: ConsoleProgress) async throws -> RunEnding {
        let look = "look with 'opsd run show \(run)', watch with 'opsd run-now \(job) --attach', end it with 'opsd cancel \(run)'"
        do {
            return try await Interruption.cancelling {
                try await RunFollower(client: client, progress: progress).follow(run)
            } notice: {
                progress.say("opsd: no longer watching, run \(run) goes on. Hint: \(look)")
            }
        } catch is CancellationError {
            throw ExitStatus(1)
        } catch let error as ControlError {
            // Once a run was admitted, a daemon that is gone is never a reason to run the job here: the run may be alive.
            guard error.code != .refused else { throw error }
            throw ControlError(
                .lost, "the daemon went away while it was watched, and run \(run) may have ended with it: \(error.problem)",
                remedy: "see 'systemctl status opsd', then 'opsd run show \(run)'")
        }
    }

    // MARK: - Alone

    private func runAlone(_ desk: ControlDesk, _ progress: ConsoleProgress) async throws -> RunEnding {
        // Before a journal is made for it.
        _ = try desk.job(job)
        let installation = try desk.installation
        if let silent = try await onBlockingThread({ desk.silentDaemon }) { throw silent.request }
        guard !noWait else {
            throw RequestError(
                .outOfReach, "no daemon answers at \(desk.socket), so nobody would go on with the run",
                remedy: "systemctl start opsd, or leave out --no-wait")
        }
        let job = job
        let (record, report) = try await Interruption.cancelling {
            let journal = try await onBlockingThread { try SQLiteJournal(at: installation.journalPath) }
            // The run's log goes to the journal; the terminal has the progress.
            return try await installation.runAlone(
                job, journal: journal, progress: progress, logger: Logger(label: "opsd") { _ in SwiftLogNoOpLogHandler() })
        } notice: {
            progress.say("opsd: ending the run")
        }
        return RunEnding(
            report: report, seconds: record.seconds, failure: record.failure, exitCode: record.exitCode ?? report.outcome.exitCode)
    }

    // MARK: - Result

    private func show(_ end: RunEnding) throws {
        if json {
            try JSONOutput.print(end.report)
        } else {
            Console.current.write(Self.text(end.report, seconds: end.seconds))
            if let failure = end.failure { Console.current.say("opsd: \(failure)") }
        }
        if end.exitCode != 0 { throw ExitStatus(end.exitCode) }
    }

    /// The result for people: outcome first, then numbers, then what they should know.
    static func text(_ report: RunReport, seconds: Double? = nil) -> String {
        // The report's own times are whole seconds once they have crossed the socket.
        let elapsed = seconds ?? report.finished.timeIntervalSince(report.started)
        var lines = [
            "\(report.job) \(report.outcome.rawValue) in \(HumanText.seconds(elapsed))  run \(report.run)"
        ]
        for (vault, snapshot) in report.snapshots.sorted(by: { $0.key < $1.key }) {
            lines.append("  snapshot \(snapshot) in vault '\(vault)'")
        }
        if let point = report.recoveryPoint { lines.append("  recovery point \(HumanText.time(point))") }
        let numbers = report.numbers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if !numbers.isEmpty { lines.append("  \(numbers.joined(separator: ", "))") }
        // What ended the run is said once, by the line below.
        for finding in report.findings where finding.code != "failed" && finding.code != report.outcome.rawValue {
            lines.append("  \(finding.severity == .warning ? "WARNING" : "remark") \(finding.code): \(finding.message)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
