import Foundation
import GRDB
import LocalIO
package import OCIImage

/// What a snapshot needs, compared with what sound packs hold.
package struct NeedsDifference<Item: Sendable>: Sendable {
    /// Needed, and in no sound pack; in the order in which they were asked for.
    package var missing: [Item] = []
    /// Packs that hold what is needed.
    package var packs: Set<RandomID> = []
    /// Needed blobs that a sound pack holds, and their bytes.
    package var present = 0
    /// Bytes of the blobs that `present` counts.
    package var presentBytes: Int64 = 0

    /// Nothing compared yet.
    package init() {}
}

extension Catalog {
    /// Compares needed items, which arrive sorted by digest and each once, with the blobs of packs for which `isSound` holds: one merge of two sorted
    /// streams, whatever their length.
    ///
    /// Blocks its thread while it waits for `next`; call it on one that may block. Throws `malformed` where the digests are not sorted.
    package func difference<Item: Sendable>(
        soundPacks: Set<RandomID>, digest: (Item) -> Digest, next: () throws -> [Item]?
    ) throws -> NeedsDifference<Item> {
        try queue.read { db in
            var ids: [Int64: RandomID] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT row, id FROM pack") {
                if let id = RandomID(bytes: Array(row["id"] as Data)), soundPacks.contains(id) { ids[row["row"]] = id }
            }
            let cursor = try Row.fetchCursor(db, sql: "SELECT digest, pack, size FROM blob ORDER BY digest, pack")
            var stored = try StoredCursor(cursor)
            var difference = NeedsDifference<Item>()
            var packs: Set<Int64> = []
            var before: [UInt8] = []
            while let batch = try next() {
                for item in batch {
                    let key = Self.key(digest(item))
                    guard before.isEmpty || before.lexicographicallyPrecedes(key) else {
                        throw VaultError(.malformed, "needed digests are not sorted at \(digest(item))")
                    }
                    before = key
                    try stored.advance(to: key)
                    var isPresent = false
                    while stored.isAt(key) {
                        // The first sound copy counts; a second one elsewhere is not needed.
                        if !isPresent, ids[stored.pack] != nil {
                            isPresent = true
                            packs.insert(stored.pack)
                            difference.present += 1
                            difference.presentBytes += stored.size
                        }
                        try stored.step()
                    }
                    if !isPresent { difference.missing.append(item) }
                }
            }
            difference.packs = Set(packs.compactMap { ids[$0] })
            return difference
        }
    }

    /// Where the first sound copy of each of `digests` is, grouped by pack; those that no sound pack holds are in `absent`.
    package func locate(
        _ digests: [Digest], soundPacks: Set<RandomID>
    ) async throws -> (packs: [PackContents], absent: [Digest]) {
        let packs = try await packs()
        let byRow = Dictionary(uniqueKeysWithValues: packs.filter { soundPacks.contains($0.id) }.map { ($0.row, $0) })
        return try await queue.read { db in
            var found: [Int64: [BlobLocation]] = [:]
            var absent: [Digest] = []
            let statement = try db.cachedStatement(sql: "SELECT pack, offset, size FROM blob WHERE digest = ? ORDER BY pack")
            for digest in Set(digests) {
                let rows = try Row.fetchAll(statement, arguments: [Data(Self.key(digest))])
                if let row = rows.first(where: { byRow[$0["pack"]] != nil }) {
                    found[row["pack"], default: []].append(BlobLocation(digest: digest, offset: row["offset"], size: row["size"]))
                } else {
                    absent.append(digest)
                }
            }
            let contents = found.compactMap { row, blobs in
                byRow[row].map {
                    PackContents(id: $0.id, object: $0.object, blobs: blobs.sorted { ($0.offset, $0.size) < ($1.offset, $1.size) })
                }
            }
            return (contents.sorted { $0.id < $1.id }, absent.sorted())
        }
    }

    // MARK: - Manifests whose references are not all there

    /// Remembers digests that a stored manifest names but that are in no pack; an empty list clears the manifest.
    package func setGaps(of manifest: Digest, _ missing: [Digest]) async throws {
        try await queue.write { db in
            let key = Data(Self.key(manifest))
            try db.execute(sql: "DELETE FROM manifest_gap WHERE manifest = ?", arguments: [key])
            for digest in Set(missing) {
                try db.execute(sql: "INSERT INTO manifest_gap (manifest, missing) VALUES (?, ?)", arguments: [key, Data(Self.key(digest))])
            }
        }
    }

    /// Every remembered gap, by manifest.
    package func gaps() async throws -> [Digest: [Digest]] {
        try await queue.read { db in
            var all: [Digest: [Digest]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT manifest, missing FROM manifest_gap ORDER BY manifest, missing") {
                all[try Self.digest(Array(row["manifest"] as Data)), default: []].append(try Self.digest(Array(row["missing"] as Data)))
            }
            return all
        }
    }

    // MARK: - Needs of the newest snapshot

    /// The needs that the newest own snapshot wrote, against which the next one writes a difference.
    package func lastNeeds() async throws -> (snapshot: SnapshotID, depth: Int, packs: Set<RandomID>)? {
        try await queue.read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT snapshot, depth FROM last_needs"),
                let id = SnapshotID(parsing: row["snapshot"])
            else {
                return nil
            }
            let packs = try Data.fetchAll(db, sql: "SELECT id FROM last_needs_pack").compactMap { RandomID(bytes: Array($0)) }
            return (id, row["depth"], Set(packs))
        }
    }

    /// Replaces the needs of the newest own snapshot; `depth` is the number of differences down to a whole one.
    package func setLastNeeds(_ snapshot: SnapshotID, depth: Int, packs: Set<RandomID>) async throws {
        try await queue.write { db in
            try db.execute(sql: "DELETE FROM last_needs; DELETE FROM last_needs_pack")
            try db.execute(sql: "INSERT INTO last_needs (snapshot, depth) VALUES (?, ?)", arguments: ["\(snapshot)", depth])
            for pack in packs { try db.execute(sql: "INSERT INTO last_needs_pack (id) VALUES (?)", arguments: [Data(pack.bytes)]) }
        }
    }
}

/// The catalog's side of the merge.
private struct StoredCursor {
    private let rows: RowCursor
    private var key: Data?
    private(set) var pack: Int64 = 0
    private(set) var size: Int64 = 0

    init(_ rows: RowCursor) throws {
        self.rows = rows
        try step()
    }

    mutating func step() throws {
        guard let row = try rows.next() else {
            key = nil
            return
        }
        key = row["digest"]
        pack = row["pack"]
        size = row["size"]
    }

    mutating func advance(to wanted: [UInt8]) throws {
        while let key, key.lexicographicallyPrecedes(wanted) { try step() }
    }

    func isAt(_ wanted: [UInt8]) -> Bool { key.map { $0.elementsEqual(wanted) } ?? false }
}
