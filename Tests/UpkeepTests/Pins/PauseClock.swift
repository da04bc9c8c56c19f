import Synchronization

/// A clock that does something instead of its first pause, and whose pauses take no time.
final class PauseClock: Clock {
    typealias Instant = FastClock.Instant

    private let state = Mutex((now: Duration.zero, pauses: [Duration]()))
    private let first: @Sendable () throws -> Void

    init(_ first: @escaping @Sendable () throws -> Void) { self.first = first }

    /// In order.
    var pauses: [Duration] { state.withLock { $0.pauses } }
    var now: Instant { Instant(offset: state.withLock { $0.now }) }
    var minimumResolution: Duration { .microseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let isFirst = state.withLock { state in
            state.pauses.append(deadline.offset - state.now)
            state.now = deadline.offset
            return state.pauses.count == 1
        }
        if isFirst { try first() }
    }
}
