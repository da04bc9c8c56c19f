package import Postgres

/// Dumps a whole database, in one snapshot, as the members of an archive.
///
/// All user schemas, or nothing: objects that the dump cannot carry fail it by name before the first member. The format is in the format page.
package struct DatabaseDump: Sendable {
    /// Majors that the dump's queries were written for.
    package static let supportedMajors = 13...18

    private let snapshot: PostgresSnapshot
    private let options: DumpOptions

    /// A dump of what `snapshot` sees.
    package init(snapshot: PostgresSnapshot, options: DumpOptions = DumpOptions()) {
        self.snapshot = snapshot
        self.options = options
    }

    /// Hands every member to `sink`, in order and one at a time; memory holds about one data member a connection, and one more.
    ///
    /// Throws ``DumpError`` or ``PostgresError``; cancellation ends every COPY in the server. What the sink got by then is no dump:
    /// only the last member, `counts.json`, makes it one.
    package func write(to sink: @Sendable (DumpMember) async throws -> Void) async throws -> DumpSummary {
        try requireSupportedServer()
        try await UnsupportedObjects.refuse(snapshot.connection)
        let before = try await lockAndReadTables()
        let after = try await SchemaAfterData.read(snapshot.connection)
        let positions = try await CatalogSequence.positions(before.sequences, snapshot.connection)
        try await requireUnchangedSchema()
        let plans = TablePlan.plans(before.tables, options: options)
        let directory = TableDirectory(
            formatVersion: DumpSummary.currentFormatVersion, serverVersion: snapshot.info.serverVersionNumber, tables: plans.map(\.entry))
        try await sink(DumpMember(name: MemberName.tables.text, contents: try MemberJSON.encode(directory)))
        try await sink(DumpMember(name: MemberName.schemaBeforeData.text, text: Self.script(before.statements)))
        let counts = try await writeData(plans, to: sink)
        try await sink(DumpMember(name: MemberName.sequences.text, text: Self.script(positions)))
        try await sink(DumpMember(name: MemberName.schemaAfterData.text, text: Self.script(after.statements)))
        let summary = DumpSummary(tables: plans.map { $0.summary(counts[$0.number] ?? TableCount()) }, remarks: after.remarks)
        try await sink(DumpMember(name: MemberName.loadScript.text, text: LoadScript(plans: plans, summary: summary).text))
        try await sink(DumpMember(name: MemberName.counts.text, contents: try MemberJSON.encode(summary)))
        return summary
    }

    private func requireSupportedServer() throws {
        let major = snapshot.info.serverVersionNumber / 10000
        if major < Self.supportedMajors.lowerBound {
            throw DumpError(
                .unsupportedServer, "PostgreSQL \(snapshot.info.serverVersion) is too old",
                remedy: "upgrade it to \(Self.supportedMajors.lowerBound) or later")
        }
        if major > Self.supportedMajors.upperBound, !options.allowNewerServer {
            throw DumpError(
                .unsupportedServer,
                "PostgreSQL \(snapshot.info.serverVersion) is newer than this program knows, and may hold objects that it would miss",
                remedy: "upgrade opsd, or allow a newer server in the configuration and check a restore")
        }
    }

    /// Takes ACCESS SHARE on every table before anything else is read of it: nobody can change, rewrite or truncate it from then on.
    private func lockAndReadTables() async throws -> SchemaBeforeData {
        let milliseconds = options.lockTimeout.components.seconds * 1000
        try await snapshot.connection.execute("SET LOCAL lock_timeout = \(milliseconds)")
        for table in try await CatalogTable.names(snapshot.connection) {
            try await TableLock.take(table, on: snapshot.connection, waiting: true)
        }
        try await snapshot.connection.execute("SET LOCAL lock_timeout = 0")
        return try await SchemaBeforeData.read(snapshot.connection)
    }

    private func requireUnchangedSchema() async throws {
        let present = try await PostgresConnection.connect(snapshot.settings)
        do {
            try await CatalogFingerprint.requireUnchanged(snapshot: snapshot.connection, now: present)
        } catch {
            await present.close()
            throw error
        }
        await present.close()
    }

    private func writeData(_ plans: [TablePlan], to sink: @Sendable (DumpMember) async throws -> Void) async throws -> [Int: TableCount] {
        let queue = ReadQueue(TablePlan.ranges(plans, rangeSize: options.rangeSize, serverVersion: snapshot.info.serverVersionNumber))
        return try await withThrowingTaskGroup(of: TablePart?.self) { group in
            for _ in 0..<options.connections {
                let reader = TableReader(snapshot: snapshot, queue: queue, partSize: options.partSize)
                group.addTask { try await reader.nextPart() }
            }
            var counts: [Int: TableCount] = [:]
            while let next = try await group.next() {
                guard let part = next else { continue }
                // The reader goes on while the sink is at work.
                group.addTask { try await part.reader.nextPart() }
                let number = counts[part.plan.number, default: TableCount()].add(part)
                try await sink(DumpMember(name: MemberName.data(table: part.plan.number, part: number).text, contents: part.bytes))
            }
            return counts
        }
    }

    /// Statements as a script that psql and a plain multi-statement query both take.
    static func script(_ statements: [String]) -> String {
        statements.map { $0 + ";\n\n" }.joined()
    }
}

/// What was read of a table so far.
struct TableCount: Sendable {
    private(set) var checksum = RowChecksum()
    private(set) var bytes: Int64 = 0
    private(set) var parts = 0

    /// Counts a part and answers its number, from 1.
    mutating func add(_ part: TablePart) -> Int {
        checksum.merge(part.checksum)
        bytes += Int64(part.bytes.count)
        parts += 1
        return parts
    }
}
