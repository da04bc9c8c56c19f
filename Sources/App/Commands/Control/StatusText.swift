import ControlProtocol
import Daemon
import Foundation

/// `opsd status` for people: what is wrong first, then what a restore would bring back, then what runs.
struct StatusText {
    private let status: StatusDocument
    private let silent: SilentDaemon?

    /// `silent` is the daemon that should have answered, where one lives.
    init(_ status: StatusDocument, silent: SilentDaemon? = nil) {
        self.status = status
        self.silent = silent
    }

    var text: String {
        var parts = [head, attention, vaults]
        if !status.runs.isEmpty { parts.append(runs) }
        parts.append(status.jobs.isEmpty ? "no jobs are configured\n" : jobs)
        return parts.joined(separator: "\n")
    }

    private var head: String {
        guard let daemon = status.daemon else {
            return
                "\(silent.map { "THE DAEMON DOES NOT ANSWER: \($0.problem)" } ?? "NO DAEMON IS RUNNING"). This is what the journal says at \(HumanText.time(status.now)).\n"
        }
        let age = HumanText.seconds(max(0, status.now.timeIntervalSince(daemon.started)))
        return "opsd \(daemon.version) \(daemon.isReady ? "is ready" : "IS NOT READY"), process \(daemon.pid), running for \(age)\n"
            + "\(status.configuration) of \(HumanText.time(daemon.configurationLoaded)), now \(HumanText.time(status.now))\n"
    }

    private var attention: String {
        guard !status.attention.isEmpty else { return "nothing needs attention\n" }
        return "NEEDS ATTENTION\n" + status.attention.map { "  \($0)\n" }.joined()
    }

    private var vaults: String {
        let objective = status.objectives.rpoSeconds
        var table = Table("VAULT", "RECOVERY POINT", "AGE", "OBJECTIVE", "SNAPSHOTS", "SIZE")
        for vault in status.vaults {
            // File sets alone, such as keys, make no recovery point.
            let isFilesOnly = vault.recoveryPoint == nil && !status.jobs.contains { $0.kind == "backup" && $0.vault == vault.name }
            table.add(
                vault.name, vault.recoveryPoint.map(HumanText.time) ?? (isFilesOnly ? "files only" : "NONE"),
                vault.rpoSeconds.map(HumanText.seconds) ?? "-",
                isFilesOnly ? "-" : Self.verdict(vault.rpoSeconds, objective), vault.snapshots.map { "\($0)" } ?? "-",
                vault.bytes.map(HumanText.size) ?? "-")
        }
        return table.text
    }

    private static func verdict(_ age: Double?, _ objective: Double?) -> String {
        guard let objective else { return "none set" }
        guard let age, age <= objective else { return "MISSED, \(HumanText.seconds(objective))" }
        return "met, \(HumanText.seconds(objective))"
    }

    private var runs: String {
        var table = Table("RUN", "JOB", "SINCE", "DOES")
        for run in status.runs {
            let since = max(0, status.now.timeIntervalSince(run.started ?? run.admitted))
            let does: String
            if let reason = run.waitingFor {
                does = run.state == "waiting" ? "waits: \(reason)" : reason
            } else {
                does = run.phase ?? run.state
            }
            table.add(run.id, run.job, HumanText.seconds(since), does)
        }
        return table.text
    }

    private var jobs: String {
        var table = Table("JOB", "NEXT RUN", "LAST RUN", "ENDED", "LAST SUCCESS")
        for job in status.jobs {
            table.add(
                job.name, JobsText.next(job), job.lastStart.map(HumanText.time) ?? "never", JobsText.outcome(job),
                job.lastSuccess.map(HumanText.time) ?? "never")
        }
        return table.text
    }
}

/// `opsd jobs` for people.
enum JobsText {
    static func text(_ jobs: [JobDocument]) -> String {
        guard !jobs.isEmpty else { return "no jobs are configured\n" }
        var table = Table("JOB", "SCHEDULE", "NEXT RUN", "ENDED", "LAST SUCCESS", "TOOK", "MISSED")
        for job in jobs {
            let zone = job.timezone.flatMap { $0 == "UTC" ? nil : " \($0)" } ?? ""
            table.add(
                job.name, job.schedule.map { "\($0)\(zone)" } ?? "by hand", next(job), outcome(job),
                job.lastSuccess.map(HumanText.time) ?? "never", job.lastDurationSeconds.map(HumanText.seconds) ?? "-", "\(job.missedRuns)")
        }
        let pauses = jobs.compactMap { job in
            job.pause.map { pause in
                "\(job.name) is paused until \(HumanText.time(pause.until))\(pause.requestedBy.map { " by \($0)" } ?? ""): \(pause.reason)\n"
            }
        }
        return table.text + (pauses.isEmpty ? "" : "\n") + pauses.joined()
    }

    /// When it starts next, or why it does not.
    static func next(_ job: JobDocument) -> String {
        if job.pause != nil { return "paused" }
        if job.schedule == nil { return "by hand" }
        return job.nextRun.map(HumanText.time) ?? "-"
    }

    /// Loud where it did not end well.
    static func outcome(_ job: JobDocument) -> String {
        if job.currentRun != nil { return "under way" }
        return job.lastOutcome.map(RunsText.outcome) ?? "-"
    }
}
