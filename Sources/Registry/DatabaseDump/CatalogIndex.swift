internal import Postgres

/// An index of a table.
struct CatalogIndex: Sendable {
    /// `CREATE INDEX`; `nil` where a constraint brings the index, or where it is left out.
    let definition: String?
    /// What its table uses it for besides looking up.
    let roles: [String]
    let remark: String?

    /// All indexes of dumped tables, by schema, table and name.
    static func readAll(_ connection: PostgresConnection) async throws -> [CatalogIndex] {
        let rows = try await connection.query(
            """
            SELECT n.nspname, c.relname, i.relname AS index, pg_get_indexdef(x.indexrelid) AS definition, x.indisvalid, x.indisclustered, x.indisreplident,
                   EXISTS (SELECT FROM pg_constraint AS o WHERE o.conindid = i.oid AND o.conrelid = c.oid AND o.contype IN ('p', 'u', 'x')) AS hasconstraint
            FROM \(CatalogSQL.relations) JOIN pg_index AS x ON x.indrelid = c.oid JOIN pg_class AS i ON i.oid = x.indexrelid
            ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", i.relname COLLATE "C"
            """)
        return try rows.map { row in
            let schema = try row.text("nspname")
            let index = SQLText.name(try row.text("index"))
            let table = SQLText.name(schema, try row.text("relname"))
            guard try row.bool("indisvalid") else {
                let remark =
                    "index \(SQLText.name(schema)).\(index) is invalid, as a failed CREATE INDEX CONCURRENTLY leaves it, and was left out"
                return CatalogIndex(definition: nil, roles: [], remark: remark)
            }
            var roles: [String] = []
            if try row.bool("indisclustered") { roles.append("ALTER TABLE \(table) CLUSTER ON \(index)") }
            if try row.bool("indisreplident") { roles.append("ALTER TABLE ONLY \(table) REPLICA IDENTITY USING INDEX \(index)") }
            return CatalogIndex(definition: try row.bool("hasconstraint") ? nil : try row.text("definition"), roles: roles, remark: nil)
        }
    }
}
