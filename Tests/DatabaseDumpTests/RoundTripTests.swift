import DatabaseDump
import HarborLab
import LabServers
import Postgres
import Testing

@Suite(
    "A dump restores to the same database", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"),
    .timeLimit(.minutes(2)))
struct RoundTripTests {
    @Test("Harbor's database, by opsd and by psql, judged by pg_dump and by every row")
    func harbor() async throws {
        let original = try LabDatabase.harbor()
        let (members, summary) = try await original.dump(DumpOptions(partSize: 20000))
        #expect(summary.remarks.isEmpty)
        #expect(summary.tables.count == 49)
        let restored = try LabDatabase()
        let load = try await restored.load(members)
        #expect(load.rows == summary.rows && load.bytes == summary.bytes && load.dump == summary && load.tables == 49)
        try await restored.expectSame(as: original, "by opsd")
        let byHand = try LabDatabase()
        try byHand.loadByHand(members)
        try await byHand.expectSame(as: original, "by psql")
    }

    @Test("every kind of object, under every kind of name, by opsd and by psql", arguments: [1, 3])
    func everyKind(connections: Int) async throws {
        let original = try LabDatabase()
        let role = "Role's \"\(original.name)\""
        try original.run("CREATE ROLE \"\(role.replacing("\"", with: "\"\""))\"")
        try original.run(EveryKind.sql + EveryKind.grants(role: role.replacing("\"", with: "\"\"")))
        let (members, summary) = try await original.dump(DumpOptions(connections: connections, partSize: 100))
        #expect(summary.remarks.isEmpty)
        let restored = try LabDatabase()
        try await restored.load(members, connections: connections)
        try await restored.expectSame(as: original, "by opsd")
        let byHand = try LabDatabase()
        try byHand.loadByHand(members)
        try await byHand.expectSame(as: original, "by psql")
        let again = try await restored.dump(DumpOptions(connections: connections))
        #expect(
            again.summary.tables.map(\.checksum) == summary.tables.map(\.checksum), "a dump of the restored database has the same checksums"
        )
    }

    @Test("members come in the order of the format, and only there do object names stand")
    func members() async throws {
        let (members, summary) = try await LabDatabase.harbor().dump(DumpOptions(partSize: 50000))
        let names = members.map(\.name)
        #expect(names.prefix(2) == ["tables.json", "schema-pre.sql"])
        #expect(names.suffix(4) == ["sequences.sql", "schema-post.sql", "load.sql", "counts.json"])
        let data = members.dropFirst(2).dropLast(4)
        #expect(data.allSatisfy { $0.name.wholeMatch(of: /data\/[0-9]+\.[0-9]+\.copy/) != nil && $0.contents.last == 0x0A })
        #expect(data.count > 20 && data.allSatisfy { $0.contents.count < 60000 })
        #expect(Set(names).count == names.count)
        #expect(summary.bytes == data.reduce(0) { $0 + Int64($1.contents.count) })
        let artifact = try #require(summary.tables.first { $0.name == "artifact" })
        #expect(artifact.rows == 2000 && artifact.parts > 1 && artifact.schema == "public" && artifact.checksum.count == 32)
    }

    @Test("a big table is read in ranges by several connections, and every row once")
    func ranges() async throws {
        let original = try LabDatabase()
        try original.run(
            "CREATE TABLE big (id int, pad text); INSERT INTO big SELECT g, repeat('x', 900) FROM generate_series(1, 22000) AS g; DELETE FROM big WHERE id % 10 = 0"
        )
        let (members, summary) = try await original.dump(DumpOptions(connections: 3, partSize: 100_000, rangeSize: 1 << 20))
        #expect(summary.tables.first?.rows == 19800)
        let restored = try LabDatabase()
        try await restored.load(members)
        #expect(
            try restored.run("SELECT count(*), count(DISTINCT id), sum(id::int8) FROM big")
                == original.run("SELECT count(*), count(DISTINCT id), sum(id::int8) FROM big"))
    }

    @Test("an empty database makes a dump that loads")
    func empty() async throws {
        let (members, summary) = try await LabDatabase().dump()
        #expect(members.count == 6 && summary.tables.isEmpty && summary.rows == 0)
        #expect(try await LabDatabase().load(members).rows == 0)
    }

    @Test("a grant to a role that the restoring server lacks is left out with a warning, not an error")
    func missingRole() async throws {
        let original = try LabDatabase()
        let role = original.name + "_role"
        try original.run("CREATE ROLE \(role); CREATE TABLE t (a int); GRANT SELECT ON t TO \(role)")
        let (members, _) = try await original.dump()
        try original.run("REVOKE ALL ON t FROM \(role); DROP ROLE \(role)")
        let restored = try LabDatabase()
        try await restored.load(members)
        #expect(try restored.run("SELECT relacl IS NULL FROM pg_class WHERE relname = 't'") == "t")
    }

    @Test("scan results are left out whole, with the executions and tasks of scans")
    func withoutScans() async throws {
        let original = try LabDatabase.harbor()
        let (members, summary) = try await original.dump(DumpOptions(excludingScanTables: true))
        #expect(
            summary.tables.filter(\.dataExcluded).map(\.name) == ["report_vulnerability_record", "scan_report", "vulnerability_record"])
        #expect(summary.tables.filter { $0.rowCondition != nil }.map(\.name) == ["execution", "task"])
        let restored = try LabDatabase()
        #expect(try await restored.load(members).tables == 46)
        #expect(
            try restored.run("SELECT (SELECT count(*) FROM execution), (SELECT count(*) FROM task), (SELECT count(*) FROM scan_report)")
                == "50|50|0")
        #expect(try restored.run("SELECT count(*) FROM scanner_registration") == "1")
        #expect(try firstDifference(restored.schemaText(), original.schemaText()) == nil)
        let byHand = try LabDatabase()
        try byHand.loadByHand(members)
        #expect(try await byHand.rows() == restored.rows())
    }

    @Test("a database that is not Harbor's has no scan tables to leave out")
    func otherTables() async throws {
        let original = try LabDatabase()
        try original.run(
            "CREATE TABLE task (execution_id int); CREATE TABLE execution (id int, vendor_type text); INSERT INTO task VALUES (1)")
        let (_, summary) = try await original.dump(DumpOptions(excludingScanTables: true))
        #expect(summary.rows == 1 && summary.tables.allSatisfy { !$0.dataExcluded && $0.rowCondition == nil })
    }
}
