import Foundation

/// What a clock on the wall shows, with its distance from UTC: `2026-11-20T03:15:00+01:00`.
struct LocalTime: CustomStringConvertible {
    let description: String

    init(_ date: Date, in zone: TimeZone) {
        let offset = zone.secondsFromGMT(for: date)
        let clock = date.addingTimeInterval(Double(offset)).formatted(.iso8601).dropLast()
        let minutes = abs(offset) / 60
        description = "\(clock)\(offset < 0 ? "-" : "+")\(Self.two(minutes / 60)):\(Self.two(minutes % 60))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
