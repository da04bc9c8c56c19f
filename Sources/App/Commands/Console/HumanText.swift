import Foundation

/// Sizes, times and durations as people read them.
enum HumanText {
    /// `1.5 GiB`.
    static func size(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : "\(oneDecimal(value)) \(units[unit])"
    }

    /// `12.3 s`, `4 m 10 s`, `2 h 5 m`.
    static func seconds(_ seconds: Double) -> String {
        if seconds < 60 { return "\(oneDecimal(seconds)) s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) m \(whole % 60) s" }
        if whole < 2 * 86400 { return "\(whole / 3600) h \(whole % 3600 / 60) m" }
        return "\(whole / 86400) d \(whole % 86400 / 3600) h"
    }

    /// RFC 3339 in UTC, whole seconds.
    static func time(_ date: Date) -> String { date.formatted(.iso8601) }

    /// `2.5 %` for 0.025.
    static func share(_ share: Double) -> String { "\(oneDecimal(share * 100)) %" }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
