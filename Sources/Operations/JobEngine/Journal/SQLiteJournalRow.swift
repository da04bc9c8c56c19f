import Foundation
import GRDB

/// A row whose values may be anything, as those of a damaged file are. A plain `Row` ends the process where a value has another type.
struct SQLiteJournalRow {
    private let row: Row

    init(_ row: Row) { self.row = row }

    /// Every row of a query.
    static func all(_ db: Database, _ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [SQLiteJournalRow] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map(SQLiteJournalRow.init)
    }

    /// The first row of a query.
    static func one(_ db: Database, _ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> SQLiteJournalRow? {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments).map(SQLiteJournalRow.init)
    }

    func optional<Value: DatabaseValueConvertible>(_ column: String, _: Value.Type = Value.self) throws -> Value? {
        let value = row[column] as DatabaseValue? ?? .null
        guard !value.isNull else { return nil }
        guard let converted = Value.fromDatabaseValue(value) else { throw malformed(column) }
        return converted
    }

    func value<Value: DatabaseValueConvertible>(_ column: String, _: Value.Type = Value.self) throws -> Value {
        guard let value: Value = try optional(column) else { throw malformed(column) }
        return value
    }

    func date(_ column: String) throws -> Date { Date(journalMicroseconds: try value(column)) }

    func optionalDate(_ column: String) throws -> Date? { try optional(column, Int64.self).map(Date.init(journalMicroseconds:)) }

    private func malformed(_ column: String) -> JournalError {
        JournalError(
            .corrupt, "the journal has a row whose '\(column)' cannot be read",
            remedy: "restart opsd, which sets a damaged journal aside and begins a new one")
    }
}

extension Date {
    // Counted from the reference date, which is what a Date holds: from 1970 the sum would be off by a microsecond from 2038 on.
    private static let reference: Int64 = 978_307_200_000_000
    private static let limit: Int64 = 300_000_000_000_000_000

    /// Microseconds since 1970, rounded; what lies more than some 9,500 years away becomes that.
    var journalMicroseconds: Int64 {
        let seconds = timeIntervalSinceReferenceDate
        guard !seconds.isNaN else { return 0 }
        let bounded = min(max(seconds, -3e11), 3e11)
        let whole = bounded.rounded(.down)
        return Int64(whole) * 1_000_000 + Int64(((bounded - whole) * 1e6).rounded()) + Self.reference
    }

    /// Reads back ``journalMicroseconds``; the same bounds hold, whatever a damaged file says.
    init(journalMicroseconds: Int64) {
        let counted = min(max(journalMicroseconds, -Self.limit), Self.limit) - Self.reference
        let (seconds, rest) = counted.quotientAndRemainder(dividingBy: 1_000_000)
        self.init(timeIntervalSinceReferenceDate: Double(seconds) + Double(rest) / 1e6)
    }
}
