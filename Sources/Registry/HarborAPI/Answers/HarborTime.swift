import Foundation

/// Harbor's times: RFC 3339 with any number of digits after the point, and the year 1 for "never".
enum HarborTime {
    /// The time that `text` states; nil for "never" and for what is no time.
    static func parse(_ text: String) -> Date? {
        var reader = Reader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"), let day = reader.number(2),
            reader.take("T") || reader.take("t") || reader.take(" "), let hour = reader.number(2), reader.take(":"),
            let minute = reader.number(2), reader.take(":"), let second = reader.number(2), (1...12).contains(month),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60, let fraction = reader.fraction(), let offset = reader.offset(),
            reader.isAtEnd
        else { return nil }
        guard year > 1 else { return nil }
        let seconds = daysSince1970(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(seconds) + fraction)
    }

    /// In UTC and whole seconds, without a zone, as `q` expects it.
    static func text(_ date: Date, rounding rule: FloatingPointRoundingRule) -> String {
        let whole = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(rule))
        let text: String = whole.formatted(.iso8601)
        return text.hasSuffix("Z") ? String(text.dropLast()) : text
    }

    /// Of the proleptic Gregorian calendar, years counted from March so that a leap day ends one.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthsSinceMarch = (month + 9) % 12
        let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }

    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = Substring(text).utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ mark: Unicode.Scalar) -> Bool {
            guard let byte = rest.first, UInt32(byte) == mark.value else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int) -> Int? {
            var value = 0
            for _ in 0..<digits {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        /// Seconds below one; zero where there is no point, nil where no digit follows it.
        mutating func fraction() -> Double? {
            guard take(".") else { return 0 }
            var (value, scale) = (0.0, 1.0)
            while let digit = digit() {
                scale /= 10
                value += Double(digit) * scale
            }
            return scale < 1 ? value : nil
        }

        /// Seconds east of Greenwich.
        mutating func offset() -> Int? {
            if take("Z") || take("z") { return 0 }
            let sign = take("+") ? 1 : -1
            guard sign == 1 || take("-"), let hours = number(2), take(":"), let minutes = number(2) else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }

        private mutating func digit() -> Int? {
            guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            rest.removeFirst()
            return Int(byte - UInt8(ascii: "0"))
        }
    }
}
