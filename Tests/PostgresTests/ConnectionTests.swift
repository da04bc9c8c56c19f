import LabServers
import Postgres
import Testing

@Suite("Connections", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"), .timeLimit(.minutes(2)))
struct ConnectionTests {
    @Test("a session has the settings that make text mean the same everywhere")
    func sessionSettings() async throws {
        let database = try TestDatabase()
        try database.cluster.psql(
            "ALTER DATABASE \"\(database.name)\" SET timezone = 'Asia/Tokyo'; ALTER DATABASE \"\(database.name)\" SET datestyle = 'German'; "
                + "ALTER DATABASE \"\(database.name)\" SET statement_timeout = '1ms'; ALTER DATABASE \"\(database.name)\" SET bytea_output = 'escape'"
        )
        var settings = database.settings
        settings.lockTimeout = .milliseconds(1500)
        let connection = try await PostgresConnection.connect(settings)
        let expected = [
            "timezone": "UTC", "datestyle": "ISO, YMD", "intervalstyle": "postgres", "extra_float_digits": "3", "row_security": "off",
            "search_path": "",
            "statement_timeout": "0", "lock_timeout": "1500ms", "idle_in_transaction_session_timeout": "0", "client_encoding": "UTF8",
            "bytea_output": "hex", "application_name": "opsd",
        ]
        for (name, value) in expected {
            #expect(try await connection.query("SELECT current_setting($1)", [name]).first?[0] == value, "\(name)")
        }
        #expect(await connection.serverVersion / 10000 >= 13)
        await connection.close()
    }

    @Test("rows give their values by name and position, and say what is wrong")
    func rows() async throws {
        let connection = try await TestDatabase().connect()
        let rows = try await connection.query(
            "SELECT $1::text AS a, NULL::int AS b, 9223372036854775807 AS c, true AS d, 'grüße' AS e, '' AS f", ["x'\"\\y"])
        let row = try #require(rows.first)
        #expect(
            row["a"] == "x'\"\\y" && row[0] == "x'\"\\y" && row["b"] == nil && row["nowhere"] == nil && row[99] == nil && row["f"] == "")
        #expect(try row.int64("c") == .max)
        #expect(try row.bool("d"))
        #expect(try row.text("e") == "grüße")
        #expect(throws: PostgresError.self) { try row.text("b") }
        #expect(throws: PostgresError.self) { try row.text("nowhere") }
        #expect(throws: PostgresError.self) { try row.int64("a") }
        #expect(throws: PostgresError.self) { try row.bool("a") }
    }

    @Test("a NUL is refused, since libpq would cut the text there")
    func nul() async throws {
        let connection = try await TestDatabase().connect()
        #expect(try await postgresError { try await connection.execute("SELECT 1\0; DROP TABLE x") }.code == .protocolViolation)
        #expect(try await postgresError { _ = try await connection.query("SELECT $1", ["a\0b"]) }.code == .protocolViolation)
    }

    @Test("several statements are one transaction")
    func severalStatements() async throws {
        let connection = try await TestDatabase().connect()
        let error = try await postgresError { try await connection.execute("CREATE TABLE public.t (a int); SELECT 1/0") }
        #expect(error.code == .query && error.sqlstate == "22012")
        #expect(try await connection.query("SELECT to_regclass('public.t')").first?[0] == nil)
    }

    @Test("a closed connection says so, and closing twice is harmless")
    func closed() async throws {
        let connection = try await TestDatabase().connect()
        await connection.close()
        await connection.close()
        #expect(try await postgresError { try await connection.execute("SELECT 1") }.code == .connectionLost)
    }

    @Test("a connection that the server ends is lost, which is retryable")
    func terminated() async throws {
        let database = try TestDatabase()
        let connection = try await database.connect()
        let pid = try await connection.query("SELECT pg_backend_pid()").first?[0] ?? ""
        try database.cluster.psql("SELECT pg_terminate_backend(\(pid), 5000)")
        let error = try await postgresError { try await connection.execute("SELECT 1") }
        #expect(error.code == .connectionLost && error.isRetryable)
    }

    @Test("a plain COPY statement is refused and does not hang")
    func copyAsStatement() async throws {
        let connection = try await TestDatabase().connect()
        #expect(try await postgresError { try await connection.execute("COPY (SELECT 1) TO STDOUT") }.code == .protocolViolation)
        #expect(try await postgresError { try await connection.execute("SELECT 1") }.code == .protocolViolation)
        await connection.close()
    }
}

@Suite("What went wrong", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"), .timeLimit(.minutes(2)))
struct ConnectErrorTests {
    @Test("wrong password, missing role, missing database, closed door and silence are told apart")
    func connectErrors() async throws {
        let database = try TestDatabase()
        try database.cluster.psql(
            "DO 'BEGIN CREATE ROLE stranger_of_tests LOGIN PASSWORD ''pw''; EXCEPTION WHEN duplicate_object THEN END'; "
                + "REVOKE CONNECT ON DATABASE \"\(database.name)\" FROM PUBLIC")
        func code(_ change: (inout PostgresSettings) -> Void) async throws -> PostgresError {
            var settings = database.settings
            change(&settings)
            let error = try await postgresError { _ = try await PostgresConnection.connect(settings) }
            #expect(!"\(error)".contains(database.cluster.password) && !"\(error)".contains("hunter2"))
            return error
        }
        let wrong = try await code { $0.password = Secret("hunter2") }
        #expect(wrong.code == .authentication && wrong.sqlstate == "28P01" && !wrong.isRetryable)
        #expect(try await code { $0.password = nil }.code == .authentication)
        let missing = try await code { $0.database = "nowhere" }
        #expect(missing.code == .missingDatabase && missing.problem.contains("\"nowhere\" does not exist"))
        #expect(!missing.problem.contains("LOCATION"))
        let stranger = try await code { ($0.user, $0.password) = ("stranger_of_tests", Secret("pw")) }
        #expect(stranger.code == .permission && stranger.detail == "User does not have CONNECT privilege.")
        let silent = try await code { $0.port = 1 }
        #expect(silent.code == .unreachable && silent.isRetryable && silent.problem.contains("Connection refused"))
        #expect(try await code { $0.host = "no-such-host.invalid" }.code == .unreachable)
        #expect(try await code { $0.sslmode = .require }.code == .tls)
        #expect(try await code { ($0.sslmode, $0.rootCertificate) = (.verifyFull, "/nowhere.pem") }.code == .tls)
    }

    @Test("a role that the server does not know is a missing role where no password hides it")
    func missingRole() async throws {
        let folder = try TemporaryFolder("opsd-pgtrust")
        let cluster = try PostgresCluster.start(in: folder)
        defer { cluster.stop() }
        try cluster.psql(
            "COPY (SELECT 'host all all 127.0.0.1/32 trust') TO '\(cluster.socketFolder)/pg_hba.conf'; SELECT pg_reload_conf()")
        let settings = PostgresSettings(host: "127.0.0.1", port: cluster.port, database: "postgres", user: "nobody here", sslmode: .disable)
        // The reload reaches the postmaster a moment after the call returns.
        var error = try await postgresError { _ = try await PostgresConnection.connect(settings) }
        for _ in 0..<200 where error.code != .missingRole {
            error = try await postgresError { _ = try await PostgresConnection.connect(settings) }
        }
        #expect(error.code == .missingRole && error.sqlstate == "28000")
    }

    @Test("an error keeps the server's message, detail and hint, and no parameter")
    func details() async throws {
        let connection = try await TestDatabase().connect()
        let raise = "DO $$BEGIN RAISE EXCEPTION 'broken' USING DETAIL = 'some detail', HINT = 'some hint', ERRCODE = '40001'; END$$"
        let error = try await postgresError { try await connection.execute(raise) }
        #expect(error.problem == "broken" && error.detail == "some detail" && error.hint == "some hint" && error.sqlstate == "40001")
        #expect(error.isRetryable && "\(error)" == "broken (some detail) [SQLSTATE 40001]. Hint: some hint")
    }

    @Test("a lock that is not there in time is lockNotAvailable")
    func lockTimeout() async throws {
        let database = try TestDatabase()
        let holder = try await database.connect()
        try await holder.execute("CREATE TABLE public.t (a int)")
        try await holder.execute("BEGIN; LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE")
        var settings = database.settings
        settings.lockTimeout = .milliseconds(50)
        let waiter = try await PostgresConnection.connect(settings)
        let error = try await postgresError { try await waiter.execute("SELECT * FROM public.t") }
        #expect(error.code == .lockNotAvailable && error.isRetryable, "\(error)")
        await holder.close()
    }
}
