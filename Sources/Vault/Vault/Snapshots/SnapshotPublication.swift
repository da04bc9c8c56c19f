package import Foundation
import LocalIO
import SSHSignature
import SystemPackage

/// What a run hands over to be published as a snapshot.
package struct SnapshotContents: Sendable {
    /// Archives and inventory that the run wrote for this snapshot.
    package var objects: [StoredObject]
    /// Packs that the run stored; the catalog knows them as unpublished.
    package var stored: [RandomID]
    /// Packs that hold what the snapshot needs; nil for a snapshot of files alone.
    package var needs: Set<RandomID>?
    /// Sizes of the packs in the target, from the run's listing: only what is there is adopted.
    package var listing: [RandomID: Int64]

    /// Describes the objects of one snapshot.
    package init(objects: [StoredObject], stored: [RandomID] = [], needs: Set<RandomID>? = nil, listing: [RandomID: Int64] = [:]) {
        self.objects = objects
        self.stored = stored
        self.needs = needs
        self.listing = listing
    }
}

extension Vault {
    /// Publishes a snapshot in the order of format section 11: needs, index segment, object list, manifest, signature.
    ///
    /// Serialised by a lock in the state folder, since a chain has one end. A crash on any line before the signature leaves objects that no
    /// manifest names; after it, the next run finds the snapshot. Throws `locked` where another writer's segment cannot be opened, and `corrupt`
    /// where the vault shows less of this host's chain than it has seen.
    package func publish(_ draft: SnapshotDraft, _ contents: SnapshotContents, at now: Date) async throws -> SnapshotHistory.Entry {
        let key = try requireSigningKey()
        let path = stateFolder.appending("publish.lock")
        // Its holder is suspended now and then; waiting on a thread of the cooperative pool could take the one that it needs to go on.
        let lock = try await onBlockingThread { try ProcessLock(path, holder: "\(draft.id)", waiting: true) }
        defer { withExtendedLifetime(lock) {} }
        let history = try await history()
        try checkHead(of: key.publicKey.text, in: history)
        // Damage was reported when the run began; it does not keep a new snapshot from being published.
        try await synchronizeCatalog(with: history) { _, _ in }
        let records = try await records()

        var objects = contents.objects
        var draft = draft
        let adopted = try await packsToList(contents, expired: records.expiredPacks)
        draft.counts.packsWritten = contents.stored.count
        draft.counts.packsAdopted = adopted.count - adopted.filter { contents.stored.contains($0.id) }.count
        draft.counts.packsNeeded = contents.needs?.count ?? 0
        var depth = 0
        if let needs = contents.needs { (objects, depth) = try await appendNeeds(needs, of: draft.id, to: objects, history, records) }
        if !adopted.isEmpty { objects = try await appendSegment(adopted, of: draft.id, to: objects) }

        let head = history.heads[key.publicKey.text]
        let entry = try await writeManifest(draft, objects, head, key.publicKey.text, now)
        try await catalog.publish(draft.id, manifestHash: entry.sha256, packs: adopted.map(\.id))
        if let needs = contents.needs { try await catalog.setLastNeeds(draft.id, depth: depth, packs: needs) }
        try memory.raise([key.publicKey.text: HeadMemory.Head(sequence: entry.manifest.sequence, snapshot: draft.id, sha256: entry.sha256)])
        return entry
    }

    /// A writer that continued below a head that it has seen would fork its own chain.
    private func checkHead(of signer: String, in history: SnapshotHistory) throws {
        guard let seen = memory.heads[signer] else { return }
        let present = history.heads[signer]?.sequence ?? 0
        guard present >= seen.sequence else {
            throw VaultError(
                .corrupt,
                "the vault at \(target.location) shows sequence \(present) of this host's chain, but \(seen.sequence) was published",
                remedy: "find out who removed snapshot \(seen.snapshot); 'opsd vault audit' lists what is there")
        }
    }

    /// Packs for this run's segment: those that it stored, and sound ones that an earlier run could not publish. One that an expiry names
    /// may be gone at any time.
    private func packsToList(_ contents: SnapshotContents, expired: Set<RandomID>) async throws -> [Catalog.Pack] {
        let stored = Set(contents.stored)
        return try await catalog.packs().filter { pack in
            guard pack.state == .unpublished else { return false }
            return stored.contains(pack.id) || (contents.listing[pack.id] == pack.object.size && !expired.contains(pack.id))
        }
    }

    private func appendNeeds(
        _ needs: Set<RandomID>, of id: SnapshotID, to objects: [StoredObject], _ history: SnapshotHistory, _ records: RecordHistory
    ) async throws -> (objects: [StoredObject], depth: Int) {
        var base: (snapshot: SnapshotID, packs: Set<RandomID>)?
        var depth = 0
        if let last = try await catalog.lastNeeds(), last.depth + 1 < Needs.chainLimit, !records.expiredSnapshots.contains(last.snapshot),
            history.entries.contains(where: { $0.manifest.snapshot == last.snapshot })
        {
            base = (last.snapshot, last.packs)
            depth = last.depth + 1
        }
        let text = Needs(needs, base: base).text
        let object = try await SealedUpload.put(text, as: .snapshot(id, .needs), on: target, to: indexRecipients)
        return (objects + [object], depth)
    }

    private func appendSegment(_ packs: [Catalog.Pack], of id: SnapshotID, to objects: [StoredObject]) async throws -> [StoredObject] {
        let sealed = try await SealedUpload(.index(id), on: target, to: indexRecipients)
        do {
            var blobs = 0
            try await sealed.write(IndexSegment.header)
            for pack in packs {
                let contents = try await catalog.contents(of: pack)
                blobs += contents.blobs.count
                try await sealed.write(IndexSegment.lines(of: contents))
            }
            try await sealed.write(IndexSegment.trailer(packs: packs.count, blobs: blobs))
            return objects + packs.map(\.object) + [try await sealed.finish()]
        } catch {
            await sealed.abandon()
            throw error
        }
    }

    private func writeManifest(
        _ draft: SnapshotDraft, _ objects: [StoredObject], _ head: HeadMemory.Head?, _ signer: String, _ now: Date
    ) async throws -> SnapshotHistory.Entry {
        let list = ObjectList(vault: description.id, snapshot: draft.id, objects: objects)
        let text = list.text
        let stored = try await target.putPlain(text, as: .snapshot(draft.id, .objectList))
        let reference = SnapshotManifest.ObjectListReference(
            sha256: stored.sha256, size: stored.size, objects: objects.count, bytes: list.bytes)
        let manifest = SnapshotManifest(
            vault: description.id, draft: draft, signer: signer, sequence: (head?.sequence ?? 0) + 1,
            previous: head.map { SnapshotManifest.Predecessor(snapshot: $0.snapshot, sha256: $0.sha256) }, created: now,
            objectList: reference, counts: draft.counts)
        let bytes = try FormatJSON.encode(manifest)
        let signature = try requireSigningKey().sign(bytes, namespace: SnapshotManifest.namespace)
        try await target.put(bytes, as: .snapshot(draft.id, .manifest))
        // From the next line on the snapshot exists.
        try await target.put(Array(signature.armored.utf8), as: .snapshot(draft.id, .signature))
        return SnapshotHistory.Entry(manifest: manifest, sha256: sha256(of: bytes))
    }
}
