import Assembly
import ControlProtocol
import Foundation
import JobEngine

/// What somebody should do something about, in sentences of one line, the worst first.
struct Attention {
    let objectives: Objectives
    let vaults: [VaultDocument]
    let picture: EnginePicture
    let summaries: [String: JobSummary]
    /// By job: since when it is scheduled.
    let scheduledSince: [String: Date]
    let daemon: StatusDocument.Daemon?
    let silent: SilentDaemon?
    let now: Date

    /// Asks `journal` only about jobs that something is wrong with.
    func sentences(_ journal: any RunJournal) throws -> [String] {
        let jobs = picture.jobs
        return try unprotected + daemonTroubles + jobs.compactMap { try badEnd(of: $0, journal) } + jobs.compactMap(overdue)
            + jobs.compactMap { try missed($0, journal) } + jobs.compactMap(paused)
    }

    // MARK: - Vaults

    /// The vault without any snapshot before the one with the oldest.
    private var unprotected: [String] {
        let never = vaults.filter(isWithoutDatabase).map { vault in
            let job = picture.jobs.first { $0.activity.kind == .backup && $0.activity.vault == vault.name && !$0.activity.isDatabaseOnly }
            let hint = job.map { "opsd run-now \($0.name)" } ?? "opsd snapshots --vault \(vault.name)"
            return "vault '\(vault.name)' has no complete snapshot that is known here. Hint: \(hint)"
        }
        guard let objective = objectives.recoveryPoint else { return never }
        let late = vaults.compactMap { vault -> (age: Double, text: String)? in
            guard let age = vault.rpoSeconds, let point = vault.recoveryPoint, age > objective.seconds else { return nil }
            return (
                age,
                "vault '\(vault.name)' misses its objective: \(Self.span(age)) of changes would be lost, \(DurationText.text(objective)) were promised"
                    + " (recovery point \(Self.time(point))). Hint: opsd runs"
            )
        }
        return never + late.sorted { $0.age > $1.age }.map(\.text)
    }

    /// A vault that backups of this host go to, or (where there are none) one without any snapshot. What holds file sets alone, such as keys,
    /// has no recovery point and needs none.
    private func isWithoutDatabase(_ vault: VaultDocument) -> Bool {
        guard vault.recoveryPoint == nil else { return false }
        let backups = picture.jobs.filter { $0.activity.kind == .backup }
        return backups.isEmpty ? vault.snapshots == 0 : backups.contains { $0.activity.vault == vault.name }
    }

    // MARK: - Daemon

    private var daemonTroubles: [String] {
        guard let daemon else {
            return [silent?.description ?? "no daemon is running, so nothing starts by itself. Hint: systemctl start opsd"]
        }
        var lines = daemon.problems.map { "the daemon is not ready: \(Self.firstLine($0))" }
        if let error = daemon.reloadError {
            lines.append(
                "the newest configuration was refused, the one of \(Self.time(daemon.configurationLoaded)) is in force:"
                    + " \(Self.firstLine(error)). Hint: opsd check-config")
        }
        return lines
    }

    // MARK: - Jobs

    private func badEnd(of job: JobDefinition, _ journal: any RunJournal) throws -> String? {
        guard let summary = summaries[job.name], let run = summary.lastRun, let outcome = summary.lastOutcome else { return nil }
        let how: String
        switch outcome {
        case .succeeded, .skipped, .missed: return nil
        case .failed: how = "failed"
        case .interrupted: how = "was interrupted"
        case .partial: how = "was partial"
        case .refused: how = "was refused"
        }
        let record = try journal.runs(withPrefix: run.description, limit: 1).first
        let when = (record?.finished ?? record?.started ?? summary.lastStart).map { " at \(Self.time($0))" } ?? ""
        let success = summary.lastSuccess.map { "last success \(Self.time($0))" } ?? "it never succeeded"
        return "job '\(job.name)' \(how)\(when), \(success). Hint: opsd run show \(run)"
    }

    /// A job is late when what its schedule planned after its last success did not succeed within a quarter of the interval, a day at most,
    /// and half an hour.
    private func overdue(_ job: JobDefinition) -> String? {
        guard let schedule = job.schedule, picture.pauses[job.name] == nil, !picture.runs.contains(where: { $0.record.job == job.name }),
            let reference = summaries[job.name]?.lastSuccess ?? scheduledSince[job.name] ?? daemon?.started,
            let due = schedule.next(after: reference),
            let before = schedule.previous(before: due)
        else { return nil }
        let patience = min(due.timeIntervalSince(before) / 4, 86_400) + 1800 + job.jitter.seconds
        let late = now.timeIntervalSince(due)
        guard late > patience else { return nil }
        return
            "job '\(job.name)' is overdue: no success since it was due \(Self.span(late)) ago, at \(Self.time(due)). Hint: opsd runs \(job.name)"
    }

    /// Missed times stay in the totals for ever; they matter until the job has succeeded again.
    private func missed(_ job: JobDefinition, _ journal: any RunJournal) throws -> String? {
        guard let summary = summaries[job.name], summary.missed > 0 else { return nil }
        let newest = try journal.runs(of: job.name, limit: 10).first { $0.state == .ended(.missed) }
        guard let newest, newest.admitted > summary.lastSuccess ?? .distantPast else { return nil }
        return "job '\(job.name)' missed its run of \(Self.time(newest.scheduledFor ?? newest.admitted)). Hint: opsd run show \(newest.id)"
    }

    private func paused(_ job: JobDefinition) -> String? {
        picture.pauses[job.name].map {
            "job '\(job.name)' is paused until \(Self.time($0.until)): \(Self.firstLine($0.reason)). Hint: opsd resume \(job.name)"
        }
    }

    // MARK: - Words

    private static func time(_ date: Date) -> String { date.formatted(.iso8601) }

    /// With the two units that matter: `3h5m`, `2d4h`.
    private static func span(_ seconds: Double) -> String {
        let whole = Int64(max(0, seconds))
        let unit: Int64 = whole >= 86_400 ? 3_600 : (whole >= 3_600 ? 60 : 1)
        return DurationText.text(.seconds(whole / unit * unit))
    }

    private static func firstLine(_ text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? ""
    }
}
