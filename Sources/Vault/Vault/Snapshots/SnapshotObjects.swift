/// A verified snapshot together with the list of its own objects.
package struct SnapshotObjects: Sendable {
    /// What the signed manifest says.
    package let manifest: SnapshotManifest
    /// The list whose hash the manifest signs.
    package let list: ObjectList
    private let byName: [ObjectName: StoredObject]

    init(manifest: SnapshotManifest, list: ObjectList) {
        self.manifest = manifest
        self.list = list
        byName = Dictionary(list.objects.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Size and hash of a listed object; nil where the snapshot has none of that name.
    package func object(_ name: ObjectName) -> StoredObject? { byName[name] }

    /// Size and hash of a part of this snapshot; nil where it has none.
    package func part(_ part: SnapshotPart) -> StoredObject? { byName[.snapshot(manifest.snapshot, part)] }

    /// Ids of the packs that the run stored or adopted.
    package var packs: [RandomID] { list.objects.compactMap(\.name.packID) }
}

extension Vault {
    /// Reads the object list of a verified snapshot and compares it with the hash that the manifest signs.
    package func objects(of manifest: SnapshotManifest) async throws -> SnapshotObjects {
        let name = ObjectName.snapshot(manifest.snapshot, .objectList)
        let bytes = try await target.contents(of: name, limit: Int(clamping: manifest.objectList.size))
        guard Int64(bytes.count) == manifest.objectList.size, sha256(of: bytes) == manifest.objectList.sha256 else {
            throw VaultError(.corrupt, "\(name) is not the list that the manifest of \(manifest.snapshot) signs")
        }
        let list = try ObjectList(parsing: bytes)
        guard list.vault == description.id, list.snapshot == manifest.snapshot else {
            throw VaultError(.corrupt, "\(name) belongs to another vault or snapshot")
        }
        return SnapshotObjects(manifest: manifest, list: list)
    }

    /// The packs that a snapshot needs, following differences through earlier snapshots of `history`.
    package func needs(of manifest: SnapshotManifest, in history: SnapshotHistory) async throws -> Set<RandomID> {
        var chain: [Needs] = []
        var current = manifest
        while true {
            guard chain.count <= Needs.chainLimit else {
                throw VaultError(.malformed, "the needs of \(manifest.snapshot) are a chain of more than \(Needs.chainLimit) differences")
            }
            let objects = try await objects(of: current)
            guard let object = objects.part(.needs) else { throw VaultError(.malformed, "snapshot \(current.snapshot) lists no needs") }
            let download = try await SealedDownload(object, from: target, with: indexIdentities)
            let needs = try Needs(parsing: try await download.contents(limit: 64 << 20))
            chain.append(needs)
            guard let base = needs.base else { break }
            guard let entry = history.entries.first(where: { $0.manifest.snapshot == base }) else {
                throw VaultError(.notFound, "the needs of \(current.snapshot) build on snapshot \(base), which is not in the vault")
            }
            current = entry.manifest
        }
        var packs: Set<RandomID> = []
        for needs in chain.reversed() { packs = try needs.packs(appliedTo: packs) }
        return packs
    }

    /// Brings the catalog up to date with every signed manifest: segments that it does not know are read, packs of known ones published.
    ///
    /// A segment whose packs the catalog knows all, because this host stored them and died before it learned that they are published, is not
    /// read again. Returns the number of segments read. Throws `locked` where a segment has to be read and nothing here opens it.
    ///
    /// With `onDamage` a list or segment that is missing or not what was signed is reported there and left out, and tried again next time: one
    /// lost object then costs what it named, and not every later backup and restore. Without it the damage is thrown.
    @discardableResult
    package func synchronizeCatalog(
        with history: SnapshotHistory, onDamage: ((SnapshotID, VaultError) -> Void)? = nil
    ) async throws -> Int {
        let known = try await catalog.ingested()
        var stored = Set(try await catalog.packs().map(\.object))
        var read = 0
        for entry in history.entries where known[entry.manifest.snapshot] != entry.sha256 {
            do {
                if try await learn(entry, &stored) { read += 1 }
            } catch let error as VaultError where [.corrupt, .malformed, .notFound].contains(error.code) {
                guard let onDamage else { throw error }
                onDamage(entry.manifest.snapshot, error)
            }
        }
        return read
    }

    /// Learns one snapshot; true if its segment had to be read.
    private func learn(_ entry: SnapshotHistory.Entry, _ stored: inout Set<StoredObject>) async throws -> Bool {
        let objects = try await objects(of: entry.manifest)
        let packs = objects.list.objects.filter { $0.name.packID != nil }
        var isRead = false
        if let segment = objects.object(.index(entry.manifest.run)), !stored.isSuperset(of: packs) {
            try await ingest(segment, listedIn: objects)
            stored.formUnion(packs)
            isRead = true
        }
        try await catalog.publish(entry.manifest.snapshot, manifestHash: entry.sha256, packs: objects.packs)
        return isRead
    }

    private func ingest(_ segment: StoredObject, listedIn objects: SnapshotObjects) async throws {
        // Two passes: nothing of a segment enters the catalog before the hash of the whole agreed with the signed list.
        try await SealedDownload.verify(segment, on: target)
        let download = try await SealedDownload(segment, from: target, with: indexIdentities)
        var parser = IndexSegmentParser()
        while let piece = try await download.next() {
            let packs = try parser.parse(piece)
            for pack in packs where objects.object(pack.object.name) != pack.object {
                throw VaultError(.corrupt, "\(segment.name) describes \(pack.object.name) otherwise than the signed list of its run")
            }
            try await catalog.add(packs, state: .published)
        }
        try parser.finish()
    }
}
