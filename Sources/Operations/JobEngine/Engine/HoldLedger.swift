import Foundation
import LocalIO
package import Logging
import Synchronization

/// Counts holds: what opsd keeps another system from doing is held once for all runs that need it, and let go with the last of them.
///
/// A hold is journaled before it is made and forgotten after it was undone. A process that dies in between leaves a journaled hold, which
/// the next start undoes; undoing what was never made is harmless.
///
/// Calls take turns, each to its end: a hold that is being made is none yet, and one that is being undone is none any more. So do processes,
/// or the last to let go in one would undo what another has just made.
package actor HoldLedger {
    private let executor = SerialQueueExecutor(label: "opsd.holds")
    /// The ledger's own thread: the journal blocks it, and no other.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let journal: any RunJournal
    private let runner: Mutex<any JobRunner>
    private let wallclock: any WallClock
    private let logger: Logger
    private let lock: HoldLock?
    /// Runs of this ledger whose hold is made. The journal alone does not tell: a hold in it may be left from a process that died before it
    /// made it. Once none of them is left, another process may undo the hold.
    private var made: [String: Set<RunID>] = [:]
    private var isTaken = false
    private var queue: [CheckedContinuation<Void, Never>] = []

    /// A ledger in `journal`; `runner` undoes what was left behind. Without `lock` no other process may hold anything.
    package init(journal: any RunJournal, runner: any JobRunner, lock: HoldLock? = nil, wallclock: any WallClock, logger: Logger) {
        self.journal = journal
        self.runner = Mutex(runner)
        self.lock = lock
        self.wallclock = wallclock
        self.logger = logger
    }

    /// From now on `runner` undoes: the one of a configuration that was taken up.
    nonisolated func use(_ runner: any JobRunner) { self.runner.withLock { $0 = runner } }

    /// Whether a hold of this name is journaled, whoever made it: by a run of this process or another, or left by one that died.
    package func isJournaled(_ name: String) throws -> Bool { try journal.holds().contains { $0.name == name } }

    /// Holds `name` for `run`: journaled, then made by `make` unless this ledger made it for another run already.
    ///
    /// `make` may find the hold made by a process that died. Where it returns false it has changed nothing: the hold is not journaled any
    /// more, and false is returned. Where it throws, the hold stays journaled, since it may have been made all the same: release it.
    @discardableResult
    package func take(_ name: String, for run: RunID, make: @Sendable () async throws -> Bool) async throws -> Bool {
        let turn = try await begin()
        defer { end(turn) }
        try journal.commit([.holdTaken(Hold(name: name, run: run, since: wallclock.now))])
        if made[name] != nil {
            made[name]?.insert(run)
            return true
        }
        guard try await make() else {
            try journal.commit([.holdReleased(name: name, run: run)])
            return false
        }
        made[name] = [run]
        return true
    }

    /// Lets go of `name` for `run`; the last to let go undoes the hold.
    ///
    /// Where undoing throws, the hold stays journaled, and the next release or start undoes it.
    package func release(_ name: String, for run: RunID) async throws {
        let turn = try await begin()
        defer { end(turn) }
        made[name]?.remove(run)
        if made[name]?.isEmpty == true { made[name] = nil }
        let holders = try journal.holds().filter { $0.name == name }
        guard let own = holders.first(where: { $0.run == run }) else { return }
        if holders.count > 1 {
            try journal.commit([.holdReleased(name: name, run: run)])
            // Another process may have let go at the same moment, and each have counted the other: then nobody has undone it.
            guard try journal.holds().allSatisfy({ $0.name != name }) else { return }
            try journal.commit([.holdTaken(own)])
        }
        // Undoing that throws may have undone it.
        made[name] = nil
        try await runner.withLock { $0 }.undo(hold: name)
        try journal.commit([.holdReleased(name: name, run: run)])
    }

    /// As ``release(_:for:)``, also in a task that is cancelled, for at most `limit`: whoever is told to stop lets go all the same.
    package func releaseInAnyCase(_ name: String, for run: RunID, limit: Duration, clock: any Clock<Duration>) async throws {
        // No child task: it would be cancelled from the start.
        try await Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.release(name, for: run) }
                group.addTask {
                    try await clock.sleep(for: limit)
                    throw DeadlineExceeded(deadline: limit)
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }.value
    }

    private func begin() async throws -> ProcessLock? {
        if isTaken { await withCheckedContinuation { queue.append($0) } }
        isTaken = true
        do {
            return try await lock?.take()
        } catch {
            end(nil)
            throw error
        }
    }

    /// Hands the turn on: it is free only where nobody waits for it.
    private func end(_ turn: ProcessLock?) {
        withExtendedLifetime(turn) {}
        if queue.isEmpty { isTaken = false } else { queue.removeFirst().resume() }
    }

    /// Undoes the holds of runs that are not under way, again and again until each is undone or the task is cancelled.
    package func undoLeftovers(clock: any Clock<Duration>, isUnderWay: @Sendable (Hold) async -> Bool) async {
        var pause = Duration.seconds(5)
        while !Task.isCancelled {
            do {
                return try await undoLeftoversOnce(isUnderWay: isUnderWay)
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("hold cannot be undone yet, trying again", metadata: ["error": "\(error)", "retry.pause": "\(pause)"])
                try? await clock.sleep(for: pause)  // a cancelled sleep ends the loop
                pause = min(pause * 2, .seconds(300))
            }
        }
    }

    /// Undoes the holds of runs that are not under way; throws at the first that cannot be undone now, which stays journaled.
    package func undoLeftoversOnce(isUnderWay: @Sendable (Hold) async -> Bool) async throws {
        var left: [Hold] = []
        for hold in try journal.holds() where !(await isUnderWay(hold)) { left.append(hold) }
        for hold in left {
            try await release(hold.name, for: hold.run)
            logger.notice("hold of an ended run was undone", metadata: ["hold.name": "\(hold.name)", "run.id": "\(hold.run)"])
        }
    }
}
