/// A clock whose time goes by a hundred times as fast as that of the world.
struct FastClock: Clock {
    typealias Duration = Swift.Duration

    /// A point in its time.
    struct Instant: InstantProtocol {
        let offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private static let factor = 100
    private let start = ContinuousClock.now

    var now: Instant { Instant(offset: (ContinuousClock.now - start) * Self.factor) }
    var minimumResolution: Duration { .microseconds(100) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await ContinuousClock().sleep(until: start + deadline.offset / Self.factor)
    }
}
