/// Reads one field.
struct CronFieldParser {
    /// What the items of a field stand for.
    struct Items {
        var numbers: BitSet = 0
        /// `L` in day-of-month.
        var lastDay = false
        /// `LW` in day-of-month.
        var lastWorkday = false
        /// `5L` and `5#2` in day-of-week.
        var rule = DayOfWeekRule()

        /// As weekdays, both Sundays being one.
        var weekdayRule: DayOfWeekRule {
            var rule = rule
            rule.weekdays = numbers & 0x7F | numbers >> 7
            return rule
        }

        mutating func form(union other: Items) {
            numbers |= other.numbers
            lastDay = lastDay || other.lastDay
            lastWorkday = lastWorkday || other.lastWorkday
            rule.last |= other.rule.last
            rule.ordinals |= other.rule.ordinals
        }
    }

    private let field: CronField
    private let word: CronWord

    init(_ field: CronField, _ word: CronWord) {
        self.field = field
        self.word = word
    }

    func parse() throws(CronError) -> Items {
        var items = Items()
        for item in word.split(at: ",") { items.form(union: try parseItem(item)) }
        return items
    }

    private func parseItem(_ item: CronWord) throws(CronError) -> Items {
        if field == .dayOfWeek {
            if item.contains(["l", "L"]) { return try parseLast(item) }
            if let (day, ordinal) = item.splitOnce(at: "#") { return try parseOrdinal(day, ordinal) }
        }
        if let (base, step) = item.splitOnce(at: "/") { return try parseStep(of: base, step) }
        return try parseBase(item)
    }

    /// What may stand before a step: a star, a range, a value.
    private func parseBase(_ item: CronWord) throws(CronError) -> Items {
        if item.spells("*") { return Items(numbers: BitSet(field.range)) }
        if let (start, end) = item.splitOnce(at: "-") { return try parseRange(item, start, end) }
        if field == .dayOfMonth, item.spells("L") { return Items(lastDay: true) }
        if field == .dayOfMonth, item.spells("LW") { return Items(lastWorkday: true) }
        let value = try value(item)
        return Items(numbers: BitSet(value...value))
    }

    /// Every so many of a set. A set of one value reaches to the field's end: `5/15` is 5, 20, 35, 50.
    private func parseStep(of base: CronWord, _ word: CronWord) throws(CronError) -> Items {
        let step = try step(word)
        // The hint on a range that runs backward has to know the step.
        if let (start, end) = base.splitOnce(at: "-") { try refuseBackward(base, start, end, step: step) }
        var items = try parseBase(base)
        let numbers = items.numbers.members
        guard let first = numbers.first else { return items }
        items.numbers = 0
        if numbers.count == 1 {
            items.numbers = BitSet(first...field.range.upperBound, step: step)
        } else {
            for index in stride(from: 0, to: numbers.count, by: step) { items.numbers.insert(numbers[index]) }
        }
        return items
    }

    private func step(_ word: CronWord) throws(CronError) -> Int {
        guard let step = word.number else {
            throw fault(.malformedStep, word, word.isEmpty ? "a number is missing after '/'" : "the step '\(word.text)' is no number")
        }
        guard step > 0 else {
            throw fault(.malformedStep, word, "a step of 0 leads nowhere", remedy: "write a step of 1 or more, or leave it out")
        }
        return step
    }

    private func parseRange(_ item: CronWord, _ start: CronWord, _ end: CronWord) throws(CronError) -> Items {
        try refuseBackward(item, start, end, step: 1)
        return Items(numbers: BitSet(try value(start)...(try value(end))))
    }

    private func refuseBackward(_ item: CronWord, _ start: CronWord, _ end: CronWord, step: Int) throws(CronError) {
        let (first, last) = (try value(start), try value(end))
        guard last < first else { return }
        throw fault(
            .backwardRange, item, "the range '\(item.text)' runs backward",
            remedy: "write it as \(forward(start, end, first, last, step: step))")
    }

    /// A range around the end of the field, as it may be written.
    private func forward(_ start: CronWord, _ end: CronWord, _ first: Int, _ last: Int, step: Int) -> String {
        let range = field.range
        if step > 1 {
            // Each seventh day is a Sunday, and written as 0.
            let size = field == .dayOfWeek ? 7 : range.count
            let numbers = stride(from: first, through: last + size, by: step).map { ($0 - range.lowerBound) % size + range.lowerBound }
            return numbers.map(String.init).joined(separator: ",")
        }
        let head = first == range.upperBound ? start.text : "\(start.text)-\(range.upperBound)"
        if field == .dayOfWeek, last == 0 { return head }
        let restart = field == .dayOfWeek ? 1 : range.lowerBound
        return last == restart ? "\(head),\(end.text)" : "\(head),\(restart)-\(end.text)"
    }

    // MARK: Weekdays of a month

    private func parseLast(_ item: CronWord) throws(CronError) -> Items {
        let day = item.withoutLast
        guard item.text.hasSuffix("L") || item.text.hasSuffix("l"), day.number != nil else {
            let example = field.number(named: day.text) ?? 5
            throw fault(
                .unsupported, item, "'\(item.text)' is no last weekday of the month",
                remedy: "write a number from 0 to 7 before the L, as in \(example)L")
        }
        var items = Items()
        items.rule.last.insert(try value(day) % 7)
        return items
    }

    private func parseOrdinal(_ day: CronWord, _ word: CronWord) throws(CronError) -> Items {
        guard let ordinal = word.number else {
            throw fault(
                .malformedValue, word, word.isEmpty ? "a number is missing after '#'" : "'\(word.text)' after '#' is no number",
                remedy: "5#2 is the second Friday of the month")
        }
        guard (1...5).contains(ordinal) else {
            throw fault(.outOfRange, word, "\(word.text) after '#' is not from 1 to 5", remedy: "write 5L for the last Friday of the month")
        }
        var items = Items()
        items.rule.insert(try value(day) % 7, ordinal: ordinal)
        return items
    }

    // MARK: Values

    private func value(_ word: CronWord) throws(CronError) -> Int {
        if let named = field.number(named: word.text) { return named }
        guard let number = word.number else { throw malformed(word) }
        guard field.range.contains(number) else {
            let range = "\(field.range.lowerBound) to \(field.range.upperBound)"
            let remedy: String? =
                switch (field, number) {
                case (.hour, 24): "midnight is hour 0 of the next day"
                case (.second, 60), (.minute, 60): "the full \(field == .minute ? "hour" : "minute") is 0"
                default: nil
                }
            throw fault(.outOfRange, word, "\(word.text) is not from \(range)", remedy: remedy)
        }
        return number
    }

    private func malformed(_ word: CronWord) -> CronError {
        if word.isEmpty {
            return fault(.malformedValue, word, "a value is missing", remedy: "write a number, or '*' for any")
        }
        if word.spells("?") { return fault(.unsupported, word, "'?' means nothing here", remedy: "write '*'") }
        if field == .dayOfMonth, word.contains(["w", "W", "l", "L", "#"]) {
            return fault(
                .unsupported, word, "'\(word.text)' means nothing here",
                remedy: "L is the last day of the month, LW the last of its Mondays to Fridays")
        }
        let short = String(word.text.prefix(3))
        let remedy =
            field.number(named: short) != nil && word.text.allSatisfy(\.isLetter)
            ? "write \(short.uppercased())"
            : field.names.isEmpty ? nil : "names are \(field.names.joined(separator: ", "))"
        return fault(.malformedValue, word, "'\(word.text)' is no number\(field.names.isEmpty ? "" : " and no name")", remedy: remedy)
    }

    private func fault(_ code: CronError.Code, _ place: CronWord, _ problem: String, remedy: String? = nil) -> CronError {
        CronError(code, at: place.column, "the \(field.title) field '\(word.text)': \(problem)", remedy: remedy)
    }
}
