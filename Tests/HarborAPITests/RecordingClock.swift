import Synchronization

/// A clock whose sleepers wake at once; it keeps how long they meant to sleep.
final class RecordingClock: Clock {
    struct Instant: InstantProtocol {
        let offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state = Mutex((time: Duration.zero, pauses: [Duration]()))

    var now: Instant { Instant(offset: state.withLock { $0.time }) }
    var minimumResolution: Duration { .nanoseconds(1) }
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func sleep(until deadline: Instant, tolerance: Duration?) throws {
        try Task.checkCancellation()
        state.withLock {
            $0.pauses.append(deadline.offset - $0.time)
            $0.time = max($0.time, deadline.offset)
        }
    }
}
