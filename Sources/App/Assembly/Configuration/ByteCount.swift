/// A size, written `64MiB` in the configuration.
package struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Never negative.
    package let bytes: Int64

    /// Makes a size of a number of bytes, which must not be negative.
    package init(bytes: Int64) {
        precondition(bytes >= 0, "a size is not negative")
        self.bytes = bytes
    }

    /// Binary units first: sizes are printed in the largest that divides them.
    private static let units: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1),
    ]

    /// Reads a whole number and a unit: `B`, `KiB` to `TiB`, `kB` to `TB`.
    init(parsing text: String) throws(MalformedValue) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        let hint = "write a whole number and a unit, such as 64MiB"
        guard !digits.isEmpty else { throw MalformedValue("is not a size", hint: hint) }
        guard !unit.isEmpty else { throw MalformedValue("is a size without a unit", hint: "did you mean '\(digits)MiB'?") }
        guard let factor = Self.units.first(where: { $0.name == unit })?.bytes else {
            throw MalformedValue(
                "has an unknown unit of size",
                hint: Self.units.first { $0.name.lowercased() == unit.lowercased() }.map { "did you mean '\(digits)\($0.name)'?" } ?? hint)
        }
        guard let number = Int64(digits), case let (bytes, overflow) = number.multipliedReportingOverflow(by: factor), !overflow else {
            throw MalformedValue("is too large a size")
        }
        self.init(bytes: bytes)
    }

    /// The smaller size comes first.
    package static func < (one: ByteCount, other: ByteCount) -> Bool { one.bytes < other.bytes }

    /// In the form that the configuration takes.
    package var description: String {
        let unit = Self.units.prefix(4).first { bytes >= $0.bytes && bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
