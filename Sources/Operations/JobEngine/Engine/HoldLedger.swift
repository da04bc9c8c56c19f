import Foundation
import LocalIO
package import Logging

/// Counts holds: what opsd keeps another system from doing is held once for all runs that need it, and let go with the last of them.
///
/// A hold is journaled before it is made and forgotten after it was undone. A process that dies in between leaves a journaled hold, which
/// the next start undoes; undoing what was never made is harmless.
///
/// Calls take turns, each to its end: a hold that is being made is none yet, and one that is being undone is none any more.
package actor HoldLedger {
    private let executor = SerialQueueExecutor(label: "opsd.holds")
    /// The ledger's own thread: the journal blocks it, and no other.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let journal: any RunJournal
    private let runner: any JobRunner
    private let wallclock: any WallClock
    private let logger: Logger
    /// Holds that this ledger made. The journal alone does not tell: a hold in it may be left from a process that died before it made it.
    private var made: Set<String> = []
    private var isTaken = false
    private var queue: [CheckedContinuation<Void, Never>] = []

    /// A ledger in `journal`; `runner` undoes what was left behind.
    package init(journal: any RunJournal, runner: any JobRunner, wallclock: any WallClock, logger: Logger) {
        self.journal = journal
        self.runner = runner
        self.wallclock = wallclock
        self.logger = logger
    }

    /// Holds `name` for `run`: journaled, then made by `make` unless this ledger made it for another run already.
    ///
    /// `make` may find the hold made by a process that died. Where it throws, the hold stays journaled, since it may have been made all the
    /// same: release it.
    package func take(_ name: String, for run: RunID, make: @Sendable () async throws -> Void) async throws {
        await begin()
        defer { end() }
        try journal.commit([.holdTaken(Hold(name: name, run: run, since: wallclock.now))])
        guard !made.contains(name) else { return }
        try await make()
        made.insert(name)
    }

    /// Lets go of `name` for `run`; the last to let go undoes the hold.
    ///
    /// Where undoing throws, the hold stays journaled, and the next release or start undoes it.
    package func release(_ name: String, for run: RunID) async throws {
        await begin()
        defer { end() }
        let holders = try journal.holds().filter { $0.name == name }
        guard holders.contains(where: { $0.run == run }) else { return }
        if holders.count == 1 {
            // Undoing that throws may have undone it.
            made.remove(name)
            try await runner.undo(hold: name)
        }
        try journal.commit([.holdReleased(name: name, run: run)])
    }

    private func begin() async {
        guard isTaken else { return isTaken = true }
        await withCheckedContinuation { queue.append($0) }
    }

    /// Hands the turn on: it is free only where nobody waits for it.
    private func end() {
        if queue.isEmpty { isTaken = false } else { queue.removeFirst().resume() }
    }

    /// Undoes the holds of runs that are not under way, again and again until each is undone or the task is cancelled.
    package func undoLeftovers(clock: any Clock<Duration>, isUnderWay: @Sendable (Hold) async -> Bool) async {
        var pause = Duration.seconds(5)
        while !Task.isCancelled {
            do {
                var left: [Hold] = []
                for hold in try journal.holds() where !(await isUnderWay(hold)) { left.append(hold) }
                guard !left.isEmpty else { return }
                for hold in left {
                    try await release(hold.name, for: hold.run)
                    logger.notice("hold of an ended run was undone", metadata: ["hold.name": "\(hold.name)", "run.id": "\(hold.run)"])
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("hold cannot be undone yet, trying again", metadata: ["error": "\(error)", "retry.pause": "\(pause)"])
                try? await clock.sleep(for: pause)  // a cancelled sleep ends the loop
                pause = min(pause * 2, .seconds(300))
            }
        }
    }
}
