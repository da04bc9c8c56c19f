package import Foundation

/// What a job owes at a moment: pure, so that ten years can be tried in a second.
package struct DueTimes: Sendable, Equatable {
    /// What becomes of the newest time that has come.
    package enum Verdict: Sendable, Equatable {
        /// It runs; `missed` earlier ones do not.
        case onTime
        /// It is late, and within the job's window for it.
        case caughtUp
        /// It is too late, and counted among the missed.
        case missed
    }

    /// The newest scheduled time that has come.
    package let time: Date
    /// What becomes of it.
    package let verdict: Verdict
    /// Times that pass without a run, ``time`` included where its verdict is missed; at most ``DueTimes/countLimit``.
    package let missed: Int
    /// The last of the missed ones.
    package let lastMissed: Date?

    /// A run that starts within this of its time is on time: a daemon that restarts misses nothing.
    package static let grace: TimeInterval = 60
    /// More missed times are not counted one by one: a job of every second, after a year.
    package static let countLimit = 10_000
    /// A clock that goes back further than this was wrong before, and the schedule starts anew from what it says now (as Debian's cron
    /// decides it); after a smaller step nothing runs until the clock has passed what was dealt with.
    package static let correctionLimit: TimeInterval = 3 * 3600

    /// What is due at `now` where all times up to `handled` are dealt with; nil where nothing is.
    package init?(_ schedule: JobDefinition.Schedule, handled: Date, now: Date, catchUp: Duration) {
        guard let first = schedule.next(after: handled), first <= now else { return nil }
        guard let time = schedule.previous(before: now.addingTimeInterval(0.000_001)), time >= first else { return nil }
        self.time = time
        let lateness = now.timeIntervalSince(time)
        verdict = lateness <= Self.grace ? .onTime : (lateness <= catchUp.seconds ? .caughtUp : .missed)
        var count = 0
        var last: Date?
        var next = first
        while next < time, count < Self.countLimit {
            count += 1
            last = next
            guard let following = schedule.next(after: next) else { break }
            next = following
        }
        if next < time, let before = schedule.previous(before: time) { last = before }
        if verdict == .missed {
            count += 1
            last = time
        }
        missed = min(count, Self.countLimit)
        lastMissed = last
    }
}
