import Foundation
import HarborDatabase
package import JobEngine
import LocalIO
import OCIImage
import RegistryStorage
package import SystemPackage
package import Vault

/// Writes the blobs and link files of a snapshot into a folder, so that a registry can serve them.
package struct StorageRestore: Sendable {
    private let vault: Vault
    private let history: SnapshotHistory
    private let snapshot: SnapshotObjects
    private let folder: FilePath
    private let live: FilePath?
    private let owner: (user: UInt32, group: UInt32)?
    private let workers: Int

    /// A restore of `snapshot` into `folder`, which must not be, hold or lie in `live`, the storage of the running registry.
    package init(
        _ snapshot: SnapshotObjects, in vault: Vault, history: SnapshotHistory, to folder: FilePath, live: FilePath?,
        owner: (user: UInt32, group: UInt32)?, workers: Int = 2
    ) {
        self.vault = vault
        self.history = history
        self.snapshot = snapshot
        self.folder = folder
        self.live = live
        self.owner = owner
        self.workers = workers
    }

    /// What the inventory asks for.
    struct Wanted: Sendable {
        var artifacts: [InventoryArtifact] = []
        var blobs: Set<Digest> = []
        var broken: [Digest: [String]] = [:]
    }

    /// What would be done. Reads the inventory and the catalog, writes nothing. Throws `refused` where the folder is the live registry's.
    package func plan() async throws -> RestorePlan {
        try checkFolder()
        let wanted = try await wanted()
        let located = try await locate(wanted)
        let bytes = located.packs.reduce(Int64(0)) { $0 + $1.blobs.reduce(0) { $0 + $1.size } }
        var notes = wanted.broken.isEmpty ? [] : ["\(wanted.broken.count) blobs were broken at source and cannot come back"]
        if !located.absent.isEmpty { notes.append("\(located.absent.count) needed blobs are in no sound pack") }
        return RestorePlan(
            what:
                "\(wanted.artifacts.count) artifacts in \(Set(wanted.artifacts.map(\.repository)).count) repositories, \(wanted.blobs.count) blobs",
            to: folder.string, snapshot: snapshot.manifest, bytes: bytes, items: wanted.blobs.count, notes: notes)
    }

    /// Writes what is missing, hashes and keeps what is there. Each blob is hashed before it gets its name; success means that all is durable.
    package func execute(recorder: RunRecorder) async throws -> RestoreResult {
        try checkFolder()
        let wanted = try await recorder.phase("inventory") { try await self.wanted() }
        let writer = try RegistryStorageWriter(root: folder, owner: owner.map { ($0.user, $0.group) })
        var result = RestoreResult(restored: 0, bytes: 0, kept: 0, missing: [])
        let (absent, tally) = try await recorder.phase("blobs") { try await writeBlobs(wanted, writer, recorder) }
        (result.restored, result.bytes, result.kept) = (tally.written, tally.bytes, tally.kept)
        try await recorder.phase("links") {
            try writeLinks(wanted, writer)
            try writer.finish()
        }
        for digest in absent.sorted() {
            let images = wanted.artifacts.filter { $0.digest == digest || $0.blobs.contains(digest) }.map {
                "\($0.repository)@\($0.digest)"
            }
            result.missing.append("\(digest), needed by \(images.isEmpty ? "no image" : images.prefix(5).joined(separator: ", "))")
        }
        for (digest, images) in wanted.broken.sorted(by: { $0.key < $1.key }) {
            result.missing.append("\(digest) was broken at source, needed by \(images.joined(separator: ", "))")
        }
        return result
    }

    private func checkFolder() throws {
        guard let live else { return }
        // A live registry that is not there (another host, an unmounted disk) cannot be the folder that is written to.
        guard let storage = try? RegistryStorage(root: live) else { return }
        guard !storage.isSameStorage(as: folder) else {
            throw JobError(
                .refused, "\(folder) is the storage of the running registry (\(live))",
                remedy: "restore into another folder, check it, then move it into place while the registry is stopped")
        }
    }

    private func wanted() async throws -> Wanted {
        var wanted = Wanted()
        try await InventoryReader.read(snapshot, in: vault) { item in
            switch item {
            case .artifact(let artifact):
                wanted.blobs.insert(artifact.digest)
                wanted.blobs.formUnion(artifact.blobs)
                wanted.artifacts.append(artifact)
            case .blob(let digest): wanted.blobs.insert(digest)
            case .broken(let digest, _, let images): wanted.broken[digest] = images
            case .project: break
            }
        }
        for digest in wanted.broken.keys { wanted.blobs.remove(digest) }
        return wanted
    }

    /// Packs to read from, once the catalog knows them. A damaged index is no failure here: blobs that cannot be found are named as missing.
    private func soundPacks() async throws -> Set<RandomID> {
        try await vault.synchronizeCatalog(with: history) { _, _ in }
        return try await vault.presentPacks()
    }

    private func locate(_ wanted: Wanted) async throws -> (packs: [PackContents], absent: [Digest]) {
        try await vault.catalog.locate(Array(wanted.blobs), soundPacks: try await soundPacks())
    }

    private func writeBlobs(
        _ wanted: Wanted, _ writer: RegistryStorageWriter, _ recorder: RunRecorder
    ) async throws -> (absent: Set<Digest>, tally: BlobTally) {
        var sound = try await soundPacks()
        var open = wanted.blobs
        var tally = BlobTally()
        // A blob whose copy is damaged may have another one in a pack of another run.
        while !open.isEmpty {
            let located = try await vault.catalog.locate(Array(open), soundPacks: sound)
            guard !located.packs.isEmpty else { break }
            let round = try await PackRestoring(vault: vault, writer: writer, recorder: recorder, workers: workers).restore(located.packs)
            tally.merge(round)
            open.subtract(round.done)
            guard !round.failedPacks.isEmpty else { break }
            sound.subtract(round.failedPacks)
        }
        return (open, tally)
    }

    private func writeLinks(_ wanted: Wanted, _ writer: RegistryStorageWriter) throws {
        let manifests = Set(wanted.artifacts.map(\.digest))
        for (repository, artifacts) in Dictionary(grouping: wanted.artifacts, by: \.repository) {
            let layers = Set(artifacts.flatMap(\.blobs)).subtracting(manifests).subtracting(wanted.broken.keys)
            var tags: [(TagName, Digest)] = []
            for artifact in artifacts {
                for tag in artifact.tags { tags.append((tag, artifact.digest)) }
            }
            try writer.writeLinks(
                repository: repository,
                revisions: artifacts.map(\.digest).filter { wanted.broken[$0] == nil }.sorted(), layers: layers.sorted(), tags: tags)
        }
    }
}
