import DatabaseDump
import LabServers
import Postgres
import Synchronization
import Testing

@Suite("A dump is one moment", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"), .timeLimit(.minutes(2)))
struct ConsistencyTests {
    @Test("what is written during the dump does not show")
    func concurrentWrites() async throws {
        let database = try LabDatabase.harbor()
        let before = try await database.rows()
        let snapshot = try await PostgresSnapshot.open(database.settings)
        let list = MemberList()
        _ = try await DatabaseDump(snapshot: snapshot, options: DumpOptions(partSize: 30000)).write { member in
            guard !member.name.hasPrefix("data/") || member.name.hasSuffix(".2.copy") else { return await list.append(member) }
            try database.run(
                "DELETE FROM tag WHERE id % 7 = 0; UPDATE blob SET size = size + 1; INSERT INTO audit_log (project_id, operation, resource_type, resource, username) VALUES (1, 'x', 'x', 'x', 'x')"
            )
            await list.append(member)
        }
        await snapshot.close()
        let restored = try LabDatabase()
        try await restored.load(await list.members)
        #expect(try await restored.rows() == before)
    }

    @Test(
        "a schema that changes between snapshot and locks is noticed",
        arguments: [
            "TRUNCATE t", "ALTER TABLE t ADD COLUMN b int", "CREATE INDEX ON t (a)", "DROP TABLE t", "ALTER TABLE t RENAME TO u",
            "VACUUM FULL t", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "COMMENT ON TABLE t IS 'x'",
        ])
    func schemaChanges(change: String) async throws {
        let database = try LabDatabase()
        try database.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
        let snapshot = try await PostgresSnapshot.open(database.settings)
        try database.run(change)
        let error = try await dumpError { _ = try await DatabaseDump(snapshot: snapshot).write { _ in } }
        await snapshot.close()
        #expect(error.code == .schemaChanged && error.isRetryable, "\(error)")
    }

    @Test("writes, ANALYZE, VACUUM and temporary tables of others are no change of the schema")
    func harmless() async throws {
        let database = try LabDatabase()
        try database.run("CREATE TABLE t (a serial); INSERT INTO t VALUES (1)")
        let snapshot = try await PostgresSnapshot.open(database.settings)
        let other = try await PostgresConnection.connect(database.settings)
        try await other.execute("CREATE TEMPORARY TABLE mine (a int PRIMARY KEY); INSERT INTO mine VALUES (1)")
        try database.run("INSERT INTO t VALUES (2); SELECT nextval('t_a_seq')")
        try database.run("VACUUM ANALYZE t")
        #expect(try await DatabaseDump(snapshot: snapshot).write { _ in }.rows == 1)
        await snapshot.close()
        await other.close()
    }

    @Test("a session that queues for an exclusive lock makes the dump fail at once instead of in a deadlock")
    func nowait() async throws {
        let database = try LabDatabase()
        try database.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
        let snapshot = try await PostgresSnapshot.open(database.settings)
        let blocker = try await PostgresConnection.connect(database.settings)
        let observer = try await PostgresConnection.connect(database.settings)
        let queued = Mutex<Task<Void, any Error>?>(nil)
        let error = try await dumpError {
            _ = try await DatabaseDump(snapshot: snapshot).write { member in
                guard member.name == "schema-pre.sql" else { return }
                let task = Task { try await blocker.execute("BEGIN; LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE") }
                queued.withLock { $0 = task }
                while try await observer.query("SELECT count(*) FROM pg_locks WHERE relation = 'public.t'::regclass AND NOT granted")
                    .first?[0] != "1"
                {
                    await Task.yield()
                }
            }
        }
        #expect(error.code == .tableLocked && error.isRetryable && error.problem.contains("\"public\".\"t\""), "\(error)")
        queued.withLock { $0 }?.cancel()
        await snapshot.close()
    }

    @Test("a table that somebody holds is waited for, but not for ever")
    func lockTimeout() async throws {
        let database = try LabDatabase()
        try database.run("CREATE TABLE t (a int)")
        let holder = try await PostgresConnection.connect(database.settings)
        try await holder.execute("BEGIN; LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE")
        let error = try await dumpError { _ = try await database.dump(DumpOptions(lockTimeout: .seconds(1))) }
        #expect(error.code == .tableLocked && error.cause?.sqlstate == "55P03")
        await holder.close()
    }

    @Test("a cancelled dump ends long before it would by itself, and its statements in the server with it")
    func cancellation() async throws {
        let database = try LabDatabase()
        try database.run(
            "CREATE TABLE big (id int, pad text); INSERT INTO big SELECT g, repeat('x', 500) FROM generate_series(1, 100000) AS g")
        let snapshot = try await PostgresSnapshot.open(database.settings)
        let observer = try await PostgresConnection.connect(database.settings)
        let (started, signal) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await DatabaseDump(snapshot: snapshot, options: DumpOptions(partSize: 1000)).write { member in
                if member.name.hasPrefix("data/") { signal.yield() }
            }
        }
        for await _ in started { break }
        let clock = ContinuousClock()
        let start = clock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(start.duration(to: clock.now) < .seconds(20))
        while try await observer.query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'")
            .first?[0] != "0"
        {
            await Task.yield()
        }
        await snapshot.close()
    }

    @Test("an error of the sink is thrown as it is")
    func sinkFails() async throws {
        struct Full: Error {}
        let database = try LabDatabase.harbor()
        let snapshot = try await PostgresSnapshot.open(database.settings)
        await #expect(throws: Full.self) {
            _ = try await DatabaseDump(snapshot: snapshot).write { member in if member.name.hasPrefix("data/") { throw Full() } }
        }
        await snapshot.close()
    }

    @Test("a role with pg_read_all_data and CONNECT is enough")
    func leastRole() async throws {
        let database = try LabDatabase.harbor()
        let role = database.name + "_backup"
        try database.run(
            """
            REVOKE CONNECT ON DATABASE \(database.name) FROM PUBLIC;
            CREATE ROLE \(role) LOGIN PASSWORD 'pw' NOSUPERUSER NOCREATEDB NOCREATEROLE;
            GRANT CONNECT ON DATABASE \(database.name) TO \(role);
            GRANT pg_read_all_data TO \(role);
            """)
        var settings = database.settings
        (settings.user, settings.password) = (role, Secret("pw"))
        let (members, _) = try await database.dump(as: settings)
        let restored = try LabDatabase()
        try await restored.load(members)
        try await restored.expectSame(as: database, "dumped by the least role")
    }

    @Test("a role without the right to read is told so")
    func deniedRole() async throws {
        let database = try LabDatabase()
        let role = database.name + "_nobody"
        try database.run("CREATE TABLE t (a int); CREATE ROLE \(role) LOGIN PASSWORD 'pw'")
        var settings = database.settings
        (settings.user, settings.password) = (role, Secret("pw"))
        await #expect { _ = try await database.dump(as: settings) } throws: { ($0 as? PostgresError)?.code == .permission }
    }
}
