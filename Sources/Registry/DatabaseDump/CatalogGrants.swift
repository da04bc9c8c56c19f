internal import Postgres

/// Privileges that differ from what a new object has by itself.
///
/// Owners are not dumped: everything belongs to the role that restores. A grant to a role that is missing there raises a warning.
struct CatalogGrants: Sendable {
    let statements: [String]
    let remarks: [String]

    static func read(_ connection: PostgresConnection) async throws -> CatalogGrants {
        let rows = try await connection.query(
            """
            WITH objects AS (\(objects))
            SELECT x.revoked, o.kind, o.identity, o.attname, x.privilege_type, x.is_grantable,
                   CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = o.owner AND o.kind <> 'schema' THEN 'CURRENT_USER' END AS keyword,
                   r.rolname
            FROM objects AS o, LATERAL (
                (SELECT true AS revoked, b.grantee, b.privilege_type, b.is_grantable FROM aclexplode(o.base) AS b
                 EXCEPT SELECT true, a.grantee, a.privilege_type, a.is_grantable FROM aclexplode(o.acl) AS a)
                UNION ALL
                (SELECT false, a.grantee, a.privilege_type, a.is_grantable FROM aclexplode(o.acl) AS a
                 EXCEPT SELECT false, b.grantee, b.privilege_type, b.is_grantable FROM aclexplode(o.base) AS b)) AS x
            LEFT JOIN pg_roles AS r ON r.oid = x.grantee
            ORDER BY 1 DESC, 2, 3, 4 NULLS FIRST, 8 NULLS FIRST, 7, 5
            """)
        return CatalogGrants(statements: try rows.map(statement), remarks: try await systemGrants(connection))
    }

    private static func statement(_ row: PostgresRow) throws -> String {
        let column = row["attname"].map { " (\(SQLText.name($0)))" } ?? ""
        let kind = try row.text("kind")
        let keyword =
            switch kind {
            case "table", "view": "TABLE"
            case "function", "procedure": "ROUTINE"
            default: kind.uppercased()
            }
        let what = "\(try row.text("privilege_type"))\(column) ON \(keyword) \(try row.text("identity"))"
        let isRevoked = try row.bool("revoked")
        let option = try row.bool("is_grantable") && !isRevoked ? " WITH GRANT OPTION" : ""
        func order(_ role: String) -> String { isRevoked ? "REVOKE \(what) FROM \(role)" : "GRANT \(what) TO \(role)\(option)" }
        if let keyword = row["keyword"] { return order(keyword) }
        let role = try row.text("rolname")
        let message = SQLText.literal("role \(role) does not exist here: \(what) was not restored")
        return "DO "
            + SQLText.dollarQuoted(
                """
                BEGIN
                    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = \(SQLText.literal(role))) THEN \(order(SQLText.name(role)));
                    ELSE RAISE WARNING USING MESSAGE = \(message); END IF;
                END
                """)
    }

    /// Every dumped object that has privileges of its own: what they are, and what they would be by themselves.
    private static let objects = """
        SELECT i.type AS kind, i.identity, NULL::name AS attname, c.relowner AS owner, c.relacl AS acl,
               acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner) AS base
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND c.relkind IN ('r', 'v', 'S') AND \(CatalogSQL.isDumpedRelation),
             LATERAL pg_identify_object('pg_class'::regclass, c.oid, 0) AS i WHERE c.relacl IS NOT NULL
        UNION ALL
        SELECT 'table', i.identity, a.attname, c.relowner, a.attacl, acldefault('c', c.relowner)
        FROM \(CatalogSQL.relations) JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped,
             LATERAL pg_identify_object('pg_class'::regclass, c.oid, 0) AS i WHERE a.attacl IS NOT NULL
        UNION ALL
        SELECT i.type, i.identity, NULL, p.proowner, p.proacl, acldefault('f', p.proowner)
        FROM pg_proc AS p, LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
        WHERE p.proacl IS NOT NULL AND \(CatalogSQL.isUserObject("pg_proc", "p.oid")) AND \(CatalogSQL.isUserSchema("i.schema"))
        UNION ALL
        SELECT 'type', i.identity, NULL, t.typowner, t.typacl, acldefault('T', t.typowner)
        FROM pg_type AS t, LATERAL pg_identify_object('pg_type'::regclass, t.oid, 0) AS i
        WHERE t.typacl IS NOT NULL AND t.typtype = 'e' AND \(CatalogSQL.isUserObject("pg_type", "t.oid"))
        UNION ALL
        SELECT 'schema', i.identity, NULL, n.nspowner, n.nspacl, coalesce(v.initprivs, acldefault('n', n.nspowner))
        FROM pg_namespace AS n
        LEFT JOIN pg_init_privs AS v ON v.classoid = 'pg_namespace'::regclass AND v.objoid = n.oid AND v.privtype = 'i',
        LATERAL pg_identify_object('pg_namespace'::regclass, n.oid, 0) AS i
        WHERE n.nspacl IS NOT NULL AND \(CatalogSQL.isUserSchema("n.nspname")) AND NOT \(CatalogSQL.isExtensionMember("pg_namespace", "n.oid"))
        """

    /// Changed privileges on objects of the system or of extensions, which the restored server brings along itself. What initdb grants
    /// on the information schema is not recorded anywhere, so that schema is passed over.
    private static func systemGrants(_ connection: PostgresConnection) async throws -> [String] {
        let catalogs = [
            ("pg_class", "relacl"), ("pg_proc", "proacl"), ("pg_namespace", "nspacl"), ("pg_language", "lanacl"), ("pg_type", "typacl"),
        ]
        let parts = catalogs.map { catalog, acl in
            """
            SELECT i.type || ' ' || i.identity AS name FROM \(catalog) AS t
            LEFT JOIN pg_init_privs AS v ON v.classoid = '\(catalog)'::regclass AND v.objoid = t.oid AND v.objsubid = 0,
            LATERAL pg_identify_object('\(catalog)'::regclass, t.oid, 0) AS i
            WHERE NOT \(CatalogSQL.isUserObject(catalog, "t.oid")) AND t.\(acl) IS NOT NULL AND t.\(acl) IS DISTINCT FROM v.initprivs
              AND i.identity NOT IN ('public', 'information_schema') AND i.schema IS DISTINCT FROM 'information_schema'
            """
        }
        let rows = try await connection.query("SELECT name FROM (\(parts.joined(separator: " UNION ALL "))) AS s ORDER BY 1")
        return try rows.map { "changed privileges on \(try $0.text("name")) are the system's or an extension's and were left out" }
    }
}
