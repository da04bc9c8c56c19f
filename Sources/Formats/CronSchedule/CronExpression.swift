package import Foundation

/// When a job runs, as one line says it: cron's five fields, six with seconds in front, or a name as `@daily`.
///
/// What may be written, and what happens when clocks are changed, stands in the article of this module.
package struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    package let text: String
    let pattern: CronPattern
    let reading: CronTimeline.Reading

    /// Reads an expression of at most 1,000 characters. Throws `CronError` for what is none, and for one that no date ever fits.
    package init(parsing text: String) throws(CronError) {
        (pattern, reading) = try CronParser.parse(text)
        self.text = text
    }

    /// As it was written.
    package var description: String { text }

    /// The first time after `after`, in whole seconds. Nil only where the year 9999 ends.
    package func next(after: Date, in zone: TimeZone) -> Date? {
        guard let instant = Instants.lastWhole(notAfter: after) else { return nil }
        return Instants.date(timeline(in: zone).first(after: instant))
    }

    /// The last time before `before`, in whole seconds: of the same times that `next` finds. Nil only where the year 1 begins.
    package func previous(before: Date, in zone: TimeZone) -> Date? {
        guard let instant = Instants.firstWhole(notBefore: before) else { return nil }
        return Instants.date(timeline(in: zone).last(before: instant))
    }

    /// The first `count` times after `after`, in order; none for a `count` below one.
    package func times(after: Date, in zone: TimeZone, count: Int) -> [Date] {
        var times: [Date] = []
        var last = after
        while times.count < count, let next = next(after: last, in: zone) {
            times.append(next)
            last = next
        }
        return times
    }

    private func timeline(in zone: TimeZone) -> CronTimeline {
        CronTimeline(pattern: pattern, reading: reading, zone: ZoneOffsets(zone))
    }
}
