internal import Glibc

/// The clock that the service manager, and libcurl with its limits, compare their own with. Not for schedules, records or pauses, whose
/// clocks are injected.
package enum MonotonicTime {
    /// `CLOCK_MONOTONIC` in microseconds, as `MONOTONIC_USEC=` of `sd_notify(3)` wants it.
    package static var microseconds: UInt64 {
        var now = timespec()
        // It fails for clocks that do not exist alone, and every Linux has this one.
        guard clock_gettime(CLOCK_MONOTONIC, &now) == 0 else { return 0 }
        return UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
    }
}
