internal import Postgres

/// An ordinary table as the catalogs describe it.
struct CatalogTable: Sendable {
    let oid: String
    let schema: String
    let name: String
    /// Bytes on disk, of the main fork.
    let size: Int64
    private let isUnlogged: Bool
    /// Storage parameters, ready for `WITH (...)`.
    private let options: String?
    private let columns: [CatalogColumn]

    var sqlName: String { SQLText.name(schema, name) }

    /// The columns that COPY carries: generated ones are computed anew.
    var storedColumns: [String] { columns.filter { !$0.isGenerated }.map(\.name) }

    /// All tables of the database, by schema and name.
    static func readAll(_ connection: PostgresConnection) async throws -> [CatalogTable] {
        let columns = try await CatalogColumn.readAll(connection)
        let rows = try await connection.query(
            """
            SELECT c.oid, n.nspname, c.relname, c.relpersistence = 'u' AS unlogged, coalesce(pg_relation_size(c.oid), 0) AS size,
                   nullif(concat_ws(', ',
                       (SELECT string_agg(format('%I=%L', o.option_name, o.option_value), ', ') FROM pg_options_to_table(c.reloptions) AS o),
                       (SELECT string_agg(format('toast.%I=%L', o.option_name, o.option_value), ', ') FROM pg_options_to_table(t.reloptions) AS o)),
                   '') AS options
            FROM \(CatalogSQL.relations) LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
            WHERE c.relkind = 'r' ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
            """)
        return try rows.map { row in
            let oid = try row.text("oid")
            return CatalogTable(
                oid: oid, schema: try row.text("nspname"), name: try row.text("relname"), size: try row.int64("size"),
                isUnlogged: try row.bool("unlogged"), options: row["options"], columns: columns[oid] ?? [])
        }
    }

    /// The names of all tables as SQL writes them, read without touching a table: even asking for its size waits for its lock.
    static func names(_ connection: PostgresConnection) async throws -> [String] {
        let rows = try await connection.query(
            "SELECT n.nspname, c.relname FROM \(CatalogSQL.relations) WHERE c.relkind = 'r' ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\""
        )
        return try rows.map { SQLText.name(try $0.text("nspname"), try $0.text("relname")) }
    }

    /// `CREATE TABLE`, and what a column keeps besides its type. `identities` holds the options of identity columns' sequences.
    func definition(identities: [ColumnKey: String]) -> [String] {
        let body = columns.map { "\n    " + $0.definition(identity: identities[ColumnKey(table: oid, column: $0.number)]) }
        let with = options.map { " WITH (\($0))" } ?? ""
        let create = "CREATE \(isUnlogged ? "UNLOGGED " : "")TABLE \(sqlName) (\(body.joined(separator: ","))\n)\(with)"
        return [create] + columns.flatMap(\.settings).map { "ALTER TABLE ONLY \(sqlName) \($0)" }
    }
}
