/// What a dump holds; also the contents of `counts.json`.
package struct DumpSummary: Sendable, Codable, Equatable {
    /// The format's version that this code writes and reads.
    package static let currentFormatVersion = 1

    /// The version that the dump was written in.
    package let formatVersion: Int
    /// By number.
    package let tables: [TableSummary]
    /// Rows.
    package let rows: Int64
    /// Bytes of COPY text.
    package let bytes: Int64
    /// What the dump does not carry although it is no object of its own, such as a grant on a system function; for people.
    package let remarks: [String]

    /// The sums follow from the tables.
    package init(tables: [TableSummary], remarks: [String], formatVersion: Int = Self.currentFormatVersion) {
        self.formatVersion = formatVersion
        self.tables = tables
        self.remarks = remarks
        rows = tables.reduce(0) { $0 + $1.rows }
        bytes = tables.reduce(0) { $0 + $1.bytes }
    }
}
