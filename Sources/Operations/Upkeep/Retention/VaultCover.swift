import Foundation
import JobEngine
import LocalIO
import OCIImage
import RegistryStorage
import Vault

/// What a vault could give back if it were removed now.
struct VaultCover: Sendable {
    let vault: Vault
    /// The registry's own; nil where this host does not have it.
    let storage: RegistryStorage?
    /// The time of the database in the newest complete snapshot; nil where there is none.
    let recoveryPoint: Date?
    private let soundPacks: Set<RandomID>

    /// Learns all snapshots and packs. An index that cannot be used is noted, and what it names counts as absent.
    init(_ vault: Vault, _ storage: RegistryStorage?, _ recorder: RunRecorder) async throws {
        self.vault = vault
        self.storage = storage
        let history = try await vault.history()
        try await vault.synchronizeCatalog(with: history) { snapshot, error in
            recorder.note(Finding(.remark, "index_damaged", "the index of snapshot \(snapshot) cannot be used: \(error)"))
        }
        recoveryPoint = history.latestComplete?.manifest.recoveryPoint
        let records = try await vault.records()
        let expired = records.expiredPacks
        let sizes = try await vault.packSizes()
        let listed = try await Self.listedPacks(vault, history, expired: records.expiredSnapshots, recorder)
        soundPacks = Set(
            try await vault.catalog.packs().filter { pack in
                pack.state == .published && sizes[pack.id] == pack.object.size && !expired.contains(pack.id)
                    && listed?.contains(pack.id) != false
            }.map(\.id))
    }

    /// The packs that snapshots list whose signatures hold now; nil for all that the catalog calls published.
    ///
    /// The catalog forgets no snapshot: one that is gone, or that nobody trusts any more, restores nothing, whatever the catalog knows of it.
    private static func listedPacks(
        _ vault: Vault, _ history: SnapshotHistory, expired: Set<SnapshotID>, _ recorder: RunRecorder
    ) async throws -> Set<RandomID>? {
        let hashes = Dictionary(history.entries.map { ($0.manifest.snapshot, $0.sha256) }, uniquingKeysWith: { first, _ in first })
        let lost = try await vault.catalog.ingested().filter { hashes[$0.key] != $0.value && !expired.contains($0.key) }
        guard !lost.isEmpty else { return nil }
        recorder.note(
            Finding(
                .remark, "snapshots_lost",
                "\(lost.count) snapshots that were in vault '\(vault.name)' are there no more or not trusted any more: what they alone saved counts as absent"
            ))
        var packs: Set<RandomID> = []
        for entry in history.entries {
            do {
                packs.formUnion(try await vault.objects(of: entry.manifest).packs)
            } catch let error as VaultError {
                guard [.corrupt, .malformed, .notFound].contains(error.code) else { throw error }
                recorder.note(Finding(.remark, "index_damaged", "the list of snapshot \(entry.manifest.snapshot) cannot be used: \(error)"))
            }
        }
        return packs
    }

    /// Those of `digests` that no sound pack of a signed snapshot holds; ordered. What the storage does not have any more cannot be lost.
    ///
    /// Throws ``RegistryStorageError`` where the storage as a whole has gone away, since then it says nothing.
    func absent(of digests: [Digest]) async throws -> [Digest] {
        let absent = try await vault.catalog.locate(digests, soundPacks: soundPacks).absent
        guard let storage else { return absent }
        return try await onBlockingThread {
            var lacking: [Digest] = []
            for digest in absent {
                do throws(RegistryStorageError) {
                    _ = try storage.open(digest)
                    lacking.append(digest)
                } catch {
                    guard error.code != .storageGone else { throw error }
                    // The registry keeps what a longer hash names under another name, so that its absence proves nothing.
                    if error.code != .missing || digest.algorithm != .sha256 { lacking.append(digest) }
                }
            }
            return lacking
        }
    }
}
