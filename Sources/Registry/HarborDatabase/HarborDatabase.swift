package import Postgres

/// Harbor's rows, as one connection sees them: in a snapshot's transaction all answers are of one moment.
///
/// Names are qualified, since the connection has no search path. Nothing is ever written.
package struct HarborDatabase: Sendable {
    let connection: PostgresConnection

    /// Reads through `connection`, which stays the caller's.
    package init(connection: PostgresConnection) {
        self.connection = connection
    }

    /// Which schema this is. Throws `notHarbor` where the database is not Harbor's.
    package func schemaVersion() async throws -> SchemaVersion {
        // Other programs use golang-migrate's table too, so Harbor's own tables must be there as well.
        let tables = ["schema_migrations", "project", "artifact", "artifact_blob", "blob", "project_blob"]
        let missing = try await missingTables(tables)
        guard missing.isEmpty else {
            throw try await notHarbor("it lacks the table\(missing.count == 1 ? "" : "s") \(missing.joined(separator: ", "))")
        }
        let rows = try await connection.query("SELECT version, dirty FROM public.schema_migrations ORDER BY version DESC LIMIT 1")
        guard let row = rows.first else { throw try await notHarbor("its table schema_migrations is empty") }
        return SchemaVersion(version: Int(try row.int64("version")), isDirty: try row.bool("dirty"))
    }

    /// Everything from which the version of Harbor can be guessed. Throws as ``schemaVersion()``.
    package func versionHints() async throws -> VersionHints {
        let schema = try await schemaVersion()
        guard try await missingTables(["data_migrations"]).isEmpty else { return VersionHints(schema: schema, dataMigration: nil) }
        let rows = try await connection.query("SELECT max(version)::bigint AS version FROM public.data_migrations")
        return VersionHints(schema: schema, dataMigration: rows.first?["version"].flatMap { Int64($0) })
    }

    /// Which of `tables` are not there. A question that fails would end the transaction, so it is asked in a way that cannot.
    func missingTables(_ tables: [String]) async throws -> [String] {
        let rows = try await connection.query(
            "SELECT t.name FROM unnest($1::text[]) WITH ORDINALITY AS t(name, position) WHERE to_regclass('public.' || t.name) IS NULL ORDER BY t.position",
            [Self.array(tables)])
        return try rows.map { try $0.text("name") }
    }

    /// Runs a query over whole tables, with settings for this transaction only.
    ///
    /// Nested loops are switched off because they are quadratic where the server has not analysed its tables yet, as after a restore;
    /// compiling such a query costs more than it gains. Outside a transaction the settings have no effect.
    func overWholeTables<Value>(_ query: () async throws -> Value) async throws -> Value {
        _ = try await connection.query(
            "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true), set_config('enable_nestloop', 'off', true)")
        let value = try await query()
        // After an error the transaction is over, and the settings with it.
        _ = try await connection.query("SELECT set_config('enable_nestloop', 'on', true)")
        return value
    }

    /// A parameter of type `text[]` from words without special characters, such as digests.
    static func array(_ words: [String]) -> String { "{" + words.map { "\"\($0)\"" }.joined(separator: ",") + "}" }

    private func notHarbor(_ reason: String) async throws -> HarborDatabaseError {
        let name = try await connection.query("SELECT current_database() AS name").first?.text("name") ?? "?"
        return HarborDatabaseError(
            .notHarbor, "database '\(name)' is not Harbor's: \(reason)",
            remedy: "set database.name to Harbor's database, which is called 'registry' by default")
    }
}
