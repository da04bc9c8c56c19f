import Foundation
import JobEngine
import Synchronization

/// A monotonic clock that moves only when a test moves it, and on which tasks really sleep until then.
final class ManualTimer: Clock, Sendable {
    typealias Instant = ManualClock.Instant

    private struct State {
        var now = Duration.zero
        var next = 0
        var sleepers: [Int: (deadline: Duration, waiter: CheckedContinuation<Bool, Never>)] = [:]
        /// Cancelled before they could sleep.
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    var now: Instant { Instant(offset: state.withLock { $0.now }) }
    var minimumResolution: Duration { .nanoseconds(1) }

    /// Until when the sleepers of this moment sleep.
    var deadlines: [Duration] { state.withLock { $0.sleepers.values.map(\.deadline) } }

    /// Moves time, and wakes whoever slept until then.
    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for key in due.keys { state.sleepers[key] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }.map(\.waiter)
        }
        for waiter in woken { waiter.resume(returning: true) }
    }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let key = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isDone = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let answer = state.withLock { state -> Bool? in
                    if state.cancelled.remove(key) != nil { return false }
                    if deadline.offset <= state.now { return true }
                    state.sleepers[key] = (deadline.offset, waiter)
                    return nil
                }
                if let answer { waiter.resume(returning: answer) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: key)
                if sleeper == nil { state.cancelled.insert(key) }
                return sleeper
            }
            sleeper?.waiter.resume(returning: false)
        }
        guard isDone else { throw CancellationError() }
    }
}

/// A time of day that goes with a ``ManualTimer``, from a step that a test sets.
final class ManualWallClock: WallClock {
    /// 2026-01-01, midnight UTC.
    static let start = BoardScript.midnight

    private let timer: ManualTimer
    private let step = Mutex<TimeInterval>(0)

    init(_ timer: ManualTimer) { self.timer = timer }

    var now: Date { Self.start.addingTimeInterval(timer.now.offset.seconds + step.withLock { $0 }) }

    func jump(by seconds: TimeInterval) { step.withLock { $0 += seconds } }
}

/// Waits until the condition holds; false after a time that is longer than anything here takes.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let limit = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < limit else { return false }
        try await Task.sleep(for: .milliseconds(1))
    }
    return true
}
