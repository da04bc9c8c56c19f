package import Foundation
import HarborDatabase
package import JobEngine
import LocalIO
import OCIImage
import Postgres
import RegistryStorage
package import Vault

/// Saves a Harbor installation: database, blobs, file sets, with the proof that they belong together.
///
/// The order is what makes it safe: one database snapshot decides what is needed, the transaction ends, the blobs follow, the closure is
/// proved, and the signature of the manifest publishes. Cancelled or killed anywhere it leaves older snapshots whole and its packs to be adopted.
package struct BackupJob: Sendable {
    let source: BackupSource
    let options: BackupOptions
    /// Where the snapshot goes.
    package let vault: Vault
    /// Vaults of file sets that do not belong into the job's own, by name.
    package let companions: [String: Vault]
    let acknowledgements: Acknowledgements
    let clock: any WallClock

    /// A backup of `source` into `vault`.
    package init(
        source: BackupSource, options: BackupOptions, vault: Vault, companions: [String: Vault], acknowledgements: Acknowledgements,
        clock: any WallClock
    ) {
        self.source = source
        self.options = options
        self.vault = vault
        self.companions = companions
        self.acknowledgements = acknowledgements
        self.clock = clock
    }

    /// What a finished backup says of itself.
    package struct Result: Sendable {
        /// `partial` where any finding is a warning.
        package let outcome: RunOutcome
        /// Published snapshots, by vault name.
        package let snapshots: [String: SnapshotID]
        /// Time of the database snapshot, to which a restore goes back.
        package let recoveryPoint: Date
        /// The closure holds: every needed blob is in a sound pack or known as broken at source.
        package let isComplete: Bool
    }

    /// Runs the backup as `id`, with garbage collection held off by `hold` from before the database snapshot to the end.
    ///
    /// Throws what makes it fail; nothing is published then.
    package func run(_ id: RunID, recorder: RunRecorder, hold: CollectionHold? = nil) async throws -> Result {
        guard let snapshot = SnapshotID(parsing: id.description) else { throw JobError(.failed, "run id \(id) is no snapshot id") }
        guard let hold else {
            // A blob that a collection deletes meanwhile is found missing, and asked for again in the database.
            recorder.note(
                Finding(
                    .remark, "gc_not_held",
                    "garbage collection was neither checked nor held: the configuration has no 'harbor:' to ask for it"))
            return try await save(snapshot, recorder)
        }
        return try await hold.during(id, recorder) { try await save(snapshot, recorder) }
    }

    private func save(_ snapshot: SnapshotID, _ recorder: RunRecorder) async throws -> Result {
        let storage = try RegistryStorage(root: source.storage)
        let listing = try await recorder.phase("vault") { try await prepare(recorder) }
        let database = try await recorder.phase("database") { try await readDatabase(snapshot, listing, recorder) }
        var stored = try await recorder.phase("blobs") {
            try await BlobStoring(storage: storage, vault: vault, recorder: recorder, workers: options.workers)
                .store(database.needs.difference.missing)
        }
        try await followLinks(&stored, storage, recorder)
        try await followReferences(&stored, storage, recorder)
        let breakage = try await judge(stored, database, recorder)
        let files = try await archiveFiles(snapshot, database, recorder)
        let closure = try await recorder.phase("closure") { try await proveClosure(stored, database, listing, recorder) }
        return try await recorder.phase("publish") {
            try await publish(
                Parts(
                    snapshot: snapshot, listing: listing, database: database, stored: stored, breakage: breakage, files: files,
                    closure: closure), recorder)
        }
    }

    /// Everything that publishing needs.
    struct Parts: Sendable {
        let snapshot: SnapshotID
        let listing: PackListing
        let database: DatabasePart
        let stored: StoredBlobs
        let breakage: Breakage
        let files: [ArchivedFileSet]
        let closure: ClosureProof
    }

    /// The packs in the target before the run, and which of them count.
    struct PackListing: Sendable {
        let sizes: [RandomID: Int64]
        let sound: Set<RandomID>
    }

    /// Brings the catalog up to date and lists the target's packs: one that is missing, torn or expired counts as absent.
    private func prepare(_ recorder: RunRecorder) async throws -> PackListing {
        let history = try await vault.history()
        try await vault.synchronizeCatalog(with: history) { snapshot, error in
            recorder.note(
                Finding(
                    .warning, "index_damaged", "the index of snapshot \(snapshot) cannot be used, so blobs may be stored again: \(error)"))
        }
        return try await listPacks()
    }

    private func listPacks() async throws -> PackListing {
        let expired = try await vault.records().expiredPacks
        let sizes = try await vault.packSizes()
        let sound = try await vault.catalog.packs().filter { sizes[$0.id] == $0.object.size && !expired.contains($0.id) }
        return PackListing(sizes: sizes, sound: Set(sound.map(\.id)))
    }

    /// Looks for blobs with a sha512 digest where the registry really keeps them: it stores every upload under its sha256 digest, and only
    /// the link of a repository leads from the one to the other.
    private func followLinks(_ stored: inout StoredBlobs, _ storage: RegistryStorage, _ recorder: RunRecorder) async throws {
        let missing = stored.broken.filter { $0.reason == .missing && $0.digest.algorithm == .sha512 }.map(\.digest)
        guard !missing.isEmpty else { return }
        let affected = try await withHarbor { try await $0.imagesAffected(by: missing) }
        let pending = missing.map { digest in
            let images = affected.filter { $0.digest == digest || $0.digests.contains(digest) }
            return PendingBlob(digest: digest, role: .layer, repositories: Set(images.map(\.repository)).sorted())
        }
        let found = try await BlobStoring(storage: storage, vault: vault, recorder: recorder, workers: options.workers)
            .store(pending.filter { !$0.repositories.isEmpty })
        let lost = Set(found.broken.map(\.digest))
        stored.broken.removeAll { broken in
            pending.contains { $0.digest == broken.digest && !$0.repositories.isEmpty } && !lost.contains(broken.digest)
        }
        stored.packs += found.packs
        stored.blobs += found.blobs
        stored.bytes += found.bytes
    }

    /// Asks the database as it is now, outside the snapshot.
    func withHarbor<Value>(_ ask: (HarborDatabase) async throws -> Value) async throws -> Value {
        let connection = try await PostgresConnection.connect(source.database)
        do {
            let value = try await ask(HarborDatabase(connection: connection))
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Stores what manifests of this run refer to though no row names it: rows that production lost do not lose the blob as well.
    private func followReferences(_ stored: inout StoredBlobs, _ storage: RegistryStorage, _ recorder: RunRecorder) async throws {
        let referred = Set(stored.references.values.joined().filter { !$0.isForeign && $0.kind != .subject }.map(\.digest))
        guard !referred.isEmpty else { return }
        let sound = try await soundPacks()
        let absent = try await vault.catalog.locate(Array(referred), soundPacks: sound).absent
        let known = Set(stored.broken.map(\.digest)).union(stored.unreadable.map(\.digest))
        let extra = absent.filter { !known.contains($0) }
        guard !extra.isEmpty else { return }
        let found = try await BlobStoring(storage: storage, vault: vault, recorder: recorder, workers: options.workers)
            .store(extra.map { PendingBlob(digest: $0, role: .unreferenced) })
        stored.packs += found.packs
        stored.blobs += found.blobs
        stored.bytes += found.bytes
    }

    /// The packs that count now: in the target with the size that the catalog knows, and not expired.
    func soundPacks() async throws -> Set<RandomID> { try await listPacks().sound }
}
