import Foundation

/// Dates as whole seconds since 1970, within the years 1 to 9999.
enum Instants {
    private static let first = -62_135_596_800
    private static let last = 253_402_300_799

    /// The last whole second that is not after `date`. Nil beyond the last year.
    static func lastWhole(notAfter date: Date) -> Int? {
        guard let second = second(of: date, .down), second <= last else { return nil }
        return max(second, first - 1)
    }

    /// The first whole second that is not before `date`. Nil before the first year.
    static func firstWhole(notBefore date: Date) -> Int? {
        guard let second = second(of: date, .up), second >= first else { return nil }
        return min(second, last + 1)
    }

    /// The date of `instant`; nil outside of the years.
    static func date(_ instant: Int?) -> Date? {
        guard let instant, instant >= first, instant <= last else { return nil }
        return Date(timeIntervalSince1970: Double(instant))
    }

    /// Rounds what `Date` stores: seconds since 1970 would have been rounded before, and up to a whole second at times.
    private static func second(of date: Date, _ rule: FloatingPointRoundingRule) -> Int? {
        let seconds = date.timeIntervalSinceReferenceDate.rounded(rule)
        guard !seconds.isNaN else { return nil }
        let bound = 1e12
        return Int(min(max(seconds, -bound), bound)) + Int(Date.timeIntervalBetween1970AndReferenceDate)
    }
}
