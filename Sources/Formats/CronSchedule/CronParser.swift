/// Reads the dialect of Debian's cron with its common additions.
enum CronParser {
    /// Longer texts are refused unread.
    static let longest = 1_000

    private static let macros = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// The local times that `text` stands for, and how they are read when clocks change.
    static func parse(_ text: String) throws(CronError) -> (CronPattern, CronTimeline.Reading) {
        let written = try fields(of: text, expected: "5 fields, or 6 with the seconds first")
        var fields = written
        if written[0].text.first == "@" {
            fields = try expansion(of: written)
        }
        guard (5...6).contains(fields.count) else { throw wrongCount(fields) }
        let hasSeconds = fields.count == 6
        if !hasSeconds { fields.insert(CronWord("0"), at: 0) }
        let isPassing = hasSeconds || fields[1].beginsWithStar || fields[2].beginsWithStar
        let pattern = try pattern(of: fields)
        guard pattern.isPossible else {
            let isMacro = written.count == 1
            throw impossible(fields, at: isMacro ? written[0].column : fields[3].column)
        }
        return (pattern, isPassing ? .passingTime : .fixedTimes)
    }

    /// The fields of a text of bearable length, at least one.
    static func fields(of text: String, expected: String) throws(CronError) -> [CronWord] {
        guard text.dropFirst(longest).isEmpty else {
            throw CronError(.tooLong, at: longest + 1, "the expression is longer than \(longest) characters")
        }
        let fields = CronWord(text).fields
        guard !fields.isEmpty else {
            throw CronError(.empty, at: 1, "the expression is empty", remedy: "write \(expected)")
        }
        return fields
    }

    // MARK: The line

    private static func expansion(of fields: [CronWord]) throws(CronError) -> [CronWord] {
        let macro = fields[0]
        let name = macro.text.lowercased()
        guard let expansion = macros[name] else {
            let remedy =
                switch name {
                case "@reboot": "opsd has no boot-time jobs: its daemon catches up on what was missed while the host was down"
                case "@every": "write the times of the clock: '*/15 * * * *' is every quarter of an hour"
                default: "write one of \(macros.keys.sorted().joined(separator: ", "))"
                }
            throw CronError(.unknownMacro, at: macro.column, "'\(macro.text)' is no name of a schedule", remedy: remedy)
        }
        guard fields.count == 1 else {
            throw CronError(.fieldCount, at: fields[1].column, "'\(macro.text)' stands alone", remedy: "remove what follows it")
        }
        return CronWord(expansion).fields
    }

    private static func wrongCount(_ fields: [CronWord]) -> CronError {
        let found = "found \(fields.count) \(fields.count == 1 ? "field" : "fields") where 5 or 6 belong"
        if fields[0].text.contains("=") {
            return CronError(
                .fieldCount, at: fields[0].column, found,
                remedy: "the time zone is no part of the expression: the job has its own setting for it")
        }
        let order = "minute hour day-of-month month day-of-week, with seconds in front if wanted"
        guard fields.count > 6 else {
            return CronError(.fieldCount, at: fields[fields.count - 1].lastColumn, found, remedy: "write \(order)")
        }
        return CronError(.fieldCount, at: fields[6].column, found, remedy: "write \(order); there is no field for the year or a command")
    }

    private static func impossible(_ fields: [CronWord], at position: Int) -> CronError {
        let rule = "day-of-month '\(fields[3].text)', month '\(fields[4].text)' and day-of-week '\(fields[5].text)'"
        let remedy =
            fields[3].beginsWithStar || !fields[5].spells("*")
            ? "where the day-of-month or the day-of-week begins with a star, a date must fit both"
            : "'L' in day-of-month is the last day of each month"
        return CronError(.impossibleDate, at: position, "no date ever fits \(rule)", remedy: remedy)
    }

    // MARK: The fields

    private static func pattern(of fields: [CronWord]) throws(CronError) -> CronPattern {
        let seconds = try CronFieldParser(.second, fields[0]).parse()
        let minutes = try CronFieldParser(.minute, fields[1]).parse()
        let hours = try CronFieldParser(.hour, fields[2]).parse()
        let days = try CronFieldParser(.dayOfMonth, fields[3]).parse()
        let months = try CronFieldParser(.month, fields[4]).parse()
        let weekdays = try CronFieldParser(.dayOfWeek, fields[5]).parse()
        return CronPattern(
            seconds: seconds.numbers, minutes: minutes.numbers, hours: hours.numbers, months: months.numbers,
            daysOfMonth: DayOfMonthRule(days: days.numbers, last: days.lastDay, lastWorkday: days.lastWorkday),
            daysOfWeek: weekdays.weekdayRule, daysMustAgree: fields[3].beginsWithStar || fields[5].beginsWithStar)
    }
}
