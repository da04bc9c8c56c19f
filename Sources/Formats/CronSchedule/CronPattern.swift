/// The local times, to the second, that an expression stands for: a set on the calendar, without time zone.
///
/// Local times are counted in seconds as if the clock on the wall showed UTC.
struct CronPattern: Hashable, Sendable {
    static let secondsPerDay = 86_400
    /// Nothing is looked for outside of these years.
    static let years = 1...9999

    var seconds: BitSet
    var minutes: BitSet
    var hours: BitSet
    var months: BitSet
    var daysOfMonth: DayOfMonthRule
    var daysOfWeek: DayOfWeekRule
    /// Whether a day must fit both rules for days; else one is enough.
    var daysMustAgree: Bool

    /// Whether any date fits. Years are of fourteen kinds, and 28 years in a row without a skipped leap day have them all.
    var isPossible: Bool {
        guard seconds != 0, minutes != 0, hours != 0 else { return false }
        return (2001...2028).contains { year in months.members.contains { days(inMonth: $0, year: year) != 0 } }
    }

    /// The first local time of the pattern that is not before `local`, if there is one through the end of `lastYear`.
    func first(from local: Int, throughYear lastYear: Int = years.upperBound) -> Int? {
        let day = CivilDate.quotient(local, Self.secondsPerDay)
        if hasDay(day), let time = firstTime(from: local - day * Self.secondsPerDay) { return day * Self.secondsPerDay + time }
        guard let next = firstDay(after: day, throughYear: lastYear), let time = firstTime(from: 0) else { return nil }
        return next * Self.secondsPerDay + time
    }

    /// The last local time of the pattern that is not after `local`.
    func last(through local: Int) -> Int? {
        let day = CivilDate.quotient(local, Self.secondsPerDay)
        if hasDay(day), let time = lastTime(through: local - day * Self.secondsPerDay) { return day * Self.secondsPerDay + time }
        guard let previous = lastDay(before: day), let time = lastTime(through: Self.secondsPerDay - 1) else { return nil }
        return previous * Self.secondsPerDay + time
    }

    /// Whether a day, counted from 1 January 1970, belongs to the pattern.
    func hasDay(_ dayNumber: Int) -> Bool {
        let date = CivilDate(dayNumber: dayNumber)
        return days(inMonth: date.month, year: date.year).has(date.day)
    }

    /// Whether 00:00:00 belongs to the pattern, on the days that do.
    var hasMidnight: Bool { seconds.has(0) && minutes.has(0) && hours.has(0) }

    // MARK: Days

    private func days(inMonth month: Int, year: Int) -> BitSet {
        guard months.has(month) else { return 0 }
        let length = CivilDate.length(ofMonth: month, year: year)
        let firstWeekday = CivilDate.weekday(ofDayNumber: CivilDate(year: year, month: month, day: 1).dayNumber)
        let byDate = daysOfMonth.days(length: length, firstWeekday: firstWeekday)
        let byWeekday = daysOfWeek.days(length: length, firstWeekday: firstWeekday)
        return daysMustAgree ? byDate & byWeekday : byDate | byWeekday
    }

    /// Walks months, not days: a 29 February that must be a Monday may be forty years away.
    private func firstDay(after dayNumber: Int, throughYear lastYear: Int) -> Int? {
        let date = CivilDate(dayNumber: dayNumber)
        var (year, month, from) = (date.year, date.month, date.day + 1)
        while year <= lastYear {
            if let day = days(inMonth: month, year: year).first(from: from) {
                return CivilDate(year: year, month: month, day: day).dayNumber
            }
            (year, month, from) = month == 12 ? (year + 1, 1, 1) : (year, month + 1, 1)
        }
        return nil
    }

    private func lastDay(before dayNumber: Int) -> Int? {
        let date = CivilDate(dayNumber: dayNumber)
        var (year, month, through) = (date.year, date.month, date.day - 1)
        while year >= Self.years.lowerBound {
            if let day = days(inMonth: month, year: year).last(through: through) {
                return CivilDate(year: year, month: month, day: day).dayNumber
            }
            (year, month, through) = month == 1 ? (year - 1, 12, 31) : (year, month - 1, 31)
        }
        return nil
    }

    // MARK: Times of a day, in seconds since its midnight

    private func firstTime(from time: Int) -> Int? {
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        guard let firstSecond = seconds.first(from: 0), let firstMinute = minutes.first(from: 0) else { return nil }
        if hours.has(hour) {
            if minutes.has(minute), let next = seconds.first(from: second) { return hour * 3600 + minute * 60 + next }
            if let next = minutes.first(from: minute + 1) { return hour * 3600 + next * 60 + firstSecond }
        }
        return hours.first(from: hour + 1).map { $0 * 3600 + firstMinute * 60 + firstSecond }
    }

    private func lastTime(through time: Int) -> Int? {
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        guard let lastSecond = seconds.last(through: 59), let lastMinute = minutes.last(through: 59) else { return nil }
        if hours.has(hour) {
            if minutes.has(minute), let next = seconds.last(through: second) { return hour * 3600 + minute * 60 + next }
            if let next = minutes.last(through: minute - 1) { return hour * 3600 + next * 60 + lastSecond }
        }
        return hours.last(through: hour - 1).map { $0 * 3600 + lastMinute * 60 + lastSecond }
    }
}
