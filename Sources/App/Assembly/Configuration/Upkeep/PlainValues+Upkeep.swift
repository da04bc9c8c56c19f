import Foundation

extension PlainValues {
    /// A whole number within `range`.
    static func number(_ range: ClosedRange<Int>) -> (String) throws(MalformedValue) -> Int {
        { (text: String) throws(MalformedValue) -> Int in
            guard let number = Int(text), range.contains(number) else {
                throw MalformedValue("must be a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    /// A part of the whole, written `20%` or `0.5%`, as a number above 0 and at most 1.
    static func percentage(_ text: String) throws(MalformedValue) -> Double {
        let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
        let isPlain = !digits.isEmpty && digits.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard isPlain, digits.first != ".", digits.last != ".", let number = Double(digits) else {
            throw MalformedValue("is not a percentage", hint: "write it as 20%")
        }
        guard text.hasSuffix("%") else { throw MalformedValue("is a percentage without its sign", hint: "write it as 20%") }
        guard number > 0, number <= 100 else { throw MalformedValue("must be above 0% and at most 100%") }
        return number / 100
    }

    /// How often something may be done, written `60/m`, as a number a minute.
    static func perMinute(_ text: String) throws(MalformedValue) -> Int {
        let digits = text.hasSuffix("/m") ? text.dropLast(2) : ""
        guard let number = Int(digits), (1...10_000).contains(number), digits.first != "+" else {
            throw MalformedValue("must be a number from 1 to 10000 a minute", hint: "write it as 60/m")
        }
        return number
    }

    /// A day such as `2027-01-01`, from its first moment in `timezone` on, or a time such as `2027-01-01T04:00:00Z`.
    static func moment(in timezone: TimeZone) -> (String) throws(MalformedValue) -> Date {
        { (text: String) throws(MalformedValue) -> Date in
            let days = Date.ISO8601FormatStyle(timeZone: timezone).year().month().day()
            let style = text.contains("T") ? Date.ISO8601FormatStyle(timeZone: .gmt) : days
            // What the style reads leniently, such as the 30th of February, comes out as another text.
            guard let date = try? style.parse(text), style.format(date) == text else {  // the operator is told what is read
                throw MalformedValue("is neither a day nor a time", hint: "write it as 2027-01-01 or 2027-01-01T04:00:00Z")
            }
            return date
        }
    }
}
