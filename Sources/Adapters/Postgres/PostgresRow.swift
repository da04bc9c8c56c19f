/// One row of a small result: every value is text as the server wrote it, or NULL.
package struct PostgresRow: Sendable {
    private let columns: PostgresColumns
    /// The values in the order of the columns.
    package let values: [String?]

    init(columns: PostgresColumns, values: [String?]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column, `nil` for NULL and for a column that is not there.
    package subscript(name: String) -> String? { columns.index(of: name).flatMap { values[$0] } }

    /// The value at a position, `nil` for NULL and for a position that is not there.
    package subscript(index: Int) -> String? { values.indices.contains(index) ? values[index] : nil }

    /// The text of a column; throws code `protocolViolation` where it is NULL or missing.
    package func text(_ name: String) throws(PostgresError) -> String {
        guard let index = columns.index(of: name) else { throw PostgresError(.protocolViolation, "the result has no column \"\(name)\"") }
        guard let value = values[index] else { throw PostgresError(.protocolViolation, "column \"\(name)\" is NULL") }
        return value
    }

    /// The integer in a column; throws code `protocolViolation` where it is none.
    package func int64(_ name: String) throws(PostgresError) -> Int64 {
        guard let number = Int64(try text(name)) else { throw PostgresError(.protocolViolation, "column \"\(name)\" is no 64-bit integer") }
        return number
    }

    /// The boolean in a column; throws code `protocolViolation` where it is none.
    package func bool(_ name: String) throws(PostgresError) -> Bool {
        switch try text(name) {
        case "t": true
        case "f": false
        default: throw PostgresError(.protocolViolation, "column \"\(name)\" is no boolean")
        }
    }
}

/// The column names of a result, shared by its rows.
final class PostgresColumns: Sendable {
    private let positions: [String: Int]

    init(_ names: [String]) {
        positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func index(of name: String) -> Int? { positions[name] }
}
