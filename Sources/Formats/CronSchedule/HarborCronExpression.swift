package import Foundation

/// When Harbor itself runs a task: six fields, seconds first, in UTC.
///
/// The rules are those of Go's robfig/cron, version 3, as Harbor uses it, and differ from ``CronExpression``'s: see the article of this
/// module. What is read here stands in Harbor's database; so whatever Harbor can run is accepted, and also what it accepts and never runs.
package struct HarborCronExpression: Hashable, Sendable, CustomStringConvertible {
    /// As Harbor has it.
    package let text: String
    private let pattern: CronPattern

    /// Reads an expression of at most 1,000 characters. Throws `CronError` for what Harbor refuses too, and for one with a time zone of
    /// its own.
    package init(parsing text: String) throws(CronError) {
        pattern = try HarborCronParser.parse(text)
        self.text = text
    }

    /// As Harbor has it.
    package var description: String { text }

    /// The first time after `after`, in whole seconds. Nil where none comes in the five years that Harbor looks ahead.
    package func next(after: Date) -> Date? {
        guard let instant = Instants.lastWhole(notAfter: after) else { return nil }
        let start = instant + 1
        let year = CivilDate(dayNumber: CivilDate.quotient(start, CronPattern.secondsPerDay)).year
        return Instants.date(pattern.first(from: start, throughYear: min(year + 5, CronPattern.years.upperBound)))
    }

    /// The last time before `before`, in whole seconds. Nil where there was none since the year 1.
    package func previous(before: Date) -> Date? {
        guard pattern.isPossible, let instant = Instants.firstWhole(notBefore: before) else { return nil }
        return Instants.date(pattern.last(through: instant - 1))
    }
}
