import Foundation
import LocalIO
package import Logging
package import SystemPackage

/// Runs one job without a daemon, on the daemon's journal and under its locks.
package struct LoneRun: Sendable {
    private let journal: any RunJournal
    private let runner: any JobRunner
    private let stateDirectory: FilePath
    private let daemonLock: FilePath
    private let wallclock: any WallClock
    private let clock: any Clock<Duration>
    private let logger: Logger

    /// A lone run; `daemonLock` is what a living daemon holds.
    package init(
        journal: any RunJournal, runner: any JobRunner, stateDirectory: FilePath, daemonLock: FilePath, wallclock: any WallClock,
        clock: any Clock<Duration>, logger: Logger
    ) {
        self.journal = journal
        self.runner = runner
        self.stateDirectory = stateDirectory
        self.daemonLock = daemonLock
        self.wallclock = wallclock
        self.clock = clock
        self.logger = logger
    }

    /// Runs `job`; `jobs` are those of the configuration, by which runs in other processes are judged. Throws ``JobBusy`` where it, or a job that excludes it, is under way in another process.
    ///
    /// Holding the daemon's lock while the run enters the journal keeps a daemon that starts at the same moment from taking it for left
    /// behind: it finds the run journaled and its job's lock held, and waits for it.
    package func run(
        _ job: JobDefinition, among jobs: [JobDefinition] = [], requester: Requester, progress: any RunProgress
    ) async throws -> (record: RunRecord, report: RunReport) {
        let now = wallclock.now
        let id = RunID(startingAt: now)
        let lock = try RunLock(job: job.name, run: id, stateDirectory: stateDirectory)
        defer { withExtendedLifetime(lock) {} }
        var record = RunRecord(
            id: id, job: job.name, kind: job.activity.kind, vault: job.activity.vault, trigger: .manual, requester: requester, admitted: now
        )
        do {
            let gate = try await onBlockingThread { try ProcessLock(daemonLock, holder: "\(id)", waiting: false) }
            defer { withExtendedLifetime(gate) {} }
            try clear(job, among: jobs, now: now)
            record.state = .running
            record.started = now
            try journal.commit([.admitted(record, findings: []), .began(id, at: now)])
        } catch let error as LocalIOError where error.code == .busy {
            throw RunFailure(.skipped, "opsd serve is starting at this moment. Hint: ask again in a second")
        }
        let holds = HoldLedger(
            journal: journal, runner: runner, lock: HoldLock(stateDirectory: stateDirectory, clock: clock), wallclock: wallclock,
            logger: logger)
        await undoLeftovers(holds, except: id)
        let ticket = Ticket(record, job)
        let execution = RunExecution(
            journal: journal, runner: runner, holds: holds, stateDirectory: stateDirectory, wallclock: wallclock, clock: clock,
            logger: logger)
        let end = await execution.run(ticket, lock: lock, progress: progress, stop: Doorbell())
        await undoLeftovers(holds, own: id)
        record.state = .ended(end.report.outcome)
        record.finished = end.report.finished
        record.seconds = end.seconds
        record.failure = end.failure?.message
        record.reason = end.failure?.reason
        record.exitCode = end.exitCode
        try journal.commit([.ended(record, end.report)] + end.vaults.map { .vault($0) })
        return (record, end.report)
    }

    /// Lets go of what dead runs held, and of what `own` could not release. Once: what cannot be undone now is left to the next run, or to the
    /// daemon, which goes on trying.
    private func undoLeftovers(_ holds: HoldLedger, own: RunID? = nil, except living: RunID? = nil) async {
        do {
            try await holds.undoLeftoversOnce { hold in
                if hold.run == own { return false }
                return hold.run == living || isUnderWay(hold.run)
            }
        } catch {
            logger.warning("hold of an ended run cannot be undone, leaving it to the next", metadata: ["error": "\(error)"])
        }
    }

    /// A run that cannot be told from a living one counts as such: its hold stays.
    private func isUnderWay(_ run: RunID) -> Bool {
        do {
            guard let record = try journal.details(of: run)?.record else { return false }
            return RunLock.isHeld(by: run, job: record.job, stateDirectory: stateDirectory)
        } catch {
            return true
        }
    }

    /// Ends what dead processes left of this job in the journal, and refuses where a living run of another excludes this one. What died of
    /// other jobs is left to the daemon, which makes up for it.
    private func clear(_ job: JobDefinition, among jobs: [JobDefinition], now: Date) throws {
        for other in try journal.unfinishedRuns() {
            guard other.job == job.name else {
                guard RunLock.isHeld(by: other.id, job: other.job, stateDirectory: stateDirectory) else { continue }
                let activity = jobs.first { $0.name == other.job }?.activity ?? Activity(other.kind, vault: other.vault)
                guard !ConflictTable.conflict(job.activity, activity) else { throw JobBusy(job: other.job, run: other.id.description) }
                continue
            }
            try journal.commit([.leftBehind(other, at: now)])
        }
    }
}
