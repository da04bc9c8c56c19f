internal import Postgres

/// Whether a database is as `CREATE DATABASE` leaves it.
enum EmptyDatabase {
    /// Throws code `databaseNotEmpty` with some of the names. Array types come with others, and those of extensions are not marked as theirs.
    static func require(_ connection: PostgresConnection) async throws {
        let catalogs = [
            "pg_class", "pg_proc", "pg_type", "pg_operator", "pg_namespace", "pg_event_trigger", "pg_publication", "pg_foreign_server",
            "pg_cast",
        ]
        let parts = catalogs.map { catalog in
            """
            SELECT i.type || ' ' || i.identity AS name FROM \(catalog) AS t, LATERAL pg_identify_object('\(catalog)'::regclass, t.oid, 0) AS i
            WHERE \(CatalogSQL.isUserObject(catalog, "t.oid")) AND i.identity !~ '^pg_(toast|temp)' AND i.type NOT IN ('index', 'toast table')
              AND i.identity !~ '[[][]]$'
            """
        }
        let large = "SELECT 'large object ' || oid FROM pg_largeobject_metadata"
        let rows = try await connection.query("SELECT name FROM (\((parts + [large]).joined(separator: " UNION ALL "))) AS o ORDER BY 1")
        guard !rows.isEmpty else { return }
        let names = try rows.prefix(10).map { try $0.text("name") }.joined(separator: ", ")
        throw DumpError(
            .databaseNotEmpty,
            "the database \(connection.settings) is not empty: \(names)\(rows.count > 10 ? " and \(rows.count - 10) more" : "")",
            remedy: "create a new database from template0 and load into that")
    }
}
