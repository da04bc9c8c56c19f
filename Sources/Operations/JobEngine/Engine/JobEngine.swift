import Foundation
import LocalIO
package import Logging
import Synchronization
package import SystemPackage

/// Runs jobs when they are due or asked for, and journals what becomes of them.
///
/// Every change goes the same way: the board decides on a copy, the journal is told in one transaction, and only then the change is kept
/// and carried out. So whoever reads the journal after a crash knows at least of everything that was begun.
package actor JobEngine {
    private let executor = SerialQueueExecutor(label: "opsd.engine")
    /// The engine's own thread: the journal blocks it, and no other.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var board: Board
    private var runner: any JobRunner
    private let holds: HoldLedger
    private let journal: any RunJournal
    private let stateDirectory: FilePath
    private let wallclock: any WallClock
    private let clock: any Clock<Duration>
    private let uptime: Stopwatch
    private let logger: Logger
    private let bell = Doorbell()
    /// Rings when a run has ended, which may have left a hold.
    private let holdsBell = Doorbell()
    private let stopRequest = Mutex(false)
    private let starts: AsyncStream<Ticket>
    private let starter: AsyncStream<Ticket>.Continuation
    private var feeds: [RunID: RunFeed] = [:]
    private var stops: [RunID: Doorbell] = [:]
    /// Ends that the journal could not take yet: a run that ended does not end twice, so they are told again until they are taken.
    private var untold: [JournalEntry] = []
    private var lastTurn: (date: Date, uptime: Duration)?
    /// Since when something is due that could not be dealt with. By uptime: a step of the wall clock is no delay.
    private var dueSince: Duration?
    private var isJournalRefusing = false

    /// The longest time between two turns: a jump of the wall clock is noticed within it.
    package static let longestRest = Duration.seconds(15)
    /// How long the engine may be late, and a new one may take to its first turn.
    private static let patience = Duration.seconds(60)
    /// How often, a second apart, a journal that refuses is told the ends of runs before the engine gives up on it.
    private static let lastTries = 5
    /// How long runs may finish by themselves once the engine is told to stop.
    package static let stopGrace = Duration.seconds(20)

    /// An engine without jobs: ``start(_:runner:)`` gives it some.
    package init(
        journal: any RunJournal, runner: any JobRunner, host: String, stateDirectory: FilePath, wallclock: any WallClock,
        clock: any Clock<Duration>, logger: Logger
    ) {
        board = Board(host: host)
        self.journal = journal
        self.runner = runner
        holds = HoldLedger(
            journal: journal, runner: runner, lock: HoldLock(stateDirectory: stateDirectory, clock: clock), wallclock: wallclock,
            logger: logger)
        self.stateDirectory = stateDirectory
        self.wallclock = wallclock
        self.clock = clock
        self.logger = logger
        uptime = Stopwatch(clock)
        (starts, starter) = AsyncStream.makeStream(of: Ticket.self)
    }

    private var moment: Moment { Moment(now: wallclock.now, uptime: uptime.elapsed) }

    // MARK: - Life

    /// Takes up what the journal remembers and configures `definitions`; begins nothing before ``run()``. Throws where the journal cannot be read or written.
    package func start(_ definitions: [JobDefinition]) throws {
        let memory = try Board.Memory(journal)
        let alive = Set(memory.unfinished.filter { RunLock.isHeld(by: $0.id, job: $0.job, stateDirectory: stateDirectory) }.map(\.id))
        var next = board
        let actions = next.restore(memory, definitions: definitions, alive: alive, at: moment)
        try keep(next, actions)
    }

    /// Turns until ``stop()``, and returns when every run has ended. Cancellation cancels the runs.
    package func run() async {
        await withDiscardingTaskGroup { outer in
            outer.addTask { await self.undoLeftHolds() }
            await withDiscardingTaskGroup { group in
                group.addTask { await self.turnUntilStopped() }
                for await ticket in starts {
                    group.addTask { await self.perform(ticket) }
                }
            }
            await tellUntold()
            // A hold that cannot be undone is tried for ever; the next start goes on with it.
            outer.cancelAll()
        }
    }

    /// Asks for ``stop()`` from where nothing can be awaited, such as the handler of a signal.
    package nonisolated func requestStop() {
        stopRequest.withLock { $0 = true }
        bell.ring()
    }

    /// Starts nothing more. Runs have ``stopGrace`` to finish, then they are cancelled.
    package func stop() {
        halt()
        bell.ring()
    }

    /// Stops also where the journal is what is broken: the next start then finds the dropped runs unfinished, and deals with them.
    private func halt() {
        var next = board
        let actions = next.apply(.stopping, at: moment)
        do {
            try keep(next, actions)
        } catch {
            logger.warning("stop cannot be journaled, ignoring", metadata: ["error": "\(error)"])
            board = next
            carryOut(actions)
        }
    }

    private func turnUntilStopped() async {
        while !board.isStopping, !stopRequest.withLock({ $0 }), !Task.isCancelled {
            let rest = turn()
            await clock.sleep(for: rest, orUntil: bell)
        }
        halt()  // again where stop() was called; the first time where the task was cancelled
        let limit = uptime.elapsed + Self.stopGrace
        while !stops.isEmpty {
            let left = Task.isCancelled ? .zero : limit - uptime.elapsed
            guard left > .zero else {
                for stop in stops.values { stop.ring() }
                break
            }
            await clock.sleep(for: left, orUntil: bell)
        }
        starter.finish()
    }

    /// Deals with all that is due; returns how long nothing will be.
    private func turn() -> Duration {
        let moment = moment
        lastTurn = (moment.now, moment.uptime)
        do {
            try endForeignRuns()
            try apply(.tick)
            if isJournalRefusing {
                // Nothing was due that would have shown whether it takes anything again.
                try journal.checkWritable()
                noteJournalTakes()
            }
            dueSince = nil
        } catch {
            noteJournalRefuses(error)
            var next = board
            if !next.apply(.tick, at: moment).isEmpty { dueSince = dueSince ?? moment.uptime } else { dueSince = nil }
            return .seconds(5)
        }
        return min(board.rest(at: self.moment) ?? Self.longestRest, Self.longestRest)
    }

    /// Runs of other processes leave the board when their lock is free: their own process has journaled them, or died.
    private func endForeignRuns() throws {
        for ticket in board.running.values where ticket.isForeign {
            let record = ticket.record
            guard !RunLock.isHeld(by: record.id, job: record.job, stateDirectory: stateDirectory) else { continue }
            let isUnfinished = try journal.unfinishedRuns().contains { $0.id == record.id }
            if isUnfinished { try commit([.leftBehind(record, at: wallclock.now)]) }
            try apply(.foreignEnded(record.id))
            holdsBell.ring()
        }
    }

    // MARK: - Changes

    /// Applies an event; throws, and changes nothing, where the journal cannot take it.
    @discardableResult
    private func apply(_ event: BoardEvent) throws -> RequestAnswer? {
        var next = board
        let actions = next.apply(event, at: moment)
        return try keep(next, actions)
    }

    @discardableResult
    private func keep(_ next: Board, _ actions: [BoardAction]) throws -> RequestAnswer? {
        var entries: [JournalEntry] = []
        for case .journal(let entry) in actions { entries.append(entry) }
        if !entries.isEmpty || !untold.isEmpty {
            try commit(untold + entries)
            untold = []
        }
        board = next
        return carryOut(actions)
    }

    private func commit(_ entries: [JournalEntry]) throws {
        guard !entries.isEmpty else { return }
        do {
            try journal.commit(entries)
        } catch {
            noteJournalRefuses(error)
            throw error
        }
        noteJournalTakes()
    }

    private func noteJournalRefuses(_ error: any Error) {
        guard !isJournalRefusing else { return }
        isJournalRefusing = true
        logger.error("journal cannot be written, nothing is started", metadata: ["error": "\(error)"])
    }

    private func noteJournalTakes() {
        guard isJournalRefusing else { return }
        isJournalRefusing = false
        logger.notice("journal can be written again")
    }

    @discardableResult
    private func carryOut(_ actions: [BoardAction]) -> RequestAnswer? {
        var answer: RequestAnswer?
        for action in actions {
            switch action {
            case .journal: break
            case .start(let ticket):
                stops[ticket.record.id] = Doorbell()
                feed(of: ticket.record.id).publish(.began(ticket.record.started ?? wallclock.now))
                starter.yield(ticket)
            case .cancel(let run):
                stops[run]?.ring()
            case .dropped(let record):
                let report = (try? journal.details(of: record.id))??.report  // a watcher then sees the record alone
                feeds.removeValue(forKey: record.id)?.publish(.ended(record, report ?? record.report(record.state.outcome ?? .failed)))
                action.tell(logger)
            case .answer(let given): answer = given
            case .retried, .clockCorrected, .missed, .skipped, .interrupted: action.tell(logger)
            }
        }
        return answer
    }

    private func feed(of run: RunID) -> RunFeed {
        if let feed = feeds[run] { return feed }
        let feed = RunFeed(clock: clock)
        feeds[run] = feed
        return feed
    }

    // MARK: - Runs

    private func perform(_ ticket: Ticket) async {
        let run = ticket.record.id
        let stop = stops[run] ?? Doorbell()
        let execution = RunExecution(
            journal: journal, runner: runner, holds: holds, stateDirectory: stateDirectory, wallclock: wallclock, clock: clock,
            logger: logger)
        let end = await execution.run(ticket, progress: feed(of: run), stop: stop)
        finish(run, end)
    }

    /// The end is kept whatever the journal says: what it cannot take now it is told later.
    private func finish(_ run: RunID, _ end: RunEnd) {
        // A cancelled engine stops, and a run that it interrupted is due again: also where this run hears of it first.
        if Task.isCancelled { halt() }
        var next = board
        let actions = next.apply(.ended(run, end, chance: Double.random(in: 0...1)), at: moment)
        do {
            try keep(next, actions)
        } catch {
            logger.warning("end of the run cannot be journaled yet", metadata: ["run.id": "\(run)", "error": "\(error)"])
            untold += actions.untold(of: run, isStopping: board.isStopping)
            board.forget(run)
        }
        stops[run] = nil
        if let record = actions.ended(run) { feeds.removeValue(forKey: run)?.publish(.ended(record, end.report)) }
        bell.ring()
        holdsBell.ring()
    }

    /// The last chance for what no later turn will tell.
    private func tellUntold() async {
        for _ in 0..<Self.lastTries where !untold.isEmpty {
            try? await clock.sleep(for: .seconds(1))  // cancelled, it tries without the pause
            _ = try? keep(board, [])  // said once by keep(), and below
        }
        guard !untold.isEmpty else { return }
        logger.error("ends of runs are not journaled, the next start takes the runs for interrupted")
    }

    private func undoLeftHolds() async {
        while !Task.isCancelled {
            await holds.undoLeftovers(clock: clock) { hold in
                await self.isUnderWay(hold.run)
            }
            await holdsBell.wait()
        }
    }

    private func isUnderWay(_ run: RunID) -> Bool { board.running[run] != nil }

    // MARK: - Requests

    /// Admits a run of the job, which starts as soon as nothing is in its way. Throws where the journal cannot be written.
    package func request(_ job: String, by requester: Requester?) throws -> RequestAnswer {
        let answer = try apply(.requested(job: job, by: requester)) ?? .unknownJob
        if case .admitted(let run) = answer {
            if let ticket = board.waiting.first(where: { $0.record.id == run }) {
                feed(of: run).publish(.waiting(board.reason(of: ticket, at: moment)))
            }
            bell.ring()
        }
        return answer
    }

    /// Cancels a waiting or running run.
    package func cancel(_ run: RunID, by requester: Requester?) throws -> RequestAnswer {
        let answer = try apply(.cancelled(run, by: requester)) ?? .noSuchRun
        bell.ring()
        return answer
    }

    /// Keeps the job's schedule from starting it until the pause ends.
    package func pause(_ pause: Pause) throws -> RequestAnswer {
        guard board.job(pause.job) != nil else { return .unknownJob }
        let answer = try apply(.paused(pause)) ?? .done
        logger.notice(
            "job paused",
            metadata: [
                "job.name": "\(pause.job)", "pause.until": "\(pause.until.formatted(.iso8601))", "pause.reason": "\(pause.reason)",
                "requester": "\(pause.requester.map(\.description) ?? "opsd")",
            ])
        bell.ring()
        return answer
    }

    /// Ends the job's pause.
    package func resume(_ job: String, by requester: Requester?) throws -> RequestAnswer {
        guard board.job(job) != nil else { return .unknownJob }
        let answer = try apply(.resumed(job: job)) ?? .done
        logger.notice("job resumed", metadata: ["job.name": "\(job)", "requester": "\(requester?.description ?? "opsd")"])
        bell.ring()
        return answer
    }

    /// Takes up a new configuration. Runs that exist keep the old one.
    package func reload(_ definitions: [JobDefinition], runner: any JobRunner) throws {
        var next = board
        let actions = next.apply(.configured(definitions), at: moment)
        try keep(next, actions)
        self.runner = runner
        holds.use(runner)
        bell.ring()
    }

    /// What happens in a waiting or running run of this engine; nil where there is none.
    package func events(of run: RunID) -> AsyncStream<RunEvent>? {
        // Of a run of another process nothing would ever be heard, its end included.
        let isOwn = board.running[run].map { !$0.isForeign } ?? board.waiting.contains { $0.record.id == run }
        guard isOwn else { return nil }
        return feed(of: run).events()
    }

    // MARK: - Picture

    /// What the engine does now.
    package func picture() -> EnginePicture {
        let moment = moment
        let runs = board.running.values.map { ticket in
            EnginePicture.Run(record: ticket.record, phase: feeds[ticket.record.id]?.currentPhase, reason: nil)
        }
        let waiting = board.waiting.map { EnginePicture.Run(record: $0.record, phase: nil, reason: board.reason(of: $0, at: moment)) }
        return EnginePicture(
            jobs: board.jobs, runs: runs.sorted { $0.record.admitted < $1.record.admitted } + waiting,
            nextStarts: Dictionary(
                uniqueKeysWithValues: board.jobs.compactMap { job in board.nextStart(of: job.name).map { (job.name, $0) } }),
            pauses: board.pauses, lastTurn: lastTurn?.date, isLate: isLate(at: moment), isStopping: board.isStopping,
            untoldEnds: untold.count, isTurning: isTurning(at: moment))
    }

    private func isLate(at moment: Moment) -> Bool {
        guard !board.isStopping else { return false }
        return !isTurning(at: moment) || dueSince.map { moment.uptime - $0 > Self.patience } ?? false
    }

    /// An engine that stops turns no more, and is not stuck: its stop has a limit of its own.
    private func isTurning(at moment: Moment) -> Bool {
        guard !board.isStopping else { return true }
        guard let lastTurn else { return moment.uptime < Self.patience }
        return moment.uptime - lastTurn.uptime <= Self.longestRest * 4
    }
}
