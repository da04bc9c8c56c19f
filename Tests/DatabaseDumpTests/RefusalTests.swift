import DatabaseDump
import LabServers
import Postgres
import Testing

/// An object that the dump does not carry, and how the refusal must name it.
struct Unsupported: Sendable, CustomTestStringConvertible {
    let sql: String
    let name: String

    var testDescription: String { name }

    init(_ name: String, _ sql: String) {
        self.sql = sql
        self.name = name
    }

    static let all: [Unsupported] = [
        Unsupported("composite type public.pair", "CREATE TYPE pair AS (a int, b int)"),
        Unsupported("materialized view public.mat", "CREATE MATERIALIZED VIEW mat AS SELECT 1 AS a"),
        Unsupported("partitioned table or index public.parts", "CREATE TABLE parts (a int) PARTITION BY RANGE (a)"),
        Unsupported("inheritance of public.child", "CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent)"),
        Unsupported("typed table public.typed", "CREATE TYPE shape AS (a int); CREATE TABLE typed OF shape"),
        Unsupported("row security of public.secured", "CREATE TABLE secured (a int); ALTER TABLE secured ENABLE ROW LEVEL SECURITY"),
        Unsupported("row security of public.forced", "CREATE TABLE forced (a int); ALTER TABLE forced FORCE ROW LEVEL SECURITY"),
        Unsupported(
            "policy \"my policy\" on public.guarded", "CREATE TABLE guarded (a int); CREATE POLICY \"my policy\" ON guarded USING (a > 0)"),
        Unsupported(
            "rule \"my rule\" on public.ruled",
            "CREATE TABLE ruled (a int); CREATE RULE \"my rule\" AS ON DELETE TO ruled DO INSTEAD NOTHING"),
        Unsupported("default of a view's column in public.v", "CREATE VIEW v AS SELECT 1 AS a; ALTER VIEW v ALTER COLUMN a SET DEFAULT 5"),
        Unsupported(
            "view that needs a constraint public.grouped",
            "CREATE TABLE g (id int PRIMARY KEY, name text); CREATE VIEW grouped AS SELECT id, name, count(*) FROM g GROUP BY id"),
        Unsupported(
            "statistics target of an index column in public.expr",
            "CREATE TABLE s (a int); CREATE INDEX expr ON s ((a + 1)); ALTER INDEX expr ALTER COLUMN 1 SET STATISTICS 500"),
        Unsupported(
            "disabled constraint trigger on public.refs",
            "CREATE TABLE target (id int PRIMARY KEY); CREATE TABLE refs (t int REFERENCES target); ALTER TABLE refs DISABLE TRIGGER ALL"),
        Unsupported("aggregate public.total(integer)", "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)"),
        Unsupported(
            "routine in an unknown language public.native(integer)", "CREATE FUNCTION native(int) RETURNS int LANGUAGE internal AS 'int4um'"
        ),
        Unsupported("type public.positive", "CREATE DOMAIN positive AS int CHECK (VALUE > 0)"),
        Unsupported("type public.floats", "CREATE TYPE floats AS RANGE (subtype = float8)"),
        Unsupported("type public.shell", "CREATE TYPE shell"),
        Unsupported(
            "event trigger ev",
            "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION f()"
        ),
        Unsupported("publication pub", "CREATE PUBLICATION pub"),
        Unsupported("subscription sub", "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)"),
        Unsupported("foreign-data wrapper fdw", "CREATE FOREIGN DATA WRAPPER fdw"),
        Unsupported("foreign server srv", "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w"),
        Unsupported(
            "foreign table public.far",
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE far (a int) SERVER s"),
        Unsupported("collation public.german", "CREATE COLLATION german FROM \"C\""),
        Unsupported("operator public.<%>(integer,integer)", "CREATE OPERATOR <%> (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int)"),
        Unsupported(
            "operator class public.ops USING btree",
            "CREATE OPERATOR CLASS ops FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int)"),
        Unsupported("operator family public.fam USING btree", "CREATE OPERATOR FAMILY fam USING btree"),
        Unsupported(
            "operator of a system family",
            "CREATE FUNCTION lt(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR <~< (FUNCTION = lt, LEFTARG = int, RIGHTARG = text); "
                + "ALTER OPERATOR FAMILY integer_ops USING btree ADD OPERATOR 1 <~< (int, text)"),
        Unsupported("conversion public.conv", "CREATE CONVERSION conv FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1"),
        Unsupported("text search configuration public.conf", "CREATE TEXT SEARCH CONFIGURATION conf (COPY = pg_catalog.english)"),
        Unsupported("text search dictionary public.dict", "CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple)"),
        Unsupported(
            "text search parser public.parser",
            "CREATE TEXT SEARCH PARSER parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)"),
        Unsupported("text search template public.tmpl", "CREATE TEXT SEARCH TEMPLATE tmpl (LEXIZE = dsimple_lexize)"),
        Unsupported("extended statistics public.stats", "CREATE TABLE st (a int, b int); CREATE STATISTICS stats ON a, b FROM st"),
        Unsupported("large object", "SELECT lo_create(4711)"),
        Unsupported(
            "cast (integer AS pg_catalog.json)",
            "CREATE FUNCTION tojson(int) RETURNS json LANGUAGE sql AS 'SELECT to_json($1)'; CREATE CAST (int AS json) WITH FUNCTION tojson(int)"
        ),
        Unsupported(
            "transform for integer on language sql", "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))"
        ),
        Unsupported("access method heap2", "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler"),
        Unsupported(
            "access method of table public.other",
            "CREATE ACCESS METHOD heap3 TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE other (a int) USING heap3"),
        Unsupported("language plmine", "CREATE LANGUAGE plmine HANDLER plpgsql_call_handler"),
        Unsupported("default privileges", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"),
        Unsupported(
            "dependency on an extension of public.needs()",
            "CREATE FUNCTION needs() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION needs() DEPENDS ON EXTENSION plpgsql"),
        Unsupported(
            "circle",
            "CREATE TABLE base (a int); CREATE VIEW one AS SELECT a FROM base; CREATE VIEW two AS SELECT a FROM one; CREATE OR REPLACE VIEW one AS SELECT a FROM two"
        ),
    ]
}

@Suite(
    "What the dump cannot carry fails it by name", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"),
    .timeLimit(.minutes(2)))
struct RefusalTests {
    @Test("an unsupported object is refused before the first member", arguments: Unsupported.all)
    func refusal(object: Unsupported) async throws {
        let database = try LabDatabase()
        try database.run(object.sql)
        let list = MemberList()
        let snapshot = try await PostgresSnapshot.open(database.settings)
        let error = try await dumpError { _ = try await DatabaseDump(snapshot: snapshot).write { await list.append($0) } }
        await snapshot.close()
        #expect(error.code == .unsupportedObjects && !error.isRetryable)
        #expect("\(error)".contains(object.name), "\(error)")
        #expect(await list.members.isEmpty)
        // A subscription would make dropping the cluster's databases wait for it.
        if object.name.hasPrefix("subscription") {
            try database.run("ALTER SUBSCRIPTION sub DISABLE; ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub")
        }
    }

    @Test("objects in a system schema and tablespaces are refused")
    func systemPlaces() async throws {
        let folder = try TemporaryFolder("opsd-pgsystem")
        let cluster = try PostgresCluster.start(
            in: folder, settings: ["allow_system_table_mods": "on", "allow_in_place_tablespaces": "on"])
        defer { cluster.stop() }
        try cluster.psql("CREATE TABLESPACE elsewhere LOCATION ''")
        try cluster.psql(
            "CREATE TABLE moved (a int) TABLESPACE elsewhere; CREATE FUNCTION pg_catalog.sneaky() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        let settings = PostgresSettings(
            host: "127.0.0.1", port: cluster.port, database: "postgres", user: cluster.superuser, password: Secret(cluster.password),
            sslmode: .disable)
        let snapshot = try await PostgresSnapshot.open(settings)
        let error = try await dumpError { _ = try await DatabaseDump(snapshot: snapshot).write { _ in } }
        await snapshot.close()
        #expect(
            "\(error)".contains("tablespace of public.moved") && "\(error)".contains("object in a system schema pg_catalog.sneaky()"),
            "\(error)")
    }

    @Test("all of them are named at once")
    func together() async throws {
        let database = try LabDatabase()
        try database.run("CREATE DOMAIN d1 AS int; CREATE MATERIALIZED VIEW m1 AS SELECT 1; CREATE PUBLICATION p1")
        let error = try await dumpError { _ = try await database.dump() }
        for name in ["d1", "m1", "p1", "3 object(s)"] { #expect("\(error)".contains(name), "\(error)") }
    }

    @Test("what is only left out is remarked on")
    func remarks() async throws {
        let database = try LabDatabase()
        try database.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1); GRANT EXECUTE ON FUNCTION pg_ls_waldir() TO PUBLIC")
        #expect(throws: LabError.self) { try database.run("CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)") }
        let remarks = try await database.dump().summary.remarks
        #expect(
            remarks.count == 2 && remarks[0].contains("\"public\".\"broken\" is invalid") && remarks[1].contains("pg_ls_waldir"),
            "\(remarks)")
    }
}
