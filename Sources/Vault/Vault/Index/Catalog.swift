import Foundation
import GRDB
import LocalIO
import OCIImage
package import SystemPackage

/// The local SQLite copy of a vault's index: which blob is in which pack. It can be rebuilt from the vault at any time.
///
/// It holds digests and sizes, no names and no content. Its file has mode 0600 by its folder's 0700.
package final class Catalog: Sendable {
    /// Whether a signed manifest lists a pack.
    package enum PackState: Int, Sendable {
        /// Durable in the target, named by no manifest: the next run adopts it.
        case unpublished = 0
        case published = 1
    }

    /// A pack as the catalog knows it.
    package struct Pack: Sendable, Equatable {
        /// Local number, shorter than the id.
        package let row: Int64
        /// The random id in the pack's name.
        package let id: RandomID
        /// The encrypted pack in the target: name, size and hash.
        package let object: StoredObject
        /// Whether a signed manifest lists it.
        package let state: PackState
    }

    let queue: DatabaseQueue

    /// Opens the catalog at `path`, making it where it is missing. Throws `corrupt` with the command to rebuild it.
    package init(_ path: FilePath) throws {
        do {
            try Folder.make(path.removingLastComponent())
            var configuration = Configuration()
            configuration.busyMode = .timeout(30)
            configuration.prepareDatabase { db in
                // A row lost to a power cut costs one stored pack at most: the target is durable before the catalog learns of it.
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
            }
            queue = try DatabaseQueue(path: path.string, configuration: configuration)
            try Self.migrator.migrate(queue)
        } catch let error as DatabaseError {
            throw VaultError(
                .corrupt, "the catalog \(path) cannot be used", remedy: "move it away and run 'opsd vault rebuild-catalog'", cause: error)
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE pack (
                        row INTEGER PRIMARY KEY,
                        id BLOB NOT NULL UNIQUE,
                        size INTEGER NOT NULL,
                        sha256 TEXT NOT NULL,
                        state INTEGER NOT NULL,
                        verified INTEGER
                    );
                    CREATE TABLE blob (
                        digest BLOB NOT NULL,
                        pack INTEGER NOT NULL REFERENCES pack (row) ON DELETE CASCADE,
                        offset INTEGER NOT NULL,
                        size INTEGER NOT NULL,
                        PRIMARY KEY (digest, pack)
                    ) WITHOUT ROWID;
                    CREATE INDEX blob_pack ON blob (pack);
                    CREATE TABLE ingested (snapshot TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
                    CREATE TABLE manifest_gap (manifest BLOB NOT NULL, missing BLOB NOT NULL, PRIMARY KEY (manifest, missing)) WITHOUT ROWID;
                    CREATE TABLE last_needs (snapshot TEXT PRIMARY KEY, depth INTEGER NOT NULL);
                    CREATE TABLE last_needs_pack (id BLOB PRIMARY KEY) WITHOUT ROWID;
                    """)
        }
        return migrator
    }

    /// Sorts as the digest's text does: algorithm first, then the bytes.
    static func key(_ digest: Digest) -> [UInt8] {
        [digest.algorithm == .sha256 ? 0 : 1] + digest.bytes
    }

    static func digest(_ key: [UInt8]) throws -> Digest {
        try Digest(algorithm: key.first == 0 ? .sha256 : .sha512, bytes: Array(key.dropFirst()))
    }

    // MARK: - Packs

    /// Every pack.
    package func packs() async throws -> [Pack] {
        try await queue.read { db in
            try Row.fetchAll(db, sql: "SELECT row, id, size, sha256, state FROM pack").map { try Self.pack($0) }
        }
    }

    private static func pack(_ row: Row) throws -> Pack {
        let bytes: [UInt8] = Array(row["id"] as Data)
        guard let id = RandomID(bytes: bytes), let state = PackState(rawValue: row["state"]) else {
            throw VaultError(.corrupt, "the catalog has a malformed pack row", remedy: "run 'opsd vault rebuild-catalog'")
        }
        return Pack(row: row["row"], id: id, object: StoredObject(name: .pack(id), size: row["size"], sha256: row["sha256"]), state: state)
    }

    /// Learns packs and their blobs, in one transaction. Packs that it knows keep their rows and at most become published.
    package func add(_ packs: [PackContents], state: PackState) async throws {
        try await queue.write { db in
            for pack in packs { try Self.insert(pack, state, db) }
        }
    }

    private static func insert(_ pack: PackContents, _ state: PackState, _ db: Database) throws {
        let id = Data(pack.id.bytes)
        if let row = try Int64.fetchOne(db, sql: "SELECT row FROM pack WHERE id = ?", arguments: [id]) {
            if state == .published {
                try db.execute(sql: "UPDATE pack SET state = ? WHERE row = ?", arguments: [state.rawValue, row])
            }
            return
        }
        try db.execute(
            sql: "INSERT INTO pack (id, size, sha256, state) VALUES (?, ?, ?, ?)",
            arguments: [id, pack.object.size, pack.object.sha256, state.rawValue])
        let row = db.lastInsertedRowID
        let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO blob (digest, pack, offset, size) VALUES (?, ?, ?, ?)")
        for blob in pack.blobs {
            try statement.execute(arguments: [Data(key(blob.digest)), row, blob.offset, blob.size])
        }
    }

    /// The blobs of one pack, sorted by offset.
    package func contents(of pack: Pack) async throws -> PackContents {
        try await queue.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT digest, offset, size FROM blob WHERE pack = ? ORDER BY offset, size", arguments: [pack.row])
            let blobs = try rows.map { row in
                BlobLocation(digest: try Self.digest(Array(row["digest"] as Data)), offset: row["offset"], size: row["size"])
            }
            return PackContents(id: pack.id, object: pack.object, blobs: blobs)
        }
    }

    /// Notes that every blob of `pack` was decrypted and agreed with its digest at `second` (seconds since 1970).
    package func setVerified(_ pack: Pack, at second: Int64) async throws {
        try await queue.write { db in
            try db.execute(sql: "UPDATE pack SET verified = ? WHERE row = ?", arguments: [second, pack.row])
        }
    }

    /// Packs by age of their last verification, never verified ones first.
    package func packsByVerification() async throws -> [(pack: Pack, verified: Int64?)] {
        try await queue.read { db in
            try Row.fetchAll(
                db, sql: "SELECT row, id, size, sha256, state, verified FROM pack ORDER BY verified IS NOT NULL, verified, row"
            )
            .map { (try Self.pack($0), $0["verified"]) }
        }
    }

    // MARK: - Snapshots

    /// Ids of the snapshots whose segment the catalog holds, with the hash of the manifest that it saw.
    package func ingested() async throws -> [SnapshotID: String] {
        try await queue.read { db in
            var all: [SnapshotID: String] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT snapshot, sha256 FROM ingested") {
                if let id = SnapshotID(parsing: row["snapshot"]) { all[id] = row["sha256"] }
            }
            return all
        }
    }

    /// Marks the packs that a signed manifest lists as published, and the snapshot as known.
    package func publish(_ snapshot: SnapshotID, manifestHash: String, packs: [RandomID]) async throws {
        try await queue.write { db in
            for pack in packs {
                try db.execute(
                    sql: "UPDATE pack SET state = ? WHERE id = ?", arguments: [PackState.published.rawValue, Data(pack.bytes)])
            }
            try db.execute(
                sql: "INSERT OR REPLACE INTO ingested (snapshot, sha256) VALUES (?, ?)", arguments: ["\(snapshot)", manifestHash])
        }
    }
}
