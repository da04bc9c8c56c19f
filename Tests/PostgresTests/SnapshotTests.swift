import LabServers
import Postgres
import Testing

@Suite("Snapshots", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"), .timeLimit(.minutes(2)))
struct SnapshotTests {
    @Test("workers see exactly the snapshot, whatever is written meanwhile")
    func shared() async throws {
        let database = try TestDatabase()
        let writer = try await database.connect()
        try await writer.execute("CREATE TABLE public.t (a int); INSERT INTO public.t VALUES (1), (2)")
        let before = try await microseconds(writer)
        let snapshot = try await PostgresSnapshot.open(database.settings)
        try await writer.execute("INSERT INTO public.t VALUES (3); DELETE FROM public.t WHERE a = 1")
        let after = try await microseconds(writer)
        let worker = try await snapshot.openWorker()
        for connection in [snapshot.connection, worker] {
            #expect(try await connection.query("SELECT string_agg(a::text, ',' ORDER BY a) FROM public.t").first?[0] == "1,2")
        }
        #expect(snapshot.takenAt > PostgresTimestamp(microseconds: before) && snapshot.takenAt < PostgresTimestamp(microseconds: after))
        await snapshot.close()
        #expect(
            try await worker.query("SELECT count(*) FROM public.t WHERE a = 1").first?[0] == "1",
            "a worker outlives the snapshot's own connection")
    }

    private func microseconds(_ connection: PostgresConnection) async throws -> Int64 {
        let rows = try await connection.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8 AS t")
        return try #require(rows.first).int64("t")
    }

    @Test("nothing can be written through a snapshot")
    func readOnly() async throws {
        let snapshot = try await PostgresSnapshot.open(try TestDatabase().settings)
        #expect(try await postgresError { try await snapshot.connection.execute("CREATE TABLE public.t (a int)") }.sqlstate == "25006")
    }

    @Test("the server tells who it is")
    func info() async throws {
        let database = try TestDatabase()
        let snapshot = try await PostgresSnapshot.open(database.settings)
        let control = try database.cluster.psql("SELECT system_identifier FROM pg_control_system()")
        #expect(snapshot.info.systemIdentifier == control)
        #expect(snapshot.info.databaseName == database.name && snapshot.info.databaseEncoding == "UTF8")
        #expect(snapshot.info.serverVersion.hasPrefix("\(snapshot.info.serverVersionNumber / 10000)."))
        #expect(!snapshot.info.collate.isEmpty && !snapshot.info.ctype.isEmpty)
    }

    @Test("a role that may not ask for the system identifier gets a snapshot all the same")
    func deniedIdentifier() async throws {
        let database = try TestDatabase()
        try database.cluster.psql(
            "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; CREATE ROLE \(database.name) LOGIN PASSWORD 'pw'",
            database: database.name)
        var settings = database.settings
        (settings.user, settings.password) = (database.name, Secret("pw"))
        let snapshot = try await PostgresSnapshot.open(settings)
        #expect(snapshot.info.systemIdentifier == nil)
        await snapshot.close()
        try database.cluster.psql("DROP ROLE \(database.name)")
    }
}
