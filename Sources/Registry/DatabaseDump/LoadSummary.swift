/// What a load brought in.
package struct LoadSummary: Sendable, Equatable {
    /// Tables that got rows, or were empty in the dump.
    package let tables: Int
    /// Rows.
    package let rows: Int64
    /// Bytes of COPY text.
    package let bytes: Int64
    /// What the dump's `counts.json` says.
    package let dump: DumpSummary

    /// What a load brought in.
    package init(tables: Int, rows: Int64, bytes: Int64, dump: DumpSummary) {
        self.tables = tables
        self.rows = rows
        self.bytes = bytes
        self.dump = dump
    }
}
