import LabServers
import Postgres
import Testing

/// A database of its own in the server that this process's tests share; both are gone with the process.
struct TestDatabase: Sendable {
    let cluster: PostgresCluster
    let name: String
    let settings: PostgresSettings

    init() throws {
        cluster = try PostgresCluster.shared
        name = try cluster.makeDatabase("adapter")
        settings = PostgresSettings(
            host: "127.0.0.1", port: cluster.port, database: name, user: cluster.superuser, password: Secret(cluster.password),
            sslmode: .disable)
    }

    func connect() async throws -> PostgresConnection { try await PostgresConnection.connect(settings) }
}

/// Runs `body` and answers the `PostgresError` that it throws.
func postgresError(_ body: () async throws -> Void) async throws -> PostgresError {
    var caught: PostgresError?
    do {
        try await body()
    } catch let error as PostgresError {
        caught = error
    }
    return try #require(caught, "nothing was thrown")
}
