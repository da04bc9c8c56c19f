internal import CLibpq

/// Owns one libpq result.
final class LibpqResult {
    let pointer: OpaquePointer?

    init(_ pointer: OpaquePointer?) { self.pointer = pointer }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var statusName: String { String(cString: PQresStatus(status)) }

    /// One field of the server's report, by its letter in the protocol ("Error and Notice Message Fields").
    func diagnosis(_ letter: Unicode.Scalar) -> String? {
        PQresultErrorField(pointer, Int32(letter.value)).map { String(cString: $0) }
    }

    /// Rows that a command touched, as the server counts them.
    var affectedRows: Int64 { Int64(String(cString: PQcmdTuples(pointer))) ?? 0 }

    /// All rows, copied out of the library's memory. Throws code `protocolViolation` for text that is no UTF-8.
    func rows() throws(PostgresError) -> [PostgresRow] {
        let width = PQnfields(pointer)
        let columns = PostgresColumns((0..<width).map { String(cString: PQfname(pointer, $0)) })
        var rows: [PostgresRow] = []
        for row in 0..<PQntuples(pointer) {
            var values: [String?] = []
            for column in 0..<width {
                values.append(try value(row, column))
            }
            rows.append(PostgresRow(columns: columns, values: values))
        }
        return rows
    }

    private func value(_ row: Int32, _ column: Int32) throws(PostgresError) -> String? {
        if PQgetisnull(pointer, row, column) == 1 { return nil }
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: Int(PQgetlength(pointer, row, column)))
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PostgresError(
                .protocolViolation, "the server sent text that is not valid UTF-8", hint: "the database's encoding may be SQL_ASCII")
        }
        return text
    }
}
