/// What one table contributed to a dump.
package struct TableSummary: Sendable, Codable, Equatable {
    /// The number in the names of the table's members.
    package let number: Int
    /// The table's schema.
    package let schema: String
    /// The table's name.
    package let name: String
    /// Rows.
    package let rows: Int64
    /// Bytes of COPY text.
    package let bytes: Int64
    /// Data members.
    package let parts: Int
    /// The sum of the hashes of all rows, as 32 hexadecimal digits; see the format page, "Checksum".
    package let checksum: String
    /// The table's rows were left out on purpose.
    package let dataExcluded: Bool
    /// The SQL condition that the dumped rows fulfil, where some were left out on purpose.
    package let rowCondition: String?

    /// What one table contributed.
    package init(
        number: Int, schema: String, name: String, rows: Int64, bytes: Int64, parts: Int, checksum: String, dataExcluded: Bool,
        rowCondition: String?
    ) {
        self.number = number
        self.schema = schema
        self.name = name
        self.rows = rows
        self.bytes = bytes
        self.parts = parts
        self.checksum = checksum
        self.dataExcluded = dataExcluded
        self.rowCondition = rowCondition
    }

    /// The name as SQL writes it, for messages.
    var sqlName: String { SQLText.name(schema, name) }
}
