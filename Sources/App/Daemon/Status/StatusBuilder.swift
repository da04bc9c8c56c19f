package import Assembly
package import ControlProtocol
import CronSchedule
package import Foundation
package import JobEngine
import LocalIO
import SystemPackage

/// Makes what `opsd status`, `jobs`, `runs` and `run show` print, for a daemon and for commands that find none.
///
/// Every call blocks on the journal, and throws what it throws.
package struct StatusBuilder: Sendable {
    private let installation: Installation
    private let journal: any RunJournal

    /// A builder for the configuration in force and the journal beside it.
    package init(installation: Installation, journal: any RunJournal) {
        self.installation = installation
        self.journal = journal
    }

    /// Totals and history begin anew with a journal: whoever reads them has to know.
    private var journalsSetAside: [String] {
        let path = installation.journalPath
        let beginning = "\(path.lastComponent?.string ?? "").corrupt-"
        // A folder that cannot be listed is told of by everything else that needs it.
        let names = (try? Folder.names(path.removingLastComponent())) ?? []
        return names.filter { $0.hasPrefix(beginning) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted().map { name in
            "a corrupt journal was set aside, and what it knew of runs is not shown here. Hint: keep \(name) for analysis, then move it away"
        }
    }

    /// Everything at a glance. `daemon` is nil where none answered; `silent` then says of one that lives all the same.
    package func status(
        picture: EnginePicture, daemon: StatusDocument.Daemon?, silent: SilentDaemon? = nil, now: Date
    ) throws -> StatusDocument {
        let configuration = installation.configuration
        let summaries = try journal.summaries()
        let vaults = try vaults(now)
        let attention = Attention(
            objectives: configuration.objectives, vaults: vaults, picture: picture, summaries: summaries,
            scheduledSince: try journal.scheduledSince(), daemon: daemon, silent: silent, now: now)
        return StatusDocument(
            daemon: daemon, configuration: configuration.file, now: now,
            objectives: StatusDocument.Objectives(
                rpoSeconds: configuration.objectives.recoveryPoint?.seconds, rtoSeconds: configuration.objectives.recoveryTime?.seconds),
            vaults: vaults, jobs: picture.jobs.map { document($0, picture, summaries[$0.name]) }, runs: picture.runs.map(Self.summary),
            attention: try attention.sentences(journal) + journalsSetAside)
    }

    /// All jobs, in the order of the configuration.
    package func jobs(picture: EnginePicture, now: Date) throws -> JobsDocument {
        let summaries = try journal.summaries()
        return JobsDocument(jobs: picture.jobs.map { document($0, picture, summaries[$0.name]) })
    }

    /// One job; nil where the configuration has none of this name.
    package func job(_ name: String, picture: EnginePicture) throws -> JobDocument? {
        guard let job = picture.jobs.first(where: { $0.name == name }) else { return nil }
        return document(job, picture, try journal.summaries()[name])
    }

    /// The newest runs first, of one job or of all; at most `limit`.
    package func runs(of job: String?, limit: Int, picture: EnginePicture) throws -> RunsDocument {
        let current = Dictionary(picture.runs.map { ($0.record.id, $0) }) { first, _ in first }
        return RunsDocument(
            runs: try journal.runs(of: job, limit: limit).map { record in
                RunSummary(record, phase: current[record.id]?.phase, waitingFor: current[record.id]?.reason)
            })
    }

    /// The run of this id, or the only one whose id begins so. Throws ``RunLookupError`` where there is none, or several.
    package func run(_ text: String, picture: EnginePicture) throws -> RunDocument {
        guard let details = try journal.details(of: try id(text)) else { throw RunLookupError(noneFor: text) }
        let current = picture.runs.first { $0.record.id == details.record.id }
        return RunDocument(
            run: RunSummary(details.record, phase: current?.phase, waitingFor: current?.reason), report: details.report, log: details.log)
    }

    private func id(_ text: String) throws -> RunID {
        if let id = RunID(parsing: text) { return id }
        // Times are written with capitals; who types an id often does not.
        let prefix = text.uppercased().prefix(17) + text.dropFirst(17).lowercased()
        let found = text.isEmpty ? [] : try journal.runs(withPrefix: String(prefix), limit: RunLookupError.listed + 1).map(\.id)
        guard let first = found.first else { throw RunLookupError(noneFor: text) }
        guard found.count == 1 else { throw RunLookupError(text, fits: found) }
        return first
    }

    private static func summary(_ run: EnginePicture.Run) -> RunSummary {
        RunSummary(run.record, phase: run.phase, waitingFor: run.reason)
    }

    private func vaults(_ now: Date) throws -> [VaultDocument] {
        let facts = try journal.vaultFacts()
        return installation.configuration.vaults.map { section in
            let known = facts[section.name]
            return VaultDocument(
                name: section.name, target: section.target.description, recoveryPoint: known?.recoveryPoint,
                rpoSeconds: known?.recoveryPoint.map { max(0, now.timeIntervalSince($0)) }, snapshots: known?.snapshots,
                objects: known?.objects, bytes: known?.bytes, chainSequence: known?.chainSequence,
                oldestUnverified: known?.oldestUnverified,
                observed: known?.observed)
        }
    }

    private func document(_ job: JobDefinition, _ picture: EnginePicture, _ summary: JobSummary?) -> JobDocument {
        let pause = picture.pauses[job.name].map {
            JobDocument.Pause(until: $0.until, since: $0.since, reason: $0.reason, requestedBy: $0.requester?.description)
        }
        // Without a turn there is no engine, and what has a reason was left behind by a process that died.
        let current = picture.runs.first { $0.record.job == job.name && (picture.lastTurn != nil || $0.reason == nil) }
        let totals = (summary?.totals ?? [:]).map { ($0.key.rawValue, $0.value) }
        return JobDocument(
            name: job.name, kind: job.activity.kind.rawValue, vault: job.activity.vault, schedule: job.schedule?.expression.text,
            timezone: job.schedule.map { $0.timezone == .gmt ? "UTC" : $0.timezone.identifier }, nextRun: picture.nextStarts[job.name],
            pause: pause, currentRun: current?.record.id.description,
            lastRun: summary?.lastRun?.description, lastOutcome: summary?.lastOutcome?.rawValue, lastStart: summary?.lastStart,
            lastSuccess: summary?.lastSuccess, lastDurationSeconds: summary?.lastDuration, missedRuns: summary?.missed ?? 0,
            runsTotal: Dictionary(uniqueKeysWithValues: totals))
    }
}
