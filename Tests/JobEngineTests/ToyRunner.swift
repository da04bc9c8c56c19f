import Foundation
import JobEngine
import Synchronization

/// What a toy job fails with.
struct ToyError: Error, CustomStringConvertible {
    var isRetryable = true
    var description: String { "the toy broke" }
}

/// A door that a toy job waits at until the test opens it.
final class Gate: Sendable {
    private let state = Mutex((isOpen: false, waiting: 0))

    var waiting: Int { state.withLock { $0.waiting } }
    func open() { state.withLock { $0.isOpen = true } }

    /// Waits for the gate to open; throws `CancellationError` where the task is cancelled, unless it is told to ignore that.
    func wait(ignoringCancellation: Bool = false) async throws {
        state.withLock { $0.waiting += 1 }
        defer { state.withLock { $0.waiting -= 1 } }
        while !state.withLock({ $0.isOpen }) {
            if !ignoringCancellation { try Task.checkCancellation() }
            // Cancelled it comes back at once, and the loop asks again.
            try? await Task.sleep(for: .milliseconds(1))
            await Task.yield()
        }
    }
}

/// Toy jobs: what each does is a closure; one without a closure succeeds at once.
final class ToyRunner: JobRunner {
    typealias Work = @Sendable (RunID, RunRecorder) async throws -> RunResult
    typealias HoldingWork = @Sendable (RunID, HoldLedger) async throws -> RunResult

    private struct State {
        var works: [String: Work] = [:]
        var holding: [String: HoldingWork] = [:]
        var done: [String] = []
        var undone: [String] = []
        var failingUndos = 0
    }

    private let state = Mutex(State())
    private let snapshot: @Sendable (String) async throws -> Date?

    init(newestSnapshot: @escaping @Sendable (String) async throws -> Date? = { _ in nil }) { snapshot = newestSnapshot }

    /// Jobs whose work began, in order.
    var begun: [String] { state.withLock { $0.done } }
    /// Holds that were undone, or tried to be.
    var undone: [String] { state.withLock { $0.undone } }

    func set(_ job: String, _ work: @escaping Work) { state.withLock { $0.works[job] = work } }
    func setHolding(_ job: String, _ work: @escaping HoldingWork) { state.withLock { $0.holding[job] = work } }
    func failUndo(times: Int) { state.withLock { $0.failingUndos = times } }

    func work(_ job: String, as run: RunID, recorder: RunRecorder, holds: HoldLedger) async throws -> RunResult {
        let (work, holding) = state.withLock { state in
            state.done.append(job)
            return (state.works[job], state.holding[job])
        }
        if let holding { return try await holding(run, holds) }
        return try await work?(run, recorder) ?? RunResult(outcome: .succeeded)
    }

    func newestCompleteSnapshot(in vault: String) async throws -> Date? { try await snapshot(vault) }

    func judge(_ error: any Error) -> RunFailure {
        RunFailure(.failed, exitCode: 4, isRetryable: (error as? ToyError)?.isRetryable ?? true, "\(error)")
    }

    func undo(hold: String) async throws {
        let fails = state.withLock { state in
            state.undone.append(hold)
            state.failingUndos -= 1
            return state.failingUndos >= 0
        }
        if fails { throw ToyError() }
    }
}
