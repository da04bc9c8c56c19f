package import Postgres

/// Why a database was not dumped, or not loaded.
package struct DumpError: Error, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// The database holds objects of kinds that the dump cannot carry.
        case unsupportedObjects = "unsupported_objects"
        /// The server's version is outside the range that the dump was written for.
        case unsupportedServer = "unsupported_server"
        /// Somebody holds, or waits for, an exclusive lock on a table.
        case tableLocked = "table_locked"
        /// The schema was changed between the snapshot and the locks.
        case schemaChanged = "schema_changed"
        /// The database to load into holds something already.
        case databaseNotEmpty = "database_not_empty"
        /// The archive is not one of ours, is cut short, or has its members in another order.
        case malformedArchive = "malformed_archive"
        /// What was loaded is not what was dumped.
        case mismatch
        /// The server failed a statement of the load.
        case loadFailed = "load_failed"
    }

    /// What kind of failure it is.
    package let code: Code
    /// What failed, and where.
    package let problem: String
    /// What to do about it.
    package let remedy: String
    /// What the server said.
    package let cause: PostgresError?

    /// An error of `code`; `problem` and `remedy` are sentences without a full stop.
    package init(_ code: Code, _ problem: String, remedy: String, cause: PostgresError? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
    }

    /// The same attempt may succeed later without anybody's help.
    package var isRetryable: Bool {
        switch code {
        case .tableLocked, .schemaChanged: true
        case .loadFailed: cause?.isRetryable ?? false
        case .unsupportedObjects, .unsupportedServer, .databaseNotEmpty, .malformedArchive, .mismatch: false
        }
    }

    /// One sentence for an operator.
    package var description: String {
        (cause.map { "\(problem): \($0)" } ?? problem) + ". Hint: \(remedy)"
    }
}
