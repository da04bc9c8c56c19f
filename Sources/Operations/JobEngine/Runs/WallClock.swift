package import Foundation

/// The time of day, for schedules and records only; durations are measured by a monotonic clock.
package protocol WallClock: Sendable {
    /// Now.
    var now: Date { get }
}

/// The host's clock.
package struct SystemWallClock: WallClock {
    /// Reads the system's time.
    package init() {}

    /// The system's time, which may jump either way.
    package var now: Date { Date() }
}
