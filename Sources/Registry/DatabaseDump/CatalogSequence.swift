internal import Postgres

/// A sequence as the catalogs describe it.
struct CatalogSequence: Sendable {
    let oid: String
    let schema: String
    let name: String
    private let isUnlogged: Bool
    private let type: String
    private let options: String
    /// The column that it belongs to, as `"schema"."table"."column"`.
    private let ownerColumn: String?
    private let ownerKey: ColumnKey?
    /// It is part of an identity column and comes with it.
    let isIdentity: Bool

    var sqlName: String { SQLText.name(schema, name) }

    /// All sequences of the database, by schema and name.
    static func readAll(_ connection: PostgresConnection) async throws -> [CatalogSequence] {
        let rows = try await connection.query(
            """
            SELECT c.oid, n.nspname, c.relname, c.relpersistence = 'u' AS unlogged, format_type(s.seqtypid, NULL) AS type,
                   format('INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s', s.seqincrement, s.seqmin, s.seqmax, s.seqstart,
                          s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) AS options,
                   d.refobjid, d.refobjsubid, tn.nspname AS tableschema, t.relname AS tablename, a.attname, coalesce(d.deptype = 'i', false) AS identity
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND c.relkind = 'S' AND \(CatalogSQL.isDumpedRelation)
            JOIN pg_sequence AS s ON s.seqrelid = c.oid
            LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                 AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
            LEFT JOIN pg_class AS t ON t.oid = d.refobjid LEFT JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
            LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
            """)
        return try rows.map { row in
            var owner: String?
            var key: ColumnKey?
            if let schema = row["tableschema"], let table = row["tablename"], let column = row["attname"] {
                owner = SQLText.name(schema, table) + "." + SQLText.name(column)
                key = ColumnKey(table: try row.text("refobjid"), column: try row.text("refobjsubid"))
            }
            return CatalogSequence(
                oid: try row.text("oid"), schema: try row.text("nspname"), name: try row.text("relname"),
                isUnlogged: try row.bool("unlogged"),
                type: try row.text("type"), options: try row.text("options"), ownerColumn: owner, ownerKey: key,
                isIdentity: try row.bool("identity"))
        }
    }

    /// What stands in the parentheses of `GENERATED ... AS IDENTITY`, by column.
    static func identities(_ sequences: [CatalogSequence]) -> [ColumnKey: String] {
        var identities: [ColumnKey: String] = [:]
        for sequence in sequences where sequence.isIdentity {
            if let key = sequence.ownerKey { identities[key] = "SEQUENCE NAME \(sequence.sqlName) \(sequence.options)" }
        }
        return identities
    }

    /// `CREATE SEQUENCE`; its owner is named later, when the table is there.
    var definition: String { "CREATE \(isUnlogged ? "UNLOGGED " : "")SEQUENCE \(sqlName) AS \(type) \(options)" }

    /// Ties it to its column, so that dropping the column drops it.
    var ownership: String? { isIdentity ? nil : ownerColumn.map { "ALTER SEQUENCE \(sqlName) OWNED BY \($0)" } }

    /// Statements that set every sequence to where it stands now.
    ///
    /// Sequences are not transactional: read inside a snapshot they still answer with the present, which is never behind the rows of the snapshot.
    static func positions(_ sequences: [CatalogSequence], _ connection: PostgresConnection) async throws -> [String] {
        var statements: [String] = []
        for sequence in sequences {
            guard let row = try await connection.query("SELECT last_value, is_called FROM \(sequence.sqlName)").first else { continue }
            let called = try row.bool("is_called")
            statements.append("SELECT pg_catalog.setval(\(SQLText.literal(sequence.sqlName)), \(try row.int64("last_value")), \(called))")
        }
        return statements
    }
}
