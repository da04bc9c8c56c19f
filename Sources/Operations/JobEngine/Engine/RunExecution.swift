import Foundation
import LocalIO
package import Logging
package import SystemPackage

/// Does the work of one run that the journal has as begun: lock, requirement, deadline, progress. It never throws: what went wrong is the end.
package struct RunExecution: Sendable {
    let journal: any RunJournal
    let runner: any JobRunner
    let holds: HoldLedger
    let stateDirectory: FilePath
    let wallclock: any WallClock
    let clock: any Clock<Duration>
    let logger: Logger

    /// Runs on behalf of `runner`, with locks below `stateDirectory`; `holds` is the one ledger of this process.
    package init(
        journal: any RunJournal, runner: any JobRunner, holds: HoldLedger, stateDirectory: FilePath, wallclock: any WallClock,
        clock: any Clock<Duration>, logger: Logger
    ) {
        self.journal = journal
        self.runner = runner
        self.holds = holds
        self.stateDirectory = stateDirectory
        self.wallclock = wallclock
        self.clock = clock
        self.logger = logger
    }

    /// Runs the ticket's job. `stop` cancels the work where it rings; a cancelled task does so too. Both leave the run `interrupted`.
    ///
    /// `lock` is the job's lock where the caller has taken it already. The journal is told of phases and log; of the end the caller tells it.
    package func run(_ ticket: Ticket, lock: RunLock? = nil, progress: any RunProgress, stop: Doorbell) async -> RunEnd {
        let record = ticket.record
        let log = RunLog(run: record.id, wallclock: wallclock)
        var logger = logger
        logger[metadataKey: "run.id"] = "\(record.id)"
        logger[metadataKey: "job.name"] = "\(record.job)"
        logger.handler = RunLogHandler(logger.handler, log: log)
        let recorder = RunRecorder(progress: JournaledProgress(record.id, journal, progress, log, logger), clock: clock)
        var report = RunReport(run: record.id, job: record.job, kind: record.kind.rawValue, started: record.started ?? wallclock.now)
        let stopwatch = Stopwatch(clock)
        logger.notice("run started", metadata: ["run.trigger": "\(record.trigger.rawValue)", "run.attempt": "\(record.attempt)"])

        let ended: Result<RunResult, any Error> = await RunLogger.$current.withValue(logger) {
            do {
                let lock = try lock ?? RunLock(job: record.job, run: record.id, stateDirectory: stateDirectory)
                defer { withExtendedLifetime(lock) {} }
                let result = try await limited(ticket.job, stop: stop) {
                    // Asking a vault may hang like any other work.
                    try await checkRequirement(ticket.job)
                    return try await runner.work(record.job, as: record.id, recorder: recorder, holds: holds)
                }
                return .success(result)
            } catch {
                return .failure(error)
            }
        }

        var failure: RunFailure?
        switch ended {
        case .success(let result):
            report.outcome = result.outcome
            report.snapshots = result.snapshots
            report.recoveryPoint = result.recoveryPoint
        case .failure(let error):
            let judged = judge(error)
            failure = judged
            report.outcome = judged.outcome
            report.reason = judged.reason
            recorder.note(Finding(judged.outcome == .skipped ? .remark : .warning, judged.outcome.rawValue, judged.message))
        }
        report.finished = wallclock.now
        recorder.fill(&report)
        tell(logger, report, failure, elapsed: stopwatch.elapsed)
        await keep(log)
        let vaults = (try? ended.get())?.vaults ?? []  // a run that failed learned nothing
        return RunEnd(report: report, seconds: stopwatch.elapsed.seconds, failure: failure, vaults: vaults)
    }

    private func tell(_ logger: Logger, _ report: RunReport, _ failure: RunFailure?, elapsed: Duration) {
        for finding in report.findings where finding.code != report.outcome.rawValue {
            logger.log(
                level: finding.severity == .warning ? .warning : .info, "run finding",
                metadata: ["finding.code": "\(finding.code)", "finding.text": "\(finding.message)"])
        }
        var metadata: Logger.Metadata = ["run.outcome": "\(report.outcome.rawValue)", "run.duration": "\(Self.text(elapsed))"]
        if let failure { metadata["run.failure"] = "\(failure.message)" }
        if let reason = report.reason { metadata["run.reason"] = "\(reason)" }
        for (vault, snapshot) in report.snapshots { metadata["snapshot.\(vault)"] = "\(snapshot)" }
        let level: Logger.Level =
            switch report.outcome {
            case .succeeded, .skipped: .notice
            case .partial, .interrupted, .refused, .missed: .warning
            case .failed: .error
            }
        logger.log(level: level, "run finished", metadata: metadata)
    }

    /// To the millisecond, such as `10.193 s`.
    private static func text(_ duration: Duration) -> String { String(format: "%.3f s", duration.seconds) }

    /// The log goes to the journal before the end of the run does; a journal that cannot take it costs the lines, which the host's log has.
    private func keep(_ log: RunLog) async {
        do {
            try await onBlockingThread { try journal.commit(log.takeEntries()) }
        } catch {
            logger.warning("log of the run cannot be journaled, ignoring", metadata: ["error": "\(error)"])
        }
    }

    private func judge(_ error: any Error) -> RunFailure {
        switch error {
        case let failure as RunFailure: failure
        case is CancellationError:
            RunFailure(.interrupted, "the run was cancelled before it was done; what it stored is adopted by the next")
        case let error as DeadlineExceeded: RunFailure(.failed, isRetryable: true, "\(error)")
        case let error as JobBusy: RunFailure(.skipped, "\(error)")
        default: runner.judge(error)
        }
    }

    private func checkRequirement(_ job: JobDefinition) async throws {
        guard let limit = job.requiredSnapshotAge else { return }
        guard let vault = job.activity.vault else {
            throw unmet("the job requires a recent complete snapshot, and has no vault that could have one. Hint: remove 'requires'")
        }
        let point: Date?
        do {
            point = try await runner.newestCompleteSnapshot(in: vault)
        } catch let error as CancellationError {
            throw error
        } catch {
            // What cannot be proved is not assumed: the job may delete what no snapshot has.
            throw unmet("whether vault '\(vault)' has a recent complete snapshot cannot be told: \(runner.judge(error).message)")
        }
        let hint = "Hint: run 'opsd run-now backup' first"
        guard let point else { throw unmet("vault '\(vault)' has no complete snapshot, and the job requires one. \(hint)") }
        let age = wallclock.now.timeIntervalSince(point)
        // A snapshot of the future proves nothing: some clock was wrong, and its age cannot be told.
        guard age >= -300 else {
            throw unmet(
                "the newest complete snapshot of vault '\(vault)' is of \(point.formatted(.iso8601)), which is yet to come. Hint: check the clocks"
            )
        }
        guard age <= limit.seconds else {
            throw unmet(
                "the newest complete snapshot of vault '\(vault)' is of \(point.formatted(.iso8601)), and the job requires one that is at most \(Int64(limit.seconds)) s old. \(hint)"
            )
        }
    }

    private func unmet(_ message: String) -> RunFailure { RunFailure(.refused, reason: RunFailure.requires, message) }

    private enum Ending: Sendable {
        case work(Result<RunResult, any Error>)
        case deadline
        case stop
    }

    /// Runs `work`, cancels it where the deadline passes or `stop` rings, and waits for it in any case: nothing goes on behind the engine's back.
    private func limited(
        _ job: JobDefinition, stop: Doorbell, _ work: @escaping @Sendable () async throws -> RunResult
    ) async throws -> RunResult {
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                do { return .work(.success(try await work())) } catch { return .work(.failure(error)) }
            }
            group.addTask { [clock] in
                try await clock.sleep(for: job.deadline)
                return .deadline
            }
            group.addTask {
                await stop.wait()
                return .stop
            }
            var isLate = false
            var isStopped = false
            while true {
                // Children that were cancelled throw, or answer that the bell rang: only the first answer and the work's own count.
                let next: Ending?
                do { next = try await group.next() } catch { continue }
                switch next {
                case .work(let result):
                    group.cancelAll()
                    if case .failure = result {
                        if isLate { throw DeadlineExceeded(deadline: job.deadline) }
                        // Whatever a cancelled statement or transfer calls it: it did not fail.
                        if isStopped || Task.isCancelled { throw CancellationError() }
                    }
                    return try result.get()
                case .deadline:
                    isLate = true
                    group.cancelAll()
                case .stop:
                    // The passed deadline cancels this child, too.
                    isStopped = !isLate
                    group.cancelAll()
                case nil:
                    throw CancellationError()
                }
            }
        }
    }
}

/// Passes progress on, and journals each phase that ends together with the log lines so far.
private struct JournaledProgress: RunProgress {
    private let run: RunID
    private let journal: any RunJournal
    private let next: any RunProgress
    private let log: RunLog
    private let logger: Logger

    init(_ run: RunID, _ journal: any RunJournal, _ next: any RunProgress, _ log: RunLog, _ logger: Logger) {
        self.run = run
        self.journal = journal
        self.next = next
        self.log = log
        self.logger = logger
    }

    func begin(phase: String, totalBytes: Int64?) { next.begin(phase: phase, totalBytes: totalBytes) }

    func advance(bytes: Int64, items: Int) { next.advance(bytes: bytes, items: items) }

    func end(_ phase: PhaseReport) {
        logger.debug(
            "phase finished",
            metadata: [
                "phase.name": "\(phase.name)", "phase.seconds": "\(phase.seconds)", "phase.bytes": "\(phase.bytes)",
                "phase.items": "\(phase.items)",
            ])
        do {
            try journal.commit([.phase(run, phase)] + log.takeEntries())
        } catch {
            logger.warning("phase cannot be journaled, ignoring", metadata: ["error": "\(error)"])
        }
        next.end(phase)
    }
}
