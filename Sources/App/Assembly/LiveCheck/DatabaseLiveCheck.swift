import DatabaseDump
import HarborDatabase
import Postgres

/// Tries what a backup needs of Harbor's database: logging in, reading everything, and a schema that is whole.
struct DatabaseLiveCheck: Sendable {
    let installation: Installation
    let section: DatabaseSection

    /// Database, server and role.
    var target: String { "\(section.name) on \(section.host):\(section.port) as \(section.user)" }

    private static let loginRemedy = "check host, port, role and password of 'database', and that the server admits this host"

    func rows() async -> [LiveCheck] {
        let connection: PostgresConnection
        do {
            connection = try await PostgresConnection.connect(try installation.databaseSettings())
        } catch {
            return [LiveCheck(.database, target, failedWith: error, remedy: Self.loginRemedy, better: installation.credentialRemedy(error))]
        }
        var rows = [await serverRow(connection)]
        rows.append(await row(.databaseRights, "give the role pg_read_all_data") { try await rightsRow(connection) })
        rows.append(await row(.schema, "name Harbor's database in 'database.name'") { try await schemaRow(connection) })
        await connection.close()
        return rows
    }

    private func row(_ name: LiveCheck.Name, _ remedy: String, _ check: () async throws -> LiveCheck) async -> LiveCheck {
        do {
            return try await check()
        } catch {
            return LiveCheck(name, target, failedWith: error, remedy: remedy)
        }
    }

    private func serverRow(_ connection: PostgresConnection) async -> LiveCheck {
        let number = await connection.serverVersion
        let supported = DatabaseDump.supportedMajors
        let detail = "logged in, PostgreSQL \(number / 10000).\(number % 10000)"
        guard !supported.contains(number / 10000) else { return LiveCheck(.database, target, .ok, detail) }
        let remedy = number / 10000 < supported.lowerBound ? "upgrade the server" : "upgrade opsd"
        return LiveCheck(
            .database, target, .failed(.configuration, remedy: remedy),
            "\(detail): the dump knows \(supported.lowerBound) to \(supported.upperBound)")
    }

    /// The dump reads every table and sequence of the database, not only those that opsd itself asks.
    private func rightsRow(_ connection: PostgresConnection) async throws -> LiveCheck {
        let rows = try await connection.query(Self.rightsQuery)
        let closed = try rows.filter { try !$0.bool("readable") }.map { try $0.text("name") }
        guard !closed.isEmpty else {
            return LiveCheck(.databaseRights, target, .ok, "may read all \(rows.count) tables and sequences")
        }
        let examples = closed.prefix(5).joined(separator: ", ") + (closed.count > 5 ? ", ..." : "")
        return LiveCheck(
            .databaseRights, target,
            .failed(.configuration, remedy: "run 'GRANT pg_read_all_data TO \"\(section.user)\"' as the database's administrator"),
            "may not read \(closed.count) of \(rows.count) tables and sequences: \(examples)")
    }

    private static let rightsQuery = """
        SELECT n.nspname || '.' || c.relname AS name,
               pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind
                   WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                   ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END AS readable
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        ORDER BY 1
        """

    private func schemaRow(_ connection: PostgresConnection) async throws -> LiveCheck {
        let schema = try await HarborDatabase(connection: connection).schemaVersion()
        let releases = schema.harborReleases.map { " (Harbor \($0))" } ?? ""
        if schema.isDirty {
            return LiveCheck(
                .schema, target,
                .failed(.damaged, remedy: "mend the migration with Harbor's own tools: Harbor does not start like this either"),
                "migration \(schema.version)\(releases) ended half way (dirty)")
        }
        guard schema.isTested else {
            return LiveCheck(
                .schema, target, .warning(remedy: "look for a newer opsd, and check a restore of this version"),
                "version \(schema.version)\(releases) is none of those that this opsd was tested with")
        }
        return LiveCheck(.schema, target, .ok, "version \(schema.version)\(releases), no migration under way")
    }
}

extension Installation {
    /// What to do about a credential that only the unit has; nil for any other error.
    func credentialRemedy(_ error: any Error) -> String? {
        guard let error = error as? ConfigurationError, error.code == .secret, (environment["CREDENTIALS_DIRECTORY"] ?? "").isEmpty,
            error.problem.contains("CREDENTIALS_DIRECTORY")
        else { return nil }
        return "run it with CREDENTIALS_DIRECTORY=/run/credentials/opsd.service while the unit runs, or name an absolute path"
    }
}
