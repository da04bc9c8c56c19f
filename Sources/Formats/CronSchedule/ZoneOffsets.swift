import Foundation

/// What clocks on the wall show in a time zone. Instants are whole seconds since 1970; local times are counted as if they were UTC.
struct ZoneOffsets {
    private let zone: TimeZone

    init(_ zone: TimeZone) { self.zone = zone }

    /// A clock's advance on UTC in seconds.
    func offset(at instant: Int) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant))) }

    /// What the clock shows.
    func local(at instant: Int) -> Int { instant + offset(at: instant) }

    /// A moment from which on clocks are set differently.
    struct Change {
        /// The first second of the new time.
        let instant: Int
        let before: Int
        let after: Int

        /// The local times that no clock shows; empty where clocks are set back.
        var gap: Range<Int> { instant + before..<max(instant + before, instant + after) }
    }

    /// No zone has gone back on a change within half a day, so two equal offsets that close mean that nothing happened.
    private static let probe = 43_200

    /// The first change after `start` and not after `end`.
    func firstChange(after start: Int, through end: Int) -> Change? {
        let before = offset(at: start)
        var known = start
        while known < end {
            let next = min(known + Self.probe, end)
            if offset(at: next) != before { return change(after: known, through: next) }
            known = next
        }
        return nil
    }

    /// The last change after `start` and not after `end`.
    func lastChange(after start: Int, through end: Int) -> Change? {
        let after = offset(at: end)
        var known = end
        while known > start {
            let next = max(known - Self.probe, start)
            if offset(at: next) != after { return change(after: next, through: known) }
            known = next
        }
        return nil
    }

    /// Whether clocks are set differently from `instant` on than one second before.
    func change(at instant: Int) -> Change? {
        let (before, after) = (offset(at: instant - 1), offset(at: instant))
        return before == after ? nil : Change(instant: instant, before: before, after: after)
    }

    /// The change between two instants of different offsets.
    private func change(after start: Int, through end: Int) -> Change {
        let before = offset(at: start)
        var (low, high) = (start, end)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: middle) == before { low = middle } else { high = middle }
        }
        return Change(instant: high, before: before, after: offset(at: high))
    }

    /// The first instant at which clocks show `local`; where they never do, the first whole minute that they show after it.
    func firstInstant(of local: Int) -> Int {
        let margin = CronPattern.secondsPerDay
        let offset = offset(at: local - margin)
        // No offset reaches a day, so the instant lies between these two; mostly nothing happens there.
        if self.offset(at: local + margin) == offset, self.offset(at: local - offset) == offset { return local - offset }
        var current = offset
        var known = local - margin
        while let change = firstChange(after: known, through: local + margin) {
            if change.gap.contains(local) { return (change.gap.upperBound + 59).roundedDown(to: 60) - change.after }
            if local < change.instant + change.before { break }
            current = change.after
            known = change.instant
        }
        return local - current
    }
}

extension Int {
    fileprivate func roundedDown(to unit: Int) -> Int { CivilDate.quotient(self, unit) * unit }
}
