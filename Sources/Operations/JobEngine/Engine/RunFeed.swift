package import Foundation
import Synchronization

/// What happens in a run, for whoever watches.
package enum RunEvent: Sendable {
    /// It has not started, and why.
    case waiting(String)
    /// Its work has begun.
    case began(Date)
    /// A phase begins; `totalBytes` are expected where that is known.
    case phaseBegan(String, totalBytes: Int64?)
    /// Done so far in the current phase.
    case advanced(phase: String, bytes: Int64, items: Int)
    /// The phase has ended.
    case phaseEnded(PhaseReport)
    /// The run has ended; nothing follows.
    case ended(RunRecord, RunReport)
}

/// Hands the events of one run to any number of watchers, who may come late and be slow.
///
/// A watcher first gets what has happened so far. One that does not keep up loses pictures of progress, never the end.
package final class RunFeed: RunProgress, Sendable {
    private struct State: Sendable {
        var past: [RunEvent] = []
        var current: (phase: String, total: Int64?)?
        var bytes: Int64 = 0
        var items = 0
        var lastPicture: Duration = .zero
        var isOver = false
        var nextWatcher = 0
        var watchers: [Int: AsyncStream<RunEvent>.Continuation] = [:]
    }

    /// Between two pictures of progress: often enough to move.
    private static let interval = Duration.milliseconds(200)
    /// Far more than one run has events beside pictures of progress.
    private static let backlog = 256

    private let state = Mutex(State())
    private let stopwatch: Stopwatch

    /// A feed whose pictures of progress are paced by `clock`.
    package init(clock: any Clock<Duration>) { stopwatch = Stopwatch(clock) }

    /// Everything so far, and then what comes.
    package func events() -> AsyncStream<RunEvent> {
        let (stream, watcher) = AsyncStream.makeStream(of: RunEvent.self, bufferingPolicy: .bufferingNewest(Self.backlog))
        state.withLock { state in
            for event in state.past { watcher.yield(event) }
            if let (phase, total) = state.current {
                watcher.yield(.phaseBegan(phase, totalBytes: total))
                watcher.yield(.advanced(phase: phase, bytes: state.bytes, items: state.items))
            }
            guard !state.isOver else { return watcher.finish() }
            let number = state.nextWatcher
            state.nextWatcher += 1
            state.watchers[number] = watcher
            watcher.onTermination = { [weak self] _ in self?.state.withLock { $0.watchers[number] = nil } }
        }
        return stream
    }

    /// Publishes what the engine knows: waiting, begun, ended.
    package func publish(_ event: RunEvent) {
        let (watchers, isOver) = state.withLock { state in
            if case .ended = event { state.isOver = true }
            state.past.append(event)
            return (Array(state.watchers.values), state.isOver)
        }
        for watcher in watchers {
            watcher.yield(event)
            if isOver { watcher.finish() }
        }
    }

    /// Publishes the phase.
    package func begin(phase: String, totalBytes: Int64?) {
        let watchers = state.withLock { state in
            state.current = (phase, totalBytes)
            (state.bytes, state.items) = (0, 0)
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield(.phaseBegan(phase, totalBytes: totalBytes)) }
    }

    /// Publishes the progress where the last picture is old enough.
    package func advance(bytes: Int64, items: Int) {
        let picture = state.withLock { state -> ([AsyncStream<RunEvent>.Continuation], RunEvent)? in
            state.bytes += bytes
            state.items += items
            guard let phase = state.current?.phase, !state.watchers.isEmpty else { return nil }
            let elapsed = stopwatch.elapsed
            guard elapsed - state.lastPicture >= Self.interval else { return nil }
            state.lastPicture = elapsed
            return (Array(state.watchers.values), .advanced(phase: phase, bytes: state.bytes, items: state.items))
        }
        guard let (watchers, event) = picture else { return }
        for watcher in watchers { watcher.yield(event) }
    }

    /// Publishes the phase's report.
    package func end(_ phase: PhaseReport) {
        state.withLock { $0.current = nil }
        publish(.phaseEnded(phase))
    }

    /// The phase that is under way.
    package var currentPhase: String? { state.withLock { $0.current?.phase } }
}
