internal import Postgres

/// What must exist before the first row: schemas, extensions, types, functions, sequences, tables, views.
struct SchemaBeforeData: Sendable {
    let tables: [CatalogTable]
    let sequences: [CatalogSequence]
    /// In an order in which each works.
    let statements: [String]

    /// Reads the catalogs. Throws code `unsupportedObjects` where objects depend on each other in a circle.
    static func read(_ connection: PostgresConnection) async throws -> SchemaBeforeData {
        let tables = try await CatalogTable.readAll(connection)
        let sequences = try await CatalogSequence.readAll(connection)
        let identities = CatalogSequence.identities(sequences)
        var objects = try await types(connection)
        objects += try await functions(connection)
        objects += sequences.filter { !$0.isIdentity }.map { Object("pg_class", $0.oid, $0.sqlName, [$0.definition]) }
        objects += tables.map { Object("pg_class", $0.oid, $0.sqlName, $0.definition(identities: identities)) }
        objects += try await views(connection)
        let byKey = Dictionary(objects.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let order: [String]
        do {
            order = try DependencyOrder.sorted(objects.map(\.key), dependencies: try await dependencies(connection))
        } catch let cycle as DependencyOrder.Cycle<String> {
            let names = cycle.nodes.compactMap { byKey[$0]?.name }.joined(separator: "; ")
            throw DumpError(
                .unsupportedObjects, "objects depend on each other in a circle: \(names)",
                remedy: "break the circle, or back this database up with pg_dump")
        }
        // A function's body may name tables that are not there yet.
        let statements =
            ["SET check_function_bodies = off"] + (try await schemas(connection)) + (try await extensions(connection))
            + order.compactMap { byKey[$0] }.flatMap(\.statements) + sequences.compactMap(\.ownership)
        return SchemaBeforeData(tables: tables, sequences: sequences, statements: statements)
    }

    /// Something that others may depend on.
    private struct Object {
        let key: String
        let name: String
        let statements: [String]

        init(_ catalog: String, _ oid: String, _ name: String, _ statements: [String]) {
            key = catalog + ":" + oid
            self.name = name
            self.statements = statements
        }
    }

    private static func schemas(_ connection: PostgresConnection) async throws -> [String] {
        let rows = try await connection.query(
            """
            SELECT n.nspname FROM pg_namespace AS n
            WHERE \(CatalogSQL.isUserSchema("n.nspname")) AND NOT \(CatalogSQL.isExtensionMember("pg_namespace", "n.oid")) ORDER BY n.nspname COLLATE "C"
            """)
        return try rows.map { row in
            let name = try row.text("nspname")
            guard name == "public" else { return "CREATE SCHEMA \(SQLText.name(name))" }
            // A new database has this one already, as a rule.
            return "DO "
                + SQLText.dollarQuoted(
                    "BEGIN IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'public') THEN CREATE SCHEMA public; END IF; END")
        }
    }

    private static func extensions(_ connection: PostgresConnection) async throws -> [String] {
        let rows = try await connection.query(
            """
            SELECT e.extname, n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
            WHERE e.oid >= \(CatalogSQL.firstUserOID) ORDER BY e.oid
            """)
        return try rows.map {
            "CREATE EXTENSION IF NOT EXISTS \(SQLText.name(try $0.text("extname"))) WITH SCHEMA \(SQLText.name(try $0.text("nspname")))"
        }
    }

    private static func types(_ connection: PostgresConnection) async throws -> [Object] {
        let rows = try await connection.query(
            """
            SELECT t.oid, n.nspname, t.typname,
                   (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid) AS labels
            FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
            WHERE t.typtype = 'e' AND \(CatalogSQL.isUserObject("pg_type", "t.oid")) AND \(CatalogSQL.isUserSchema("n.nspname"))
            ORDER BY n.nspname COLLATE "C", t.typname COLLATE "C"
            """)
        return try rows.map { row in
            let name = SQLText.name(try row.text("nspname"), try row.text("typname"))
            return Object("pg_type", try row.text("oid"), name, ["CREATE TYPE \(name) AS ENUM (\(row["labels"] ?? ""))"])
        }
    }

    private static func functions(_ connection: PostgresConnection) async throws -> [Object] {
        let rows = try await connection.query(
            """
            SELECT p.oid, n.nspname, p.proname, pg_get_functiondef(p.oid) AS definition
            FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE p.prokind IN ('f', 'p', 'w') AND \(CatalogSQL.isUserObject("pg_proc", "p.oid")) AND \(CatalogSQL.isUserSchema("n.nspname"))
            ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C", p.oid
            """)
        return try rows.map {
            Object("pg_proc", try $0.text("oid"), SQLText.name(try $0.text("nspname"), try $0.text("proname")), [try $0.text("definition")])
        }
    }

    private static func views(_ connection: PostgresConnection) async throws -> [Object] {
        let rows = try await connection.query(
            """
            SELECT c.oid, n.nspname, c.relname, pg_get_viewdef(c.oid) AS definition,
                   (SELECT string_agg(format('%I=%L', o.option_name, o.option_value), ', ') FROM pg_options_to_table(c.reloptions) AS o) AS options
            FROM \(CatalogSQL.relations) WHERE c.relkind = 'v' ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
            """)
        return try rows.map { row in
            let name = SQLText.name(try row.text("nspname"), try row.text("relname"))
            var body = try row.text("definition")
            if body.hasSuffix(";") { body.removeLast() }
            let with = row["options"].map { " WITH (\($0))" } ?? ""
            return Object("pg_class", try row.text("oid"), name, ["CREATE VIEW \(name)\(with) AS\n\(body)"])
        }
    }

    /// Who needs whom, with defaults counted as their table, rules as their view, row and array types as what they are made of.
    private static func dependencies(_ connection: PostgresConnection) async throws -> [String: Set<String>] {
        let rows = try await connection.query(
            """
            SELECT DISTINCT
                CASE WHEN coalesce(ad.oid, rw.oid) IS NULL THEN d.classid::regclass::text ELSE 'pg_class' END || ':' || coalesce(ad.adrelid, rw.ev_class, d.objid)
                    AS object,
                CASE WHEN coalesce(nullif(et.typrelid, 0), nullif(rt.typrelid, 0)) IS NULL THEN d.refclassid::regclass::text ELSE 'pg_class' END || ':'
                    || coalesce(nullif(et.typrelid, 0), nullif(rt.typrelid, 0), et.oid, d.refobjid) AS needed
            FROM pg_depend AS d
            LEFT JOIN pg_attrdef AS ad ON d.classid = 'pg_attrdef'::regclass AND ad.oid = d.objid
            LEFT JOIN pg_rewrite AS rw ON d.classid = 'pg_rewrite'::regclass AND rw.oid = d.objid
            LEFT JOIN pg_type AS rt ON d.refclassid = 'pg_type'::regclass AND rt.oid = d.refobjid
            LEFT JOIN pg_type AS et ON et.typarray = rt.oid
            WHERE d.refobjid >= \(CatalogSQL.firstUserOID) AND d.deptype IN ('n', 'a', 'i')
              AND d.refclassid IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass)
              AND NOT (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT oid FROM pg_class WHERE relkind = 'S'))
            """)
        var needs: [String: Set<String>] = [:]
        for row in rows { needs[try row.text("object"), default: []].insert(try row.text("needed")) }
        return needs
    }
}
