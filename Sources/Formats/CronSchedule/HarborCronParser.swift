/// Reads the dialect of robfig/cron, version 3, with its seconds and without its names for schedules: what Harbor sets up.
struct HarborCronParser {
    private let field: CronField
    private let word: CronWord

    /// The local times that `text` stands for.
    static func parse(_ text: String) throws(CronError) -> CronPattern {
        let fields = try CronParser.fields(of: text, expected: "6 fields")
        if fields[0].text.hasPrefix("@") {
            throw CronError(
                .unknownMacro, at: fields[0].column, "Harbor knows no names as '\(fields[0].text)'",
                remedy: "write 0 0 0 * * * for every day")
        }
        if fields[0].text.hasPrefix("TZ=") || fields[0].text.hasPrefix("CRON_TZ=") {
            throw CronError(
                .unsupported, at: fields[0].column, "Harbor's schedules are read in UTC, not with '\(fields[0].text)'",
                remedy: "shift the hours to UTC and remove it")
        }
        guard fields.count == 6 else {
            let fault = fields.count > 6 ? fields[6].column : fields[fields.count - 1].lastColumn
            throw CronError(
                .fieldCount, at: fault, "found \(fields.count) \(fields.count == 1 ? "field" : "fields") where 6 belong",
                remedy: "write second minute hour day-of-month month day-of-week")
        }
        let (seconds, _) = try HarborCronParser(field: .second, word: fields[0]).parse()
        let (minutes, _) = try HarborCronParser(field: .minute, word: fields[1]).parse()
        let (hours, _) = try HarborCronParser(field: .hour, word: fields[2]).parse()
        let (days, anyDay) = try HarborCronParser(field: .dayOfMonth, word: fields[3]).parse()
        let (months, _) = try HarborCronParser(field: .month, word: fields[4]).parse()
        let (weekdays, anyWeekday) = try HarborCronParser(field: .dayOfWeek, word: fields[5]).parse()
        return CronPattern(
            seconds: seconds, minutes: minutes, hours: hours, months: months, daysOfMonth: DayOfMonthRule(days: days),
            daysOfWeek: DayOfWeekRule(weekdays: weekdays), daysMustAgree: anyDay || anyWeekday)
    }

    /// Sunday is 0 only.
    private var range: ClosedRange<Int> { field == .dayOfWeek ? 0...6 : field.range }

    /// The numbers, and whether one of the items means any. Items without anything in them do not count, so `,` fits never.
    private func parse() throws(CronError) -> (numbers: BitSet, isAny: Bool) {
        var result: (numbers: BitSet, isAny: Bool) = (0, false)
        for item in word.split(at: ",") where !item.isEmpty {
            let (numbers, isAny) = try parseItem(item)
            result.numbers |= numbers
            result.isAny = result.isAny || isAny
        }
        return result
    }

    private func parseItem(_ item: CronWord) throws(CronError) -> (BitSet, Bool) {
        let parts = item.split(at: "/")
        guard parts.count <= 2 else { throw fault(.malformedStep, parts[2], "'\(item.text)' has two steps") }
        let ends = parts[0].split(at: "-")
        // What follows the star up to a step is not looked at.
        let isAny = ends[0].spells("*") || ends[0].spells("?")
        guard isAny || ends.count <= 2 else { throw fault(.malformedValue, ends[2], "'\(parts[0].text)' has two ends") }
        let first = isAny ? range.lowerBound : try value(ends[0])
        var last = isAny ? range.upperBound : first
        if !isAny, ends.count == 2 { last = try value(ends[1]) }
        var step = 1
        if parts.count == 2 {
            step = try self.step(parts[1])
            if ends.count == 1 { last = range.upperBound }
        }
        try check(item, first, last, isRange: ends.count == 2)
        // A star with a step is as restricting as any list.
        return (BitSet(first...last, step: step), isAny && step == 1)
    }

    private func check(_ item: CronWord, _ first: Int, _ last: Int, isRange: Bool) throws(CronError) {
        for number in isRange ? [first, last] : [first] where !range.contains(number) {
            let remedy = field == .dayOfWeek && number == 7 ? "Harbor knows Sunday as 0 only" : nil
            throw fault(.outOfRange, item, "\(number) is not from \(range.lowerBound) to \(range.upperBound)", remedy: remedy)
        }
        guard first <= last else { throw fault(.backwardRange, item, "the range '\(item.text)' runs backward") }
    }

    private func step(_ word: CronWord) throws(CronError) -> Int {
        guard let step = number(word) else { throw fault(.malformedStep, word, "the step '\(word.text)' is no number") }
        guard step > 0 else { throw fault(.malformedStep, word, "a step of 0 leads nowhere") }
        return step
    }

    private func value(_ word: CronWord) throws(CronError) -> Int {
        if let named = field.number(named: word.text) { return named }
        guard let number = number(word) else { throw fault(.malformedValue, word, "'\(word.text)' is no number") }
        return number
    }

    /// A number as Go reads it: a plus may stand in front.
    private func number(_ word: CronWord) -> Int? {
        guard let (before, after) = word.splitOnce(at: "+"), before.isEmpty else { return word.number }
        return after.number
    }

    private func fault(_ code: CronError.Code, _ place: CronWord, _ problem: String, remedy: String? = nil) -> CronError {
        CronError(code, at: place.column, "the \(field.title) field '\(word.text)': \(problem)", remedy: remedy)
    }
}
