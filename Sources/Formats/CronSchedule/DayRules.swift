/// What the day-of-month field stands for.
struct DayOfMonthRule: Hashable, Sendable {
    /// From 1 to 31.
    var days: BitSet = 0
    /// The last day of each month.
    var last = false
    /// The last of Monday to Friday of each month.
    var lastWorkday = false

    /// The days that fit of a month of `length` days whose first is the weekday `firstWeekday`.
    func days(length: Int, firstWeekday: Int) -> BitSet {
        var fitting = days & BitSet(1...length)
        if last { fitting.insert(length) }
        if lastWorkday {
            let weekday = (firstWeekday + length - 1) % 7
            fitting.insert(weekday == 0 ? length - 2 : weekday == 6 ? length - 1 : length)
        }
        return fitting
    }
}

/// What the day-of-week field stands for. Weekdays run from 0, Sunday, to 6.
struct DayOfWeekRule: Hashable, Sendable {
    var weekdays: BitSet = 0
    /// The weekdays of which the last of each month is meant.
    var last: BitSet = 0
    /// The weekdays of which the first, second ... fifth of each month is meant: seven bits for each.
    var ordinals: BitSet = 0

    mutating func insert(_ weekday: Int, ordinal: Int) { ordinals.insert((ordinal - 1) * 7 + weekday) }

    /// The days that fit of a month of `length` days whose first is the weekday `firstWeekday`.
    func days(length: Int, firstWeekday: Int) -> BitSet {
        var fitting: BitSet = 0
        for week in 0..<5 {
            let wanted = weekdays | ordinals >> (week * 7)
            fitting |= Self.week(wanted, beginningWith: firstWeekday) << (week * 7 + 1)
        }
        if last != 0 {
            // The last seven days of a month are the last of their weekday.
            fitting |= Self.week(last, beginningWith: (firstWeekday + length) % 7) << (length - 6)
        }
        return fitting & BitSet(1...length)
    }

    /// Seven bits, one for each day from the weekday `first` on: whether that day's weekday is in `weekdays`.
    private static func week(_ weekdays: BitSet, beginningWith first: Int) -> BitSet {
        let week = weekdays & 0x7F
        return (week >> first | week << (7 - first)) & 0x7F
    }
}
