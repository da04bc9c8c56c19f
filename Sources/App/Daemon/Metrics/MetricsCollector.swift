import Assembly
import CronSchedule
import Foundation
import JobEngine
import LocalIO
import OpsMetrics
import Synchronization

/// Makes the page of metrics from the journal and the engine. Reading it changes nothing.
final class MetricsCollector: Sendable {
    private let state: DaemonState
    private let engine: JobEngine
    private let journal: any RunJournal
    private let wallclock: any WallClock
    /// The longest gap of each schedule, which takes a while to find and never changes.
    private let gaps = Mutex<[String: Double]>([:])

    init(state: DaemonState, engine: JobEngine, journal: any RunJournal, wallclock: any WallClock) {
        self.state = state
        self.engine = engine
        self.journal = journal
        self.wallclock = wallclock
    }

    /// The page as Prometheus reads it.
    func text() async throws -> String {
        let picture = await engine.picture()
        return try await onBlockingThread { try self.page(picture).text }
    }

    private func page(_ picture: EnginePicture) throws -> MetricsPage {
        let now = wallclock.now
        let current = state.now
        let configuration = current.installation.configuration
        var page = MetricsPage()
        page.set(.buildInfo, Installation.version, to: 1)
        page.set(.start, to: state.started.timeIntervalSince1970)
        if let turn = picture.lastTurn { page.set(.schedulerLastTurn, to: turn.timeIntervalSince1970) }
        page.set(.journalWritable, to: isWritable ? 1 : 0)
        page.set(.configLastReloadSuccessful, to: current.reloadError == nil ? 1 : 0)
        page.set(.configLastReloadSuccess, to: current.loaded.timeIntervalSince1970)
        if let rpo = configuration.objectives.recoveryPoint { page.set(.rpoObjective, to: rpo.seconds) }
        if let rto = configuration.objectives.recoveryTime { page.set(.rtoObjective, to: rto.seconds) }
        add(state.lastLook, &page)
        do {
            try addJournal(picture, configuration, now, &page)
        } catch {
            // What opsd says of itself is served all the same, with the journal's state: a page that fails would look like a dead daemon.
            page.set(.journalWritable, to: 0)
        }
        return page
    }

    private func addJournal(_ picture: EnginePicture, _ configuration: Configuration, _ now: Date, _ page: inout MetricsPage) throws {
        let summaries = try journal.summaries()
        for job in picture.jobs { add(job, picture, summaries[job.name] ?? JobSummary(job: job.name), now, &page) }
        for (job, date) in try journal.scheduledSince() where picture.jobs.contains(where: { $0.name == job }) {
            page.set(.jobKnownSince, job, to: date.timeIntervalSince1970)
        }
        addSourceBreakage(picture.jobs.filter { $0.activity.kind == .backup }.compactMap { summaries[$0.name] }, &page)
        let facts = try journal.vaultFacts()
        for vault in configuration.vaults { if let known = facts[vault.name] { add(known, now, &page) } }
        if let hold = try journal.holds().filter({ $0.name == "gc" }).map(\.since).min() {
            page.set(.gcHoldSince, to: hold.timeIntervalSince1970)
        }
    }

    private var isWritable: Bool {
        do {
            try journal.checkWritable()
            return true
        } catch {
            return false
        }
    }

    private func add(_ job: JobDefinition, _ picture: EnginePicture, _ summary: JobSummary, _ now: Date, _ page: inout MetricsPage) {
        let name = job.name
        page.set(.jobInfo, name, job.activity.kind.rawValue, to: 1)
        // Each outcome from the start: a series that appears with its first failure hides that failure from increase().
        for outcome in RunOutcome.allCases { page.set(.jobRunsTotal, name, outcome.rawValue, to: Double(summary.totals[outcome] ?? 0)) }
        let isRunning = picture.runs.contains { $0.record.job == name && $0.record.state == .running }
        page.set(.jobRunning, name, to: isRunning ? 1 : 0)
        page.set(.jobPaused, name, to: picture.pauses[name] == nil ? 0 : 1)
        page.set(.jobMissedRunsTotal, name, to: Double(summary.missed))
        if let date = summary.lastStart { page.set(.jobLastStart, name, to: date.timeIntervalSince1970) }
        if let date = summary.lastSuccess { page.set(.jobLastSuccess, name, to: date.timeIntervalSince1970) }
        if let seconds = summary.lastDuration { page.set(.jobLastDuration, name, to: seconds) }
        if let date = picture.nextStarts[name] { page.set(.jobNextRun, name, to: date.timeIntervalSince1970) }
        if let schedule = job.schedule { page.set(.jobExpectedInterval, name, to: gap(of: schedule, now) + job.jitter.seconds) }
        page.set(.jobDeadline, name, to: job.deadline.seconds)
        if let last = summary.lastOutcome {
            for outcome in RunOutcome.allCases { page.set(.jobLastResult, name, outcome.rawValue, to: outcome == last ? 1 : 0) }
        }
        // A reason that only a newer version counted is shown all the same: totals never shrink.
        for reason in Set(RefusalReason.all(of: job.activity.kind)).union(summary.refusals.keys).sorted() {
            page.set(.jobRefusalsTotal, name, reason, to: Double(summary.refusals[reason] ?? 0))
        }
        for number in JobNumber.all(of: job.activity.kind) {
            if let value = number.value(in: summary) { page.set(number.metric, name, to: Double(value)) }
        }
    }

    /// What the newest look at Harbor found; what it could not learn is left out.
    private func add(_ look: DaemonState.Look, _ page: inout MetricsPage) {
        if let count = look.unprotectedArtifacts { page.set(.unprotectedArtifacts, to: Double(count)) }
        guard let facts = look.harbor else { return }
        let answers: [(Metric, Bool?)] = [
            (.harborUp, facts.isUp), (.harborHealthy, facts.isHealthy), (.harborAccountAccepted, facts.acceptsAccount),
            (.harborReadOnly, facts.isReadOnly), (.gcQueuePaused, facts.isCollectionQueuePaused), (.scannerHealthy, facts.isScannerHealthy),
        ]
        for (metric, answer) in answers { if let answer { page.set(metric, to: answer ? 1 : 0) } }
        if let space = facts.space {
            page.set(.harborVolumeFreeBytes, to: Double(space.free))
            page.set(.harborVolumeTotalBytes, to: Double(space.total))
        }
        if let date = facts.scannerDatabase { page.set(.scannerDatabase, to: date.timeIntervalSince1970) }
    }

    /// What the newest backup that got as far found broken in the registry's own storage, and nobody acknowledged.
    private func addSourceBreakage(_ backups: [JobSummary], _ page: inout MetricsPage) {
        let told = backups.filter { $0.lastNumbers["broken_at_source"] != nil }
        guard let newest = told.max(by: { ($0.lastStart ?? .distantPast) < ($1.lastStart ?? .distantPast) }) else { return }
        for (reason, number) in Installation.sourceBreakageNumbers {
            page.set(.sourceBrokenBlobs, reason, to: Double(newest.lastNumbers[number] ?? 0))
        }
    }

    private func add(_ facts: VaultFacts, _ now: Date, _ page: inout MetricsPage) {
        if let point = facts.recoveryPoint {
            page.set(.recoveryPoint, facts.vault, to: point.timeIntervalSince1970)
            page.set(.rpo, facts.vault, to: max(0, now.timeIntervalSince(point)))
        }
        if let count = facts.snapshots { page.set(.vaultSnapshots, facts.vault, to: Double(count)) }
        if let count = facts.objects { page.set(.vaultObjects, facts.vault, to: Double(count)) }
        if let bytes = facts.bytes { page.set(.vaultBytes, facts.vault, to: Double(bytes)) }
        if let date = facts.oldestUnverified { page.set(.vaultOldestUnverified, facts.vault, to: date.timeIntervalSince1970) }
        if let sequence = facts.chainSequence { page.set(.vaultChainSequence, facts.vault, to: Double(sequence)) }
    }

    /// The longest time between two runs that the schedule plans: over eight days at least, to see a weekend, and over 500 times, to see a
    /// quarter. Found anew each day, since a month ahead may have a longer one.
    private func gap(of schedule: JobDefinition.Schedule, _ now: Date) -> Double {
        let key = "\(schedule.identity) \(Int(now.timeIntervalSince1970 / 86_400))"
        if let known = gaps.withLock({ $0[key] }) { return known }
        var longest = 0.0
        var count = 0
        var last = schedule.next(after: now)
        let horizon = now.addingTimeInterval(8 * 86_400)
        while let time = last, count < 500 || (time < horizon && count < 20_000), let next = schedule.next(after: time) {
            longest = max(longest, next.timeIntervalSince(time))
            count += 1
            last = next
        }
        gaps.withLock { gaps in
            if gaps.count > 1_000 { gaps = [:] }
            gaps[key] = longest
        }
        return longest
    }
}
