import Archive
import DatabaseDump
import Foundation
package import JobEngine
import LocalIO
package import Postgres
package import Vault

/// Loads the database of a snapshot into an empty database and compares every table with the counts and checksums of the dump.
package struct DatabaseRestore: Sendable {
    private let vault: Vault
    private let snapshot: SnapshotObjects
    private let settings: PostgresSettings
    private let connections: Int

    /// A restore of `snapshot` into the database of `settings`.
    package init(_ snapshot: SnapshotObjects, in vault: Vault, to settings: PostgresSettings, connections: Int = 2) {
        self.vault = vault
        self.snapshot = snapshot
        self.settings = settings
        self.connections = connections
    }

    /// What would be done; changes nothing, but connects to see that the database is empty. Throws where it is not.
    package func plan() async throws -> RestorePlan {
        let object = try archive()
        try await DatabaseLoad(settings: settings, connections: connections).checkEmpty()
        let counts = snapshot.manifest.counts
        var notes: [String] = []
        if snapshot.manifest.excluded.contains("scan") {
            notes.append(
                "the scan tables were left out: the pull gate stays shut for every image of a gated project until it is scanned again")
        }
        return RestorePlan(
            what: "database '\(snapshot.manifest.database?.name ?? "?")', \(counts.tables) tables, \(counts.rows) rows",
            to: settings.location,
            snapshot: snapshot.manifest, bytes: object.size, items: counts.tables, notes: notes)
    }

    /// Loads and compares. A failure leaves a database that is not whole; it says so, and which tables differ.
    package func execute(recorder: RunRecorder) async throws -> RestoreResult {
        let object = try archive()
        let load = DatabaseLoad(settings: settings, connections: connections)
        try await load.checkEmpty()
        let summary = try await recorder.phase("load", totalBytes: nil) {
            try await ArchiveStream.read(object, in: vault) { channel in
                let members = DumpMembers(channel, recorder)
                return try await load.load { try await members.next() }
            }
        }
        return RestoreResult(
            restored: summary.tables, bytes: summary.bytes, kept: 0, missing: [],
            notes: ["\(summary.rows) rows in \(summary.tables) tables agree with the checksums of the dump"])
    }

    private func archive() throws -> StoredObject {
        guard let object = snapshot.part(.database) else {
            throw JobError(
                .notFound, "snapshot \(snapshot.manifest.snapshot) has no database: it holds \(snapshot.manifest.scope.rawValue)",
                remedy: "choose another one from 'opsd snapshots'")
        }
        return object
    }
}

/// The members of a database archive, one after the other, for loaders that take turns.
private actor DumpMembers {
    private let executor = SerialQueueExecutor(label: "opsd.restore.archive")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let channel: ByteChannel
    private let recorder: RunRecorder
    private var reader: ArchiveReader?

    init(_ channel: ByteChannel, _ recorder: RunRecorder) {
        self.channel = channel
        self.recorder = recorder
    }

    func next() throws -> DumpMember? {
        let reader = try open()
        guard let entry = try reader.next() else { return nil }
        var contents: [UInt8] = []
        while true {
            let piece = try reader.read(limit: 1 << 20)
            if piece.isEmpty { break }
            contents += piece
        }
        recorder.advance(bytes: Int64(contents.count), items: 1)
        return DumpMember(name: entry.path, contents: contents)
    }

    private func open() throws -> ArchiveReader {
        if let reader { return reader }
        let channel = channel
        let made = try ArchiveReader { try channel.receive() }
        reader = made
        return made
    }
}

extension PostgresSettings {
    /// For people: where the database is, without secrets.
    package var location: String { "\(database) on \(host):\(port)" }
}
