import DatabaseDump
import HarborLab
import LabServers
import Postgres
import Testing

/// Members in the order in which a dump wrote them.
actor MemberList {
    private(set) var members: [DumpMember] = []

    func append(_ member: DumpMember) { members.append(member) }
}

/// Hands out members one by one.
actor MemberFeed {
    private var members: ArraySlice<DumpMember>

    init(_ members: [DumpMember]) { self.members = members[...] }

    func next() -> DumpMember? { members.popFirst() }
}

/// A database of its own in the server that this process's tests share; both are gone with the process.
struct LabDatabase: Sendable {
    let cluster: PostgresCluster
    let name: String

    init() throws {
        cluster = try PostgresCluster.shared
        name = try cluster.makeDatabase("dump")
    }

    /// Harbor's tables with rows in them.
    static func harbor() throws -> LabDatabase {
        let database = try LabDatabase()
        try HarborSchema.create(in: database.cluster, database: database.name)
        try database.run(HarborRows.sql)
        return database
    }

    var settings: PostgresSettings {
        PostgresSettings(
            host: "127.0.0.1", port: cluster.port, database: name, user: cluster.superuser, password: Secret(cluster.password),
            sslmode: .disable)
    }

    @discardableResult
    func run(_ sql: String) throws -> String { try cluster.psql(sql, database: name) }

    /// What `pg_dump` says of the schema, without the random key of its `\restrict` lines.
    func schemaText() throws -> String {
        let text = String(decoding: try cluster.client("pg_dump", ["--schema-only"], database: name), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter {
            !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict")
        }
        .joined(separator: "\n")
    }

    /// The lines of COPY text of every table, sorted, by the table's name.
    func rows() async throws -> [String: [String]] {
        let connection = try await PostgresConnection.connect(settings)
        let tables = try await connection.query(
            """
            SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            """)
        var rows: [String: [String]] = [:]
        for table in tables {
            let name = try table.text("name")
            var lines: [String] = []
            try await connection.startCopyOut("COPY \(name) TO STDOUT")
            while let piece = try await connection.nextCopyRows(1 << 20) {
                lines += String(decoding: piece.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                    .map(String.init)
            }
            rows[name] = lines.sorted()
        }
        await connection.close()
        return rows
    }

    /// Where every sequence stands.
    func sequences() throws -> String {
        try run(
            """
            SELECT c.oid::regclass::text, (xpath('//last_value/text()', q))[1], (xpath('//is_called/text()', q))[1] FROM pg_class AS c,
            LATERAL query_to_xml(format('SELECT last_value, is_called FROM %s', c.oid::regclass), false, true, '') AS q WHERE c.relkind = 'S' ORDER BY 1
            """)
    }

    func dump(_ options: DumpOptions = DumpOptions(), as settings: PostgresSettings? = nil) async throws -> (
        members: [DumpMember], summary: DumpSummary
    ) {
        let snapshot = try await PostgresSnapshot.open(settings ?? self.settings)
        let list = MemberList()
        do {
            let summary = try await DatabaseDump(snapshot: snapshot, options: options).write { await list.append($0) }
            await snapshot.close()
            return (await list.members, summary)
        } catch {
            await snapshot.close()
            throw error
        }
    }

    @discardableResult
    func load(_ members: [DumpMember], connections: Int = 3) async throws -> LoadSummary {
        let feed = MemberFeed(members)
        return try await DatabaseLoad(settings: settings, connections: connections).load { await feed.next() }
    }

    /// Restores without opsd, as `load.sql` says.
    func loadByHand(_ members: [DumpMember]) throws {
        let folder = try TemporaryFolder("opsd-load")
        try Program.succeed("mkdir", [folder.file("data")])
        for member in members { try Program.succeed("tee", [folder.file(member.name)], input: member.contents) }
        let environment = ["PGHOST": "127.0.0.1", "PGPORT": "\(cluster.port)", "PGUSER": cluster.superuser, "PGPASSWORD": cluster.password]
        try Program.succeed("psql", ["-X", "-q", "-d", name, "-f", "load.sql"], environment: environment, folder: folder.path)
    }

    /// Schema, rows and sequences of both are the same.
    func expectSame(as original: LabDatabase, _ comment: Comment) async throws {
        #expect(try firstDifference(schemaText(), original.schemaText()) == nil, comment)
        let (mine, theirs) = (try await rows(), try await original.rows())
        #expect(mine.keys.sorted() == theirs.keys.sorted(), comment)
        for (table, lines) in theirs { #expect(mine[table] == lines, "\(table)") }
        #expect(try sequences() == original.sequences(), comment)
    }
}

/// The first line that differs, for a readable failure.
func firstDifference(_ left: String, _ right: String) -> String? {
    let (a, b) = (left.split(separator: "\n"), right.split(separator: "\n"))
    for (x, y) in zip(a, b) where x != y { return "restored: \(x)\noriginal: \(y)" }
    return a.count == b.count
        ? nil : "restored has \(a.count) lines, original \(b.count): \((a.count > b.count ? a : b)[min(a.count, b.count)])"
}

/// Runs `body` and answers the `DumpError` that it throws.
func dumpError(_ body: () async throws -> Void) async throws -> DumpError {
    var caught: DumpError?
    do {
        try await body()
    } catch let error as DumpError {
        caught = error
    }
    return try #require(caught, "nothing was thrown")
}
