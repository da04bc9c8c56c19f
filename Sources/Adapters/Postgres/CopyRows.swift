/// Whole lines of COPY text, as they came.
package struct CopyRows: Sendable {
    /// The lines, each with its newline.
    package let bytes: [UInt8]
    /// Rows.
    package let rows: Int64

    /// `rows` lines, each with its newline.
    package init(bytes: [UInt8], rows: Int64) {
        self.bytes = bytes
        self.rows = rows
    }
}
