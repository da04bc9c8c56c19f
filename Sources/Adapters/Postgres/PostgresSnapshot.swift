/// One `REPEATABLE READ READ ONLY` transaction whose snapshot other connections share: whatever is read through it is one moment.
///
/// It holds back vacuum for as long as it is open: read, then close.
package struct PostgresSnapshot: Sendable {
    /// The transaction itself, for reading. A statement that fails in it ends the snapshot's use.
    package let connection: PostgresConnection
    /// The exported snapshot's name.
    package let id: String
    /// The transaction's start by the server's clock: all that was committed before it is in the snapshot.
    package let takenAt: PostgresTimestamp
    /// What the server said when the snapshot was taken.
    package let info: ServerInfo
    /// How workers connect.
    package let settings: PostgresSettings

    /// Connects, begins the transaction and exports its snapshot.
    package static func open(_ settings: PostgresSettings) async throws -> PostgresSnapshot {
        let connection = try await PostgresConnection.connect(settings)
        do {
            let info = try await ServerInfo.read(connection)
            try await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            let rows = try await connection.query(
                """
                SELECT pg_catalog.pg_export_snapshot() AS id,
                       (EXTRACT(epoch FROM pg_catalog.date_trunc('second', pg_catalog.now()))::pg_catalog.int8 * 1000000
                        + EXTRACT(microseconds FROM pg_catalog.now())::pg_catalog.int8 % 1000000) AS taken
                """)
            guard let row = rows.first else { throw PostgresError(.protocolViolation, "the server exported no snapshot") }
            return PostgresSnapshot(
                connection: connection, id: try row.text("id"), takenAt: PostgresTimestamp(microseconds: try row.int64("taken")),
                info: info,
                settings: settings)
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Another connection whose transaction sees exactly this snapshot.
    package func openWorker() async throws -> PostgresConnection {
        let worker = try await PostgresConnection.connect(settings)
        do {
            // The name comes from the server: hexadecimal digits and dashes.
            try await worker.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '\(id)'")
        } catch {
            await worker.close()
            throw error
        }
        return worker
    }

    /// Ends the transaction and the connection. Workers that are open keep their view.
    package func close() async { await connection.close() }
}
