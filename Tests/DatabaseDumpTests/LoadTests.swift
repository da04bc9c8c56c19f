import DatabaseDump
import LabServers
import Postgres
import Testing

@Suite(
    "A load proves what it loaded", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"),
    .timeLimit(.minutes(2)))
struct LoadTests {
    private func members() async throws -> [DumpMember] {
        let database = try LabDatabase()
        try database.run(
            "CREATE TABLE t (a int, b text); INSERT INTO t SELECT g, 'value ' || g FROM generate_series(1, 1000) AS g; CREATE TABLE u (a int); INSERT INTO u VALUES (1)"
        )
        return try await database.dump(DumpOptions(partSize: 4000)).members
    }

    private func changing(_ members: [DumpMember], _ prefix: String, _ change: ([UInt8]) -> [UInt8]) -> [DumpMember] {
        var changed = members
        guard let index = members.firstIndex(where: { $0.name.hasPrefix(prefix) }) else { return members }
        changed[index] = DumpMember(name: members[index].name, contents: change(members[index].contents))
        return changed
    }

    @Test("a changed digit, a missing row, a row twice and a missing part are mismatches that name the table", arguments: 0..<4)
    func tampered(kind: Int) async throws {
        let members = try await members()
        let tampered =
            switch kind {
            case 0: changing(members, "data/1.2.") { bytes in bytes.map { $0 == UInt8(ascii: "3") ? UInt8(ascii: "4") : $0 } }
            case 1: changing(members, "data/1.2.") { bytes in Array(bytes[(bytes.firstIndex(of: 0x0A).map { $0 + 1 } ?? 0)...]) }
            case 2: changing(members, "data/1.1.") { bytes in bytes + bytes.prefix { $0 != 0x0A } + [0x0A] }
            default:
                members.filter { member in
                    !(member.name.hasPrefix("data/1.") && !members.contains { $0.name > member.name && $0.name.hasPrefix("data/1.") })
                }
            }
        #expect(tampered != members)
        let error = try await dumpError { try await LabDatabase().load(tampered) }
        #expect(
            error.code == .mismatch && error.problem.contains("\"public\".\"t\"") && !error.problem.contains("\"public\".\"u\""), "\(error)"
        )
    }

    @Test("rows in another order are the same rows")
    func reordered() async throws {
        let members = try await members()
        let reordered = changing(members, "data/1.1.") { bytes in bytes.split(separator: 0x0A).reversed().flatMap { $0 + [0x0A] } }
        #expect(reordered != members)
        #expect(try await LabDatabase().load(reordered).rows == 1001)
    }

    @Test("a dump that is cut short or shuffled is malformed")
    func malformed() async throws {
        let members = try await members()
        let swapped = members.filter { $0.name != "sequences.sql" } + members.filter { $0.name == "sequences.sql" }
        let newer = changing(members, "tables.json") {
            Array(String(decoding: $0, as: UTF8.self).replacing("\"formatVersion\" : 1", with: "\"formatVersion\" : 2").utf8)
        }
        let foreign = members.map { $0.name == "data/2.1.copy" ? DumpMember(name: "data/9.1.copy", contents: $0.contents) : $0 }
        let skipped = members.filter { $0.name != "data/1.1.copy" }
        let variants: [[DumpMember]] = [
            [], Array(members.dropLast()), Array(members.prefix(4)), Array(members.dropFirst()), swapped, newer, foreign, skipped,
            members + [members[0]],
            changing(members, "counts.json") { Array($0.dropLast(10)) }, [DumpMember(name: "../etc/passwd", contents: [])] + members,
        ]
        for variant in variants {
            let error = try await dumpError { try await LabDatabase().load(variant) }
            #expect(error.code == .malformedArchive && !error.isRetryable, "\(error)")
        }
    }

    @Test("a row that the table cannot hold stops the load and names table and member")
    func badRow() async throws {
        let broken = changing(try await members(), "data/1.1.") { Array("not a number\tx\n".utf8) + $0 }
        let error = try await dumpError { try await LabDatabase().load(broken) }
        #expect(
            error.code == .loadFailed && error.cause?.sqlstate == "22P02" && error.problem.contains("data/1.1.copy into \"public\".\"t\""),
            "\(error)")
    }

    @Test(
        "a database with any object is refused by name",
        arguments: [
            ("CREATE TABLE t (a int)", "table public.t"), ("CREATE SCHEMA s", "schema s"), ("CREATE SEQUENCE q", "sequence public.q"),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function public.f()"),
            ("CREATE TYPE e AS ENUM ()", "type public.e"),
            ("SELECT lo_create(7)", "large object 7"), ("CREATE VIEW v AS SELECT 1", "view public.v"),
            ("CREATE PUBLICATION p", "publication p"),
        ])
    func notEmpty(sql: String, name: String) async throws {
        let database = try LabDatabase()
        try database.run(sql)
        let error = try await dumpError { try await DatabaseLoad(settings: database.settings).checkEmpty() }
        #expect(error.code == .databaseNotEmpty && error.problem.contains(name), "\(error)")
        let members = try await members()
        #expect(try await dumpError { try await database.load(members) }.code == .databaseNotEmpty)
    }

    @Test("a new database is empty, with an extension too")
    func empty() async throws {
        let database = try LabDatabase()
        try database.run("CREATE EXTENSION pg_trgm")
        try await DatabaseLoad(settings: database.settings).checkEmpty()
    }

    @Test("a psql restore stops where a member is short")
    func byHand() async throws {
        let short = changing(try await members(), "data/1.1.") { bytes in Array(bytes[(bytes.firstIndex(of: 0x0A).map { $0 + 1 } ?? 0)...])
        }
        let database = try LabDatabase()
        #expect(throws: LabError.self) { try database.loadByHand(short) }
        #expect(try database.run("SELECT to_regclass('public.t') IS NULL") == "t", "nothing stays behind")
    }
}
