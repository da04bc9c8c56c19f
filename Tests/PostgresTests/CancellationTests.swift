import LabServers
import Postgres
import Synchronization
import Testing

@Suite(
    "Cancellation reaches the server", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"),
    .timeLimit(.minutes(2)))
struct CancellationTests {
    /// Every statement here would run for minutes. How fast a cancellation is on an idle host is for a benchmark to say.
    private static let limit = Duration.seconds(20)

    /// Runs `work`, cancels it once `isRunning` answers true, and answers how long it took to end.
    private func cancel(
        _ database: TestDatabase, whenActive pattern: String, _ work: @escaping @Sendable (PostgresConnection) async throws -> Void
    ) async throws -> Duration {
        let connection = try await database.connect()
        let observer = try await database.connect()
        let clock = ContinuousClock()
        let task = Task { try await work(connection) }
        let question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE $1"
        while try await observer.query(question, [pattern]).first?[0] != "1" { await Task.yield() }
        let start = clock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let elapsed = start.duration(to: clock.now)
        while try await observer.query(question, [pattern]).first?[0] != "0" { await Task.yield() }
        #expect(try await connection.query("SELECT 5").first?[0] == "5", "the connection stays usable")
        return elapsed
    }

    @Test("a statement ends long before it would by itself")
    func statement() async throws {
        let elapsed = try await cancel(try TestDatabase(), whenActive: "SELECT pg_sleep(600)") {
            try await $0.execute("SELECT pg_sleep(600)")
        }
        #expect(elapsed < Self.limit)
    }

    @Test("a COPY that waits for its next row ends long before it would by itself")
    func silentCopy() async throws {
        let elapsed = try await cancel(try TestDatabase(), whenActive: "COPY (SELECT pg_sleep%") { connection in
            _ = try await connection.copyOut("COPY (SELECT pg_sleep(g * 600) FROM generate_series(0, 9) AS g) TO STDOUT") { _ in }
        }
        #expect(elapsed < Self.limit)
    }

    @Test("a COPY in full flow ends long before it would by itself")
    func busyCopy() async throws {
        let elapsed = try await cancel(try TestDatabase(), whenActive: "COPY (SELECT%") { connection in
            _ = try await connection.copyOut("COPY (SELECT generate_series(1, 2000000000)) TO STDOUT") { _ in }
        }
        #expect(elapsed < Self.limit)
    }

    @Test("a COPY in that waits for a lock ends long before it would by itself")
    func copyIn() async throws {
        let database = try TestDatabase()
        let holder = try await database.connect()
        try await holder.execute("CREATE TABLE public.t (a text PRIMARY KEY)")
        try await holder.execute("BEGIN; INSERT INTO public.t VALUES ('x')")
        let elapsed = try await cancel(database, whenActive: "COPY public.t%") { connection in
            _ = try await connection.copyIn("COPY public.t FROM STDIN", Array("x\n".utf8))
        }
        await holder.close()
        #expect(elapsed < Self.limit)
    }

    @Test("connections that wait block no thread that other tasks need")
    func ownThreads() async throws {
        let database = try TestDatabase()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                let connection = try await database.connect()
                group.addTask { try await connection.execute("SELECT pg_sleep(600)") }
            }
            let observer = try await database.connect()
            let question =
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(600)' AND state = 'active'"
            while try await observer.query(question).first?[0] != "16" { await Task.yield() }
            group.cancelAll()
            while let result = await group.nextResult() { #expect(throws: CancellationError.self) { try result.get() } }
        }
    }

    @Test("a task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        let database = try TestDatabase()
        let connection = try await database.connect()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await connection.execute("CREATE TABLE public.t (a int)")
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await connection.query("SELECT to_regclass('public.t')").first?[0] == nil)
    }

    @Test("a cancellation never hits the next statement of the connection")
    func noStrayCancel() async throws {
        let connection = try await TestDatabase().connect()
        for _ in 0..<50 {
            let task = Task { try await connection.query("SELECT count(*) FROM generate_series(1, 3000)") }
            await Task.yield()
            task.cancel()
            _ = await task.result
            #expect(try await connection.query("SELECT count(*) FROM generate_series(1, 3000)").first?[0] == "3000")
        }
    }

    @Test("connecting to a server that accepts and stays silent ends when cancelled, and when the time is up")
    func silentServer() async throws {
        let listener = try SilentListener()
        var settings = PostgresSettings(
            host: "127.0.0.1", port: listener.port, database: "d", user: "u", sslmode: .disable, connectTimeout: .milliseconds(300))
        let error = try await postgresError { _ = try await PostgresConnection.connect(settings) }
        #expect(error.code == .unreachable && error.problem.contains("no answer"))
        settings.connectTimeout = .seconds(600)
        let patient = settings
        let clock = ContinuousClock()
        let task = Task { _ = try await PostgresConnection.connect(patient) }
        await Task.yield()
        let start = clock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(start.duration(to: clock.now) < Self.limit)
    }
}
