import Assembly
import Foundation

/// Moments as they are typed.
enum MomentText {
    /// A time in RFC 3339 with its offset, such as `2027-01-31T12:00:00+01:00`; nil for any other text, and for what no calendar has.
    static func time(_ text: String) -> Date? {
        let upper = text.uppercased()
        guard
            let match = upper.wholeMatch(
                of:
                    /(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?<part>\.[0-9]{1,9})?(?<offset>Z|[+-][0-9]{2}:[0-9]{2})/
            ),
            let local = plain("\(match.day)T\(match.time)Z"), let offset = offset(match.offset)
        else { return nil }
        return local.addingTimeInterval((match.part.flatMap { Double("0\($0)") } ?? 0) - offset)
    }

    /// A date, which is its first moment in UTC, or a time in RFC 3339.
    static func dateOrTime(_ text: String) -> Date? { time(text) ?? plain("\(text)T00:00:00Z") }

    /// As ``dateOrTime(_:)``, or a duration from `now` such as `2h` or `1d12h`.
    static func end(_ text: String, now: Date) -> Date? {
        dateOrTime(text) ?? ArgumentText.duration(text).map { now.addingTimeInterval(Double($0.components.seconds)) }
    }

    /// The parser takes the 30th of February for the 2nd of March, so what it read must be what was written.
    private static func plain(_ text: String) -> Date? {
        guard let date = try? Date(text, strategy: .iso8601), date.formatted(.iso8601) == text else { return nil }  // no time at all
        return date
    }

    private static func offset(_ text: Substring) -> Double? {
        guard text != "Z" else { return 0 }
        let parts = text.dropFirst().split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, parts[0] < 24, parts[1] < 60 else { return nil }
        return Double((text.first == "-" ? -60 : 60) * (parts[0] * 60 + parts[1]))
    }
}
