package import JobEngine

/// Keeps Harbor's garbage collection from deleting what a backup has still to read.
///
/// The order: the hold is journaled, the queue paused, and only then Harbor is asked whether a collection is under way. Asked earlier it
/// could say no, and begin one before the pause. What cannot be held is said in the run and fails nothing.
package struct CollectionHold: Sendable {
    /// The hold's name in the journal.
    package static let name = "gc"
    /// Between two questions whether the collection has ended.
    private static let pause = Duration.seconds(5)
    /// How long a collection that left the queue just before the pause may still be said to wait in it.
    private static let settling = Duration.seconds(15)
    /// How long letting go may keep a run from ending; the engine goes on with it.
    private static let releaseLimit = Duration.seconds(60)

    private let control: any CollectionControl
    private let holds: HoldLedger
    private let clock: any Clock<Duration>
    private let patience: Duration

    /// A hold through `control`, counted in `holds`. A collection that is under way is waited for as long as `patience`.
    package init(control: any CollectionControl, holds: HoldLedger, clock: any Clock<Duration>, patience: Duration = .seconds(600)) {
        self.control = control
        self.holds = holds
        self.clock = clock
        self.patience = patience
    }

    /// Does `work` while collections are held off for `run`, and lets go however it ends, also where the task is cancelled.
    ///
    /// Throws what `work` throws, and ``JobError`` with code `refused` where a collection does not end in time.
    package func during<Value: Sendable>(
        _ run: RunID, _ recorder: RunRecorder, _ work: () async throws -> Value
    ) async throws -> Value {
        let (isTaken, isPaused) = try await take(run, recorder)
        do {
            try await waitForCollections(recorder, isPaused: isPaused)
            let value = try await work()
            if isTaken, isPaused { await noteLoss(recorder) }
            if isTaken { await release(run, recorder) }
            return value
        } catch {
            if isTaken { await release(run, recorder) }
            throw error
        }
    }

    // MARK: - Holding

    /// Whether the hold may be in the journal, which asks for its release; and whether the queue is known to be paused.
    private func take(_ run: RunID, _ recorder: RunRecorder) async throws -> (isTaken: Bool, isPaused: Bool) {
        do {
            if try await isSomebodyElses() {
                remark(
                    recorder, "gc_paused_by_others",
                    "Harbor's queue of garbage collections was paused already, and not by opsd: it is left paused. Hint: resume it in Harbor once its reason is gone"
                )
                return (false, true)
            }
            let isTaken = try await holds.take(Self.name, for: run) {
                do {
                    try await control.pause()
                    return true
                } catch let error as CollectionControlError {
                    guard error.code == .denied else { throw error }
                    remark(recorder, "gc_not_held", "garbage collection is not held, since its queue cannot be paused: \(error)")
                    return false
                }
            }
            return (isTaken, isTaken)
        } catch let error as CancellationError {
            // The journal may have it.
            await release(run, recorder)
            throw error
        } catch {
            remark(recorder, "gc_not_held", "garbage collection is not held: \(error)")
            // It may have been made although the answer was lost.
            return (true, false)
        }
    }

    /// A pause that no run of ours stands for is some person's, and theirs to end.
    ///
    /// The journal is asked on both sides: a run that takes or lets go at this moment is in it before the queue is paused and until it goes on.
    private func isSomebodyElses() async throws -> Bool {
        guard try await !holds.isJournaled(Self.name) else { return false }
        do {
            guard try await control.isPaused() else { return false }
        } catch let error as CollectionControlError {
            // Who may not look may be allowed to pause all the same; that tells more than the look.
            guard error.code == .denied else { throw error }
            return false
        }
        return try await !holds.isJournaled(Self.name)
    }

    private func release(_ run: RunID, _ recorder: RunRecorder) async {
        do {
            try await holds.releaseInAnyCase(Self.name, for: run, limit: Self.releaseLimit, clock: clock)
        } catch {
            remark(
                recorder, "gc_still_held",
                "Harbor's queue of garbage collections could not be resumed yet, and stays paused until it can: \(error)")
        }
    }

    /// A person may have resumed the queue meanwhile. Nothing is lost by it that would not be noticed, so a Harbor that does not say is fine.
    private func noteLoss(_ recorder: RunRecorder) async {
        let isPaused = (try? await control.isPaused()) ?? true  // see above
        guard !isPaused else { return }
        remark(
            recorder, "gc_hold_lost",
            "somebody resumed Harbor's queue of garbage collections during the backup: it was not held to the end")
    }

    // MARK: - Waiting

    private func waitForCollections(_ recorder: RunRecorder, isPaused: Bool) async throws {
        do {
            guard try await !control.underWay().isEmpty else { return }
        } catch let error as CollectionControlError {
            remark(
                recorder, "gc_not_checked",
                "whether a garbage collection is under way cannot be told\(isPaused ? "; later ones are held off" : ""): \(error)")
            return
        }
        try await recorder.phase("gc_wait") { try await waitForEnd(isPaused: isPaused) }
    }

    private func waitForEnd(isPaused: Bool) async throws {
        let stopwatch = Stopwatch(clock)
        var names = "a garbage collection"
        while true {
            do {
                let underWay = try await control.underWay()
                // What waits in a paused queue begins only after it is resumed.
                let isHarmless = isPaused && stopwatch.elapsed >= Self.settling && underWay.allSatisfy(\.isWaiting)
                if underWay.isEmpty || isHarmless { return }
                names = "garbage collection " + underWay.map { String($0.id) }.joined(separator: ", ")
            } catch is CollectionControlError {
                // It was under way when it was last heard of: the limit decides.
            }
            let left = patience - stopwatch.elapsed
            guard left > .zero else {
                throw JobError(
                    .refused,
                    "\(names) did not end within \(Int64(patience.seconds)) s, and would delete what the backup has to read",
                    remedy: "let it end, or stop it in Harbor, then run the backup again")
            }
            try await clock.sleep(for: min(Self.pause, left))
        }
    }

    private func remark(_ recorder: RunRecorder, _ code: String, _ text: String) {
        recorder.note(Finding(.remark, code, text))
    }
}
