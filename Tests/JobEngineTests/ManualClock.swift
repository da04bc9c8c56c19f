import Synchronization

/// A clock that moves only when a test moves it.
final class ManualClock: Clock {
    /// A point in its time.
    struct Instant: InstantProtocol {
        let offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let time = Mutex(Duration.zero)

    var now: Instant { Instant(offset: time.withLock { $0 }) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func advance(by duration: Duration) { time.withLock { $0 += duration } }

    /// Nobody waits: time goes to the deadline at once.
    func sleep(until deadline: Instant, tolerance: Duration?) { time.withLock { $0 = max($0, deadline.offset) } }
}
