import Synchronization

/// A clock whose short sleeps pass at once, each moving the time. A sleep longer than `longest` ends by cancellation alone: it is a limit.
final class LeapingClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let longest: Duration
    private let time = Mutex(Duration.zero)

    init(longest: Duration = .seconds(30)) { self.longest = longest }

    var now: Instant { Instant(offset: time.withLock { $0 }) }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        guard now.duration(to: deadline) <= longest else { return try await Task.sleep(for: .seconds(3600)) }
        time.withLock { $0 = max($0, deadline.offset) }
        await Task.yield()
    }
}
