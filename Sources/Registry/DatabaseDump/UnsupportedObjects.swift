internal import Postgres

/// Finds every object that the dump would not carry, so that the backup fails by name instead of leaving something out.
///
/// The dump's queries select what they know. The questions here are the complement: whatever a user made, in any catalog, that
/// no such query covers.
enum UnsupportedObjects {
    /// Throws code `unsupportedObjects` with all of them.
    static func refuse(_ connection: PostgresConnection) async throws {
        let version = await connection.serverVersion
        let questions = relationQuestions(version) + routineAndTypeQuestions + catalogQuestions + [subscriptions(version)]
        let union = questions.map { question in
            "SELECT \(SQLText.literal(question.kind)) AS kind, q.classid, q.objid, q.sub FROM (\(question.sql)) AS q(classid, objid, sub)"
        }
        let rows = try await connection.query(
            """
            SELECT a.kind, coalesce(o.identity, a.objid::text) AS identity
            FROM (\(union.joined(separator: " UNION ALL "))) AS a, LATERAL pg_identify_object(a.classid, a.objid, a.sub) AS o
            ORDER BY 1, 2
            """)
        guard !rows.isEmpty else { return }
        let names = try rows.map { "\(try $0.text("kind")) \(try $0.text("identity"))" }
        throw DumpError(
            .unsupportedObjects, "the database holds \(names.count) object(s) that the dump cannot carry: \(names.joined(separator: "; "))",
            remedy: "move them to another database, or back this one up with pg_dump")
    }

    /// One kind of object, and the query that finds it: columns `classid`, `objid`, `sub`.
    private struct Question {
        let kind: String
        let sql: String

        init(_ kind: String, _ sql: String) {
            self.kind = kind
            self.sql = sql
        }

        /// Every user's row of `catalog`.
        init(_ kind: String, all catalog: String, where condition: String = "true") {
            self.init(
                kind,
                """
                SELECT '\(catalog)'::regclass, o.oid, 0 FROM \(catalog) AS o
                WHERE \(CatalogSQL.isUserObject(catalog, "o.oid")) AND \(condition)
                """)
        }
    }

    private static let userRelation = "pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND \(CatalogSQL.isDumpedRelation)"

    private static func relation(_ condition: String) -> String {
        "SELECT 'pg_class'::regclass, c.oid, 0 FROM \(userRelation) WHERE \(condition)"
    }

    private static func relationQuestions(_ version: Int) -> [Question] {
        var questions = [
            Question("composite type", relation("c.relkind = 'c'")),
            Question("materialized view", relation("c.relkind = 'm'")),
            Question("foreign table", relation("c.relkind = 'f'")),
            Question("partitioned table or index", relation("c.relkind IN ('p', 'I')")),
            Question("relation of unknown kind", relation("c.relkind NOT IN ('r', 'S', 'v', 'i', 't', 'c', 'm', 'f', 'p', 'I')")),
            Question("typed table", relation("c.reloftype <> 0")),
            Question("inheritance of", relation("c.oid IN (SELECT inhrelid FROM pg_inherits)")),
            Question("row security of", relation("c.relrowsecurity OR c.relforcerowsecurity")),
            Question("tablespace of", relation("c.reltablespace <> 0")),
            Question("access method of table", relation("c.relkind = 'r' AND c.relam <> (SELECT oid FROM pg_am WHERE amname = 'heap')")),
            Question("default of a view's column in", relation("c.relkind = 'v' AND c.oid IN (SELECT adrelid FROM pg_attrdef)")),
            Question(
                "statistics target of an index column in",
                relation(
                    "c.relkind = 'i' AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND coalesce(a.attstattarget, -1) <> -1)"
                )),
            Question(
                "disabled constraint trigger on",
                relation("c.oid IN (SELECT tgrelid FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'O')")),
            Question("rule", all: "pg_rewrite", where: "o.rulename <> '_RETURN' AND o.ev_class >= \(CatalogSQL.firstUserOID)"),
            Question("policy", all: "pg_policy"),
            Question(
                "constraint of unknown kind", all: "pg_constraint",
                where: "(o.contype NOT IN ('p', 'u', 'x', 'c', 'f', 't', 'n') OR o.contypid <> 0)"),
            Question("constraint not validated", all: "pg_constraint", where: "o.contype = 'n' AND NOT o.convalidated"),
            Question(
                "view that needs a constraint",
                """
                SELECT 'pg_class'::regclass, w.ev_class, 0 FROM pg_rewrite AS w
                JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_constraint'::regclass
                WHERE \(CatalogSQL.isUserObject("pg_class", "w.ev_class"))
                """),
            Question(
                "table of an extension",
                """
                SELECT 'pg_class'::regclass, c.oid, 0 FROM pg_class AS c
                WHERE c.oid >= \(CatalogSQL.firstUserOID) AND c.relkind IN ('r', 'p', 'm', 'f', 'S') AND \(CatalogSQL.isExtensionMember("pg_class", "c.oid"))
                """),
        ]
        // Since 18 a NOT NULL that is not inherited by children is a property of its own; it cannot be told from the column.
        if version >= 18_00_00 {
            questions.append(Question("constraint without inheritance", all: "pg_constraint", where: "o.contype = 'n' AND o.connoinherit"))
        }
        return questions
    }

    private static var routineAndTypeQuestions: [Question] {
        let language = "o.prolang NOT IN (SELECT oid FROM pg_language WHERE lanname IN ('plpgsql', 'sql'))"
        let isArray = "EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = o.oid)"
        return [
            Question("aggregate", all: "pg_proc", where: "o.prokind = 'a'"),
            Question("routine of unknown kind", all: "pg_proc", where: "o.prokind NOT IN ('f', 'p', 'w', 'a')"),
            Question("routine in an unknown language", all: "pg_proc", where: "o.prokind <> 'a' AND \(language)"),
            // Arrays and the row types of relations come and go with what they belong to; composite types count as relations above.
            Question("type", all: "pg_type", where: "o.typtype NOT IN ('e', 'c') AND NOT \(isArray)"),
        ]
            + ["pg_class:relnamespace", "pg_proc:pronamespace"].map { place in
                let parts = place.split(separator: ":")
                return Question(
                    "object in a system schema", all: String(parts[0]),
                    where: "o.\(parts[1]) IN (SELECT oid FROM pg_namespace WHERE nspname = 'pg_catalog')")
            }
    }

    /// Before 14 the OID of a subscription can be read by superusers only.
    private static func subscriptions(_ version: Int) -> Question {
        let oid = version >= 14_00_00 ? "s.oid" : "0::oid"
        return Question(
            "subscription",
            """
            SELECT 'pg_subscription'::regclass, \(oid), 0 FROM pg_subscription AS s
            JOIN pg_database AS d ON d.oid = s.subdbid AND d.datname = current_database()
            """)
    }

    private static let catalogQuestions =
        [
            Question(
                "extension with configuration tables",
                "SELECT 'pg_extension'::regclass, oid, 0 FROM pg_extension WHERE extconfig IS NOT NULL"),
            Question("dependency on an extension of", "SELECT classid, objid, objsubid FROM pg_depend WHERE deptype = 'x'"),
            Question("security label on", "SELECT classoid, objoid, objsubid FROM pg_seclabel WHERE objoid >= \(CatalogSQL.firstUserOID)"),
            Question("large object", "SELECT 'pg_largeobject'::regclass, oid, 0 FROM pg_largeobject_metadata"),
        ]
        + [
            ("event trigger", "pg_event_trigger"), ("publication", "pg_publication"), ("foreign-data wrapper", "pg_foreign_data_wrapper"),
            ("foreign server", "pg_foreign_server"), ("collation", "pg_collation"), ("operator", "pg_operator"),
            ("operator class", "pg_opclass"),
            ("operator family", "pg_opfamily"), ("conversion", "pg_conversion"), ("text search configuration", "pg_ts_config"),
            ("text search dictionary", "pg_ts_dict"), ("text search parser", "pg_ts_parser"), ("text search template", "pg_ts_template"),
            ("extended statistics", "pg_statistic_ext"), ("cast", "pg_cast"), ("transform", "pg_transform"), ("access method", "pg_am"),
            ("language", "pg_language"), ("default privileges", "pg_default_acl"),
        ].map { Question($0.0, all: $0.1) }
        + [("operator of a system family", "pg_amop"), ("function of a system family", "pg_amproc")].map { kind, catalog in
            let family = catalog == "pg_amop" ? "o.amopfamily" : "o.amprocfamily"
            return Question(kind, all: catalog, where: "\(family) < \(CatalogSQL.firstUserOID)")
        }
}
