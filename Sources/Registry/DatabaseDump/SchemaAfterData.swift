internal import Postgres

/// What is made after the last row: indexes, constraints, triggers, comments, grants.
struct SchemaAfterData: Sendable {
    let statements: [String]
    /// What is left out although it is no object; for people.
    let remarks: [String]

    /// Reads the catalogs.
    static func read(_ connection: PostgresConnection) async throws -> SchemaAfterData {
        let indexes = try await CatalogIndex.readAll(connection)
        let grants = try await CatalogGrants.read(connection)
        var statements = indexes.compactMap(\.definition)
        statements += try await constraints(connection)
        statements += indexes.flatMap(\.roles)
        statements += try await replicaIdentities(connection)
        statements += try await triggers(connection)
        statements += try await comments(connection)
        statements += grants.statements
        return SchemaAfterData(statements: statements, remarks: indexes.compactMap(\.remark) + grants.remarks)
    }

    /// Foreign keys last: they need the unique indexes of other tables.
    private static func constraints(_ connection: PostgresConnection) async throws -> [String] {
        let rows = try await connection.query(
            """
            SELECT n.nspname, c.relname, o.conname, pg_get_constraintdef(o.oid) AS definition
            FROM \(CatalogSQL.relations) JOIN pg_constraint AS o ON o.conrelid = c.oid
            WHERE o.contype IN ('p', 'u', 'x', 'c', 'f')
            ORDER BY strpos('puxcf', o.contype::text), n.nspname COLLATE "C", c.relname COLLATE "C", o.conname COLLATE "C"
            """)
        return try rows.map { row in
            let table = SQLText.name(try row.text("nspname"), try row.text("relname"))
            return "ALTER TABLE ONLY \(table) ADD CONSTRAINT \(SQLText.name(try row.text("conname"))) \(try row.text("definition"))"
        }
    }

    private static func replicaIdentities(_ connection: PostgresConnection) async throws -> [String] {
        let rows = try await connection.query(
            """
            SELECT n.nspname, c.relname, CASE c.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END AS identity
            FROM \(CatalogSQL.relations) WHERE c.relkind = 'r' AND c.relreplident IN ('f', 'n') ORDER BY 1, 2
            """)
        return try rows.map {
            "ALTER TABLE ONLY \(SQLText.name(try $0.text("nspname"), try $0.text("relname"))) REPLICA IDENTITY \(try $0.text("identity"))"
        }
    }

    private static func triggers(_ connection: PostgresConnection) async throws -> [String] {
        let rows = try await connection.query(
            """
            SELECT n.nspname, c.relname, t.tgname, pg_get_triggerdef(t.oid) AS definition, t.tgenabled
            FROM \(CatalogSQL.relations) JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal
            ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", t.tgname COLLATE "C"
            """)
        return try rows.flatMap { row in
            let table = SQLText.name(try row.text("nspname"), try row.text("relname"))
            let mode: String? =
                switch try row.text("tgenabled") {
                case "D": "DISABLE"
                case "R": "ENABLE REPLICA"
                case "A": "ENABLE ALWAYS"
                default: nil
                }
            let name = SQLText.name(try row.text("tgname"))
            return [try row.text("definition")] + (mode.map { ["ALTER TABLE ONLY \(table) \($0) TRIGGER \(name)"] } ?? [])
        }
    }

    /// `pg_identify_object` writes names just as COMMENT ON wants them.
    private static func comments(_ connection: PostgresConnection) async throws -> [String] {
        let rows = try await connection.query(
            """
            SELECT o.type, o.identity, d.description
            FROM pg_description AS d, LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
            WHERE (d.objoid >= \(CatalogSQL.firstUserOID)
                   AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
                   AND (o.schema IS NULL OR \(CatalogSQL.isUserSchema("o.schema"))))
               OR (d.classoid = 'pg_namespace'::regclass AND o.identity = 'public' AND d.description <> 'standard public schema')
            ORDER BY 1, 2
            """)
        return try rows.map { row in
            let type = try row.text("type")
            let keyword =
                switch type {
                case "table column", "view column": "COLUMN"
                case "table constraint": "CONSTRAINT"
                default: type.uppercased()
                }
            return "COMMENT ON \(keyword) \(try row.text("identity")) IS \(SQLText.literal(try row.text("description")))"
        }
    }
}
