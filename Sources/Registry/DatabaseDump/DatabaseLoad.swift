package import Postgres

/// Loads a dump into an empty database, over several connections, and proves that it arrived.
package struct DatabaseLoad: Sendable {
    private let settings: PostgresSettings
    private let connections: Int

    /// A load into the database that `settings` names, over 1 to 32 connections.
    package init(settings: PostgresSettings, connections: Int = 2) {
        self.settings = settings
        self.connections = min(max(connections, 1), 32)
    }

    /// Throws code `databaseNotEmpty`, with names, where the database holds any object that a user made. Extensions may be there.
    package func checkEmpty() async throws {
        let connection = try await PostgresConnection.connect(settings)
        do {
            try await EmptyDatabase.require(connection)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    /// Loads the members that `next` hands out, in the dump's order; `nil` is the end. Refuses a database that is not empty.
    ///
    /// Rows and checksums of every table are compared with `counts.json`; a difference throws code `mismatch` with the tables' names. After any
    /// error, and after a cancellation, the database is partly loaded: drop it. Owners become the connecting role.
    package func load(next: @Sendable () async throws -> DumpMember?) async throws -> LoadSummary {
        try await checkEmpty()
        let main = try await PostgresConnection.connect(settings)
        do {
            let summary = try await load(next, main)
            await main.close()
            return summary
        } catch {
            await main.close()
            throw error
        }
    }

    private func load(_ next: MemberSequence.Source, _ main: PostgresConnection) async throws -> LoadSummary {
        var source = MemberSequence()
        let directory = try MemberJSON.decode(TableDirectory.self, from: try await source.require(.tables, next))
        guard directory.formatVersion == DumpSummary.currentFormatVersion else {
            throw DumpError(
                .malformedArchive,
                "the dump has format version \(directory.formatVersion), this program reads \(DumpSummary.currentFormatVersion)",
                remedy: "use the version of opsd that wrote it, or a later one")
        }
        try await run(try await source.require(.schemaBeforeData, next), main)
        let loaded = try await loadData(&source, next, directory, main)
        try await run(try await source.require(.sequences, next), main)
        // Building indexes is most of what is left, and sorts in memory.
        try await main.execute("SET maintenance_work_mem = '256MB'")
        try await run(try await source.require(.schemaAfterData, next), main)
        _ = try await source.require(.loadScript, next)
        let dump = try MemberJSON.decode(DumpSummary.self, from: try await source.require(.counts, next))
        try compare(loaded, dump)
        try await source.requireEnd(next)
        return LoadSummary(
            tables: dump.tables.filter { !$0.dataExcluded }.count, rows: loaded.values.reduce(0) { $0 + $1.checksum.rows },
            bytes: loaded.values.reduce(0) { $0 + $1.bytes }, dump: dump)
    }

    private func run(_ member: DumpMember, _ connection: PostgresConnection) async throws {
        do {
            try await connection.execute(String(decoding: member.contents, as: UTF8.self))
        } catch let error as PostgresError {
            throw DumpError(
                .loadFailed, "cannot load \(member.name)", remedy: "drop the database, mend what the server says, and load again",
                cause: error)
        }
    }

    /// Each data member is a COPY of its own on whichever connection is free.
    private func loadData(
        _ source: inout MemberSequence, _ next: MemberSequence.Source, _ directory: TableDirectory, _ main: PostgresConnection
    ) async throws -> [Int: LoadedTable] {
        let entries = Dictionary(directory.tables.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        var loaded: [Int: LoadedTable] = [:]
        var idle = [main]
        while idle.count < connections { idle.append(try await bulkConnection()) }
        let others = idle.dropFirst()
        try await withThrowingTaskGroup(of: LoadedPart.self) { group in
            while let (member, table, part) = try await source.nextData(next) {
                guard let entry = entries[table] else {
                    throw MemberSequence.malformed("\(member.name) belongs to no table of tables.json")
                }
                guard loaded[table, default: LoadedTable()].claim(part) else {
                    throw MemberSequence.malformed("\(member.name) is out of order")
                }
                if idle.isEmpty, let done = try await group.next() {
                    loaded[done.table, default: LoadedTable()].add(done)
                    idle.append(done.connection)
                }
                guard let connection = idle.popLast() else { throw MemberSequence.malformed("no connection is left") }
                group.addTask { try await LoadedPart.load(member, entry, connection) }
            }
            for try await done in group { loaded[done.table, default: LoadedTable()].add(done) }
        }
        for connection in others { await connection.close() }
        return loaded
    }

    /// Its commits need not reach the disk one by one: the main connection's last commit flushes the log up to itself, and so all of them.
    private func bulkConnection() async throws -> PostgresConnection {
        let connection = try await PostgresConnection.connect(settings)
        try await connection.execute("SET synchronous_commit = off")
        return connection
    }

    private func compare(_ loaded: [Int: LoadedTable], _ dump: DumpSummary) throws {
        let differences = dump.tables.compactMap { table -> String? in
            let got = loaded[table.number] ?? LoadedTable()
            if got.stored != table.rows || got.checksum.rows != table.rows {
                return "\(table.sqlName) (\(got.stored) rows instead of \(table.rows))"
            }
            return got.checksum.text == table.checksum ? nil : "\(table.sqlName) (rows differ)"
        }
        guard differences.isEmpty, Set(loaded.keys).isSubset(of: dump.tables.map(\.number)) else {
            throw DumpError(
                .mismatch, "what was loaded is not what was dumped: \(differences.joined(separator: "; "))",
                remedy: "drop this database and load another snapshot; verify the vault")
        }
    }
}

/// A data member that is in its table.
private struct LoadedPart: Sendable {
    let table: Int
    let stored: Int64
    let bytes: Int
    let checksum: RowChecksum
    let connection: PostgresConnection

    static func load(_ member: DumpMember, _ entry: TableDirectory.Entry, _ connection: PostgresConnection) async throws -> LoadedPart {
        let name = SQLText.name(entry.schema, entry.name)
        let columns = entry.columns.isEmpty ? "" : " (" + entry.columns.map { SQLText.name($0) }.joined(separator: ", ") + ")"
        do {
            let stored = try await connection.copyIn("COPY \(name)\(columns) FROM STDIN", member.contents)
            var checksum = RowChecksum()
            checksum.add(lines: member.contents)
            return LoadedPart(table: entry.number, stored: stored, bytes: member.contents.count, checksum: checksum, connection: connection)
        } catch let error as PostgresError {
            throw DumpError(
                .loadFailed, "cannot load \(member.name) into \(name)",
                remedy: "drop the database, mend what the server says, and load again", cause: error)
        }
    }
}

/// What has arrived of a table.
private struct LoadedTable {
    private var claimed = 0
    private(set) var stored: Int64 = 0
    private(set) var bytes: Int64 = 0
    private(set) var checksum = RowChecksum()

    /// Parts of a table come in their order, each once.
    mutating func claim(_ part: Int) -> Bool {
        guard part == claimed + 1 else { return false }
        claimed = part
        return true
    }

    mutating func add(_ part: LoadedPart) {
        stored += part.stored
        bytes += Int64(part.bytes)
        checksum.merge(part.checksum)
    }
}
