package import HarborLab
import LabServers
package import Postgres
import Synchronization

/// The lab's database, as its owner: a few connections, made when they are needed.
package final class StandInDatabase: Sendable {
    private let settings: PostgresSettings
    private let idle = Mutex<[PostgresConnection]>([])

    /// The database of `lab`. Nothing is connected yet.
    package init(lab: HarborLab) {
        settings = PostgresSettings(
            host: "127.0.0.1", port: lab.cluster.port, database: lab.database.name, user: lab.cluster.superuser,
            password: Secret(lab.cluster.password), sslmode: .disable, applicationName: "harbor-core")
    }

    /// Runs one statement and returns its rows. Parameters stand in it as `$1`, `$2` ... Throws `PostgresError`.
    @discardableResult
    package func query(_ sql: String, _ parameters: [String?] = []) async throws -> [PostgresRow] {
        try await connected { try await $0.query(sql, parameters) }
    }

    /// Runs several statements without parameters, as one transaction. Throws `PostgresError`.
    package func execute(_ sql: String) async throws {
        try await connected { try await $0.execute(sql) }
    }

    /// Runs `work` in a transaction that is rolled back when it throws. Throws `PostgresError` and what `work` throws.
    package func transaction<Value: Sendable>(_ work: @Sendable (PostgresConnection) async throws -> Value) async throws -> Value {
        try await connected { connection in
            try await connection.execute("BEGIN")
            let value = try await work(connection)
            try await connection.execute("COMMIT")
            return value
        }
    }

    /// The value of one row's one column; nil for no row and for NULL. Throws `PostgresError`.
    package func value(_ sql: String, _ parameters: [String?] = []) async throws -> String? { try await query(sql, parameters).first?[0] }

    /// Closes the connections that nobody uses now.
    package func close() async {
        let connections = idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
        for connection in connections { await connection.close() }
    }

    /// A connection that failed is closed, and with it its transaction.
    private func connected<Value: Sendable>(_ work: @Sendable (PostgresConnection) async throws -> Value) async throws -> Value {
        let connection: PostgresConnection
        if let known = idle.withLock({ $0.popLast() }) {
            connection = known
        } else {
            connection = try await .connect(settings)
            try await connection.execute("SET search_path = public")
        }
        do {
            let value = try await work(connection)
            idle.withLock { $0.append(connection) }
            return value
        } catch {
            await connection.close()
            throw error
        }
    }
}
