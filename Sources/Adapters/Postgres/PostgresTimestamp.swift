/// A moment of a server's clock: microseconds since 1970-01-01 00:00:00 UTC.
package struct PostgresTimestamp: Sendable, Hashable, Comparable, Codable {
    /// Microseconds since the epoch; negative before it.
    package let microseconds: Int64

    /// The moment `microseconds` after 1970-01-01 00:00:00 UTC.
    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// Earlier is less.
    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}
