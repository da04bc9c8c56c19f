internal import Postgres

/// The lock that keeps a table's shape and pages as they are, while rows may come and go.
enum TableLock {
    /// A worker must not wait: the snapshot's own transaction holds this lock already, so whoever makes a worker wait is queued behind us
    /// for an exclusive lock, and would wait for us in turn. That is a deadlock that the server cannot see.
    static func take(_ table: String, on connection: PostgresConnection, waiting: Bool) async throws {
        do {
            try await connection.execute("LOCK TABLE ONLY \(table) IN ACCESS SHARE MODE\(waiting ? "" : " NOWAIT")")
        } catch let error as PostgresError where error.code == .lockNotAvailable {
            throw DumpError(
                .tableLocked, "table \(table) is locked, or waited for, by a session that wants it for itself",
                remedy: "see pg_locks for who that is; run the backup again when its migration or maintenance is over", cause: error)
        } catch let error as PostgresError where error.sqlstate == "42P01" {
            throw DumpError(
                .schemaChanged, "table \(table) was dropped or renamed while the dump began", remedy: "run the backup again", cause: error)
        }
    }
}
