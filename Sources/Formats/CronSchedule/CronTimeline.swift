/// The instants that a pattern stands for in a time zone, in whole seconds since 1970.
struct CronTimeline {
    /// What happens to local times that clocks skip or show twice.
    enum Reading: Hashable, Sendable {
        /// Each local time of the pattern is one instant: the first that shows it or, where clocks skip it, the first minute after the gap.
        case fixedTimes
        /// An instant belongs to the pattern when clocks show a time of the pattern, be it for the second time.
        case passingTime
    }

    let pattern: CronPattern
    let reading: Reading
    let zone: ZoneOffsets

    /// The first instant after `instant`.
    func first(after instant: Int) -> Int? {
        switch reading {
        case .fixedTimes: firstFixed(after: instant)
        case .passingTime: firstPassing(from: instant + 1)
        }
    }

    /// The last instant before `instant`.
    func last(before instant: Int) -> Int? {
        switch reading {
        case .fixedTimes: lastFixed(before: instant)
        case .passingTime: lastPassing(through: instant - 1)
        }
    }

    // MARK: Fixed times: later local times are never earlier instants

    private func firstFixed(after instant: Int) -> Int? {
        var local = zone.local(at: instant)
        while let next = pattern.first(from: local + 1) {
            let candidate = zone.firstInstant(of: next)
            // In the second half of a repeated hour the next local times have been; two times of a gap are one instant.
            if candidate > instant { return candidate }
            local = next
        }
        return nil
    }

    private func lastFixed(before instant: Int) -> Int? {
        var local = zone.local(at: instant)
        // In the second half of a repeated hour also later local times have been, as far as the hour reaches.
        local += max(0, instant - zone.firstInstant(of: local))
        while let previous = pattern.last(through: local - 1) {
            let candidate = zone.firstInstant(of: previous)
            if candidate < instant { return candidate }
            local = previous
        }
        return nil
    }

    // MARK: Passing time: stretches without a change of the clocks, one after the other

    /// Changes matter in this distance at most: none sets clocks back by more than a day, and no offset reaches one.
    private static let reach = 26 * 3600
    /// From here on it is cheaper to leap to the next local time than to look for changes on the way.
    private static let leap = 72 * 3600

    private func firstPassing(from start: Int) -> Int? {
        var instant = start
        if let change = zone.change(at: instant), makesUpForMidnight(change) { return instant }
        while let local = pattern.first(from: zone.local(at: instant)) {
            let candidate = local - zone.offset(at: instant)
            let isNear = candidate <= instant + Self.leap
            if let change = zone.firstChange(after: instant, through: isNear ? candidate : instant + Self.reach) {
                if makesUpForMidnight(change) { return change.instant }
                instant = change.instant
            } else if isNear {
                return candidate
            } else {
                instant = local - CronPattern.secondsPerDay
            }
        }
        return nil
    }

    private func lastPassing(through end: Int) -> Int? {
        var instant = end
        while let local = pattern.last(through: zone.local(at: instant)) {
            let candidate = local - zone.offset(at: instant)
            let isNear = candidate >= instant - Self.leap
            // A change at the candidate itself does not part it from what follows, but what is skipped before it may be made up for.
            if let change = zone.lastChange(after: isNear ? candidate : instant - Self.reach, through: instant) {
                if makesUpForMidnight(change) { return change.instant }
                instant = change.instant - 1
            } else if isNear {
                return candidate
            } else {
                instant = local + CronPattern.secondsPerDay
            }
        }
        return nil
    }

    /// Where clocks skip midnight, a schedule that comes to this day from a day of rest would lose its week or month: it runs right after
    /// the gap. One that runs each day has had its run and skips.
    private func makesUpForMidnight(_ change: ZoneOffsets.Change) -> Bool {
        guard pattern.hasMidnight, !change.gap.isEmpty else { return false }
        let day = CivilDate.quotient(change.gap.lowerBound + CronPattern.secondsPerDay - 1, CronPattern.secondsPerDay)
        return change.gap.contains(day * CronPattern.secondsPerDay) && pattern.hasDay(day) && !pattern.hasDay(day - 1)
    }
}
