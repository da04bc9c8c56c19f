/// A date of the Gregorian calendar, applied to all times.
///
/// `Calendar` answers the same questions a hundred times slower, and one search for a leap day that is a Monday asks hundreds of them.
struct CivilDate: Hashable {
    let year: Int
    /// From 1 to 12.
    let month: Int
    /// From 1 to 31.
    let day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date that lies `dayNumber` days after 1 January 1970.
    init(dayNumber: Int) {
        // Years are counted from March, so that the leap day is a year's last, in cycles of 400 years, which all have as many days.
        let sinceMarch = dayNumber + Self.daysBeforeEpoch
        let cycle = Self.quotient(sinceMarch, Self.daysInCycle)
        let dayOfCycle = sinceMarch - cycle * Self.daysInCycle
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        // Five months from March on have 153 days, three times over.
        let monthOfYear = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthOfYear + 2) / 5 + 1
        month = monthOfYear < 10 ? monthOfYear + 3 : monthOfYear - 9
        year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    }

    /// Days from 1 January 1970 to this date.
    var dayNumber: Int {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let cycle = Self.quotient(yearFromMarch, 400)
        let yearOfCycle = yearFromMarch - cycle * 400
        let monthOfYear = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthOfYear + 2) / 5 + day - 1
        return cycle * Self.daysInCycle + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - Self.daysBeforeEpoch
    }

    /// How many days a month has.
    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day of the week of a day since 1 January 1970, a Thursday: from 0, Sunday, to 6.
    static func weekday(ofDayNumber dayNumber: Int) -> Int {
        let shifted = dayNumber + 4
        return shifted - quotient(shifted, 7) * 7
    }

    /// The quotient rounded down, also below zero.
    static func quotient(_ dividend: Int, _ divisor: Int) -> Int {
        dividend >= 0 ? dividend / divisor : (dividend - divisor + 1) / divisor
    }

    private static let daysInCycle = 146_097
    /// From 1 March of the year 0 to 1 January 1970.
    private static let daysBeforeEpoch = 719_468
}
