import HarborLab
import LabServers
import Testing

@Suite("Harbor's schema", .enabled(if: PostgresCluster.available(), "skipped: there is no PostgreSQL server on this host"))
struct HarborSchemaTests {
    /// A catalog query and what Harbor 2.15 answers (harbor-facts 3.1).
    struct Count: Sendable, CustomTestStringConvertible {
        let what: String
        let query: String
        let expected: String
        var testDescription: String { what }

        static let all: [Count] = [
            Count(what: "tables", query: relations("r"), expected: "49"),
            Count(what: "sequences", query: relations("S"), expected: "47"),
            Count(what: "indexes", query: relations("i"), expected: "119"),
            Count(what: "views, partitions, foreign tables", query: relations("v,m,p,f,I"), expected: "0"),
            Count(what: "primary keys", query: constraints("p"), expected: "48"),
            Count(what: "unique constraints", query: constraints("u"), expected: "43"),
            Count(what: "foreign keys", query: constraints("f"), expected: "13"),
            Count(what: "cascading foreign keys", query: constraints("f") + " AND confdeltype = 'c'", expected: "3"),
            Count(what: "check and exclusion constraints", query: constraints("c,x"), expected: "0"),
            Count(what: "triggers", query: "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal", expected: "10"),
            Count(
                what: "functions", query: "SELECT string_agg(proname, ',') FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
                expected: "update_update_time_at_column"),
            Count(what: "extensions", query: "SELECT string_agg(extname, ',') FROM pg_extension", expected: "plpgsql"),
            Count(
                what: "sequences that no column owns",
                query: "SELECT count(*) FROM pg_class c WHERE relkind = 'S' AND NOT EXISTS "
                    + "(SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'a')", expected: "0"),
            Count(
                what: "the tables without a primary key",
                query: "SELECT string_agg(relname, ',') FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
                    + "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')", expected: "alembic_version"),
            Count(
                what: "indexes that are not btree",
                query: "SELECT string_agg(c.relname, ',') FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relkind = 'i' "
                    + "AND relnamespace = 'public'::regnamespace AND amname <> 'btree'", expected: "idx_task_extra_attrs_report_uuids"),
            Count(
                what: "unique indexes without a constraint",
                query: "SELECT string_agg(indexrelid::regclass::text, ',') FROM pg_index JOIN pg_class c ON c.oid = indexrelid "
                    + "WHERE indisunique AND relnamespace = 'public'::regnamespace "
                    + "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)", expected: "job_log_uuid"),
            Count(
                what: "column types",
                query:
                    "SELECT string_agg(DISTINCT format_type(atttypid, NULL), ',' ORDER BY format_type(atttypid, NULL)) FROM pg_attribute a "
                    + "JOIN pg_class c ON c.oid = attrelid WHERE relkind = 'r' AND attnum > 0 AND relnamespace = 'public'::regnamespace",
                expected: "bigint,boolean,character,character varying,double precision,integer,json,jsonb,smallint,text,"
                    + "timestamp with time zone,timestamp without time zone"),
            Count(
                what: "sequences under an old name",
                query:
                    "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'S' AND relname ~ 'whitelist|target'",
                expected: "cve_whitelist_id_seq,replication_target_id_seq"),
        ]

        private static func relations(_ kinds: String) -> String {
            "SELECT count(*) FROM pg_class WHERE relkind = ANY (string_to_array('\(kinds)', ',')::\"char\"[]) "
                + "AND relnamespace = 'public'::regnamespace"
        }

        private static func constraints(_ kinds: String) -> String {
            "SELECT count(*) FROM pg_constraint WHERE contype = ANY (string_to_array('\(kinds)', ',')::\"char\"[]) "
                + "AND connamespace = 'public'::regnamespace"
        }
    }

    @Test("has the objects of version 180")
    func objects() throws {
        let cluster = try PostgresCluster.shared
        let database = try cluster.makeDatabase("schema")
        defer { try? cluster.dropDatabase(database) }  // it goes with the cluster anyway
        try HarborSchema.create(in: cluster, database: database)
        for count in Count.all {
            #expect(try cluster.psql(count.query, database: database) == count.expected, "\(count.what)")
        }
    }

    @Test("touches update_time on an update, and only then")
    func trigger() throws {
        let cluster = try PostgresCluster.shared
        let database = try cluster.makeDatabase("trigger")
        defer { try? cluster.dropDatabase(database) }  // it goes with the cluster anyway
        try HarborSchema.create(in: cluster, database: database)
        let times = try cluster.psql(
            """
            INSERT INTO repository (name, project_id, update_time) VALUES ('a/b', 1, '2001-01-01');
            SELECT update_time FROM repository;
            UPDATE repository SET pull_count = 1;
            SELECT update_time > '2020-01-01' FROM repository;
            """, database: database)
        #expect(times == "2001-01-01 00:00:00\nt")
    }
}
