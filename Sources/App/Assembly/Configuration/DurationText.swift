/// How durations are written in the configuration: `90s`, `15m`, `6h`, `7d`, and joined such as `1h30m`.
package enum DurationText {
    private static let units: [(name: Character, seconds: Int64)] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
    /// A hundred years: more is a slip, and arithmetic on it might overflow.
    private static let limit: Int64 = 36_525 * 86_400

    /// Reads a duration; each unit at most once, the larger first.
    static func parse(_ text: String) throws(MalformedValue) -> Duration {
        let hint = "write numbers with units s, m, h or d, such as 90s, 15m or 1h30m"
        var rest = text[...]
        var remaining = units[...]
        var total: Int64 = 0
        guard !rest.isEmpty else { throw MalformedValue("is not a duration", hint: hint) }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits), number <= limit else {
                throw MalformedValue(digits.isEmpty ? "is not a duration" : "is too long a duration", hint: hint)
            }
            rest = rest.dropFirst(digits.count)
            guard let unit = rest.first else { throw MalformedValue("is a duration without a unit", hint: hint) }
            guard let index = remaining.firstIndex(where: { $0.name == unit }) else {
                throw MalformedValue("is not a duration", hint: hint)
            }
            total += number * units[index].seconds
            guard total <= limit else { throw MalformedValue("is too long a duration", hint: "the longest is 36525d") }
            remaining = units[(index + 1)...]
            rest = rest.dropFirst()
        }
        return .seconds(total)
    }

    /// As ``parse(_:)``, and at least one second.
    static func parsePositive(_ text: String) throws(MalformedValue) -> Duration {
        let duration = try parse(text)
        guard duration > .zero else { throw MalformedValue("must be longer than nothing") }
        return duration
    }

    /// The duration as the configuration would write it; parts of a second are dropped.
    package static func text(_ duration: Duration) -> String {
        var rest = duration.components.seconds
        var text = ""
        for unit in units where rest >= unit.seconds {
            text += "\(rest / unit.seconds)\(unit.name)"
            rest %= unit.seconds
        }
        return text.isEmpty ? "0s" : text
    }
}
