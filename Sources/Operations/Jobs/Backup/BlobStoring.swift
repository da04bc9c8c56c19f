import JobEngine
import LocalIO
import OCIImage
import RegistryStorage
import Vault

/// What came of reading the blobs that the vault did not hold.
struct StoredBlobs: Sendable {
    /// Packs that this run made durable.
    var packs: [RandomID] = []
    var blobs = 0
    var bytes: Int64 = 0
    /// What manifests among them refer to, without foreign layers.
    var references: [Digest: [ManifestReference]] = [:]
    /// Candidates for "broken at source": to be asked for again in the database.
    var broken: [BrokenBlob] = []
    /// Rows without an artifact whose file is missing or wrong: only remarked.
    var unreferencedBroken: [BrokenBlob] = []
    /// Production has them, and we could not read them.
    var unreadable: [(digest: Digest, problem: String)] = []

    mutating func merge(_ other: StoredBlobs) {
        packs += other.packs
        blobs += other.blobs
        bytes += other.bytes
        references.merge(other.references) { first, _ in first }
        broken += other.broken
        unreferencedBroken += other.unreferencedBroken
        unreadable += other.unreadable
    }
}

/// Reads blobs from registry storage, each once and hashed against its own name, and packs them; several workers, a pack each.
struct BlobStoring: Sendable {
    let storage: RegistryStorage
    let vault: Vault
    let recorder: RunRecorder
    let workers: Int

    /// Stores `blobs`. A pack enters the catalog when it is durable, so what was stored before a failure is adopted by a later run.
    func store(_ blobs: [PendingBlob]) async throws -> StoredBlobs {
        guard !blobs.isEmpty else { return StoredBlobs() }
        let queue = BlobQueue(blobs)
        return try await withThrowingTaskGroup(of: StoredBlobs.self) { group in
            for _ in 0..<max(1, min(workers, blobs.count)) {
                group.addTask(executorPreference: BlockingThreads.shared) {
                    let worker = BlobWorker(storage: storage, vault: vault, recorder: recorder)
                    return try await worker.run(queue)
                }
            }
            var all = StoredBlobs()
            while let part = try await group.next() { all.merge(part) }
            return all
        }
    }
}

/// One worker with its open pack. Used by one task.
private final class BlobWorker {
    private let storage: RegistryStorage
    private let vault: Vault
    private let recorder: RunRecorder
    private var pack: PackWriter?
    private var result = StoredBlobs()

    init(storage: RegistryStorage, vault: Vault, recorder: RunRecorder) {
        self.storage = storage
        self.vault = vault
        self.recorder = recorder
    }

    func run(_ queue: BlobQueue) async throws -> StoredBlobs {
        do {
            while let blob = await queue.next() {
                try Task.checkCancellation()
                try await store(blob)
            }
            try await closePack()
            return result
        } catch {
            await pack?.abandon()
            throw error
        }
    }

    private func store(_ blob: PendingBlob) async throws {
        let file: FileReader
        let size: Int64
        do {
            file = try blob.repositories.isEmpty ? storage.open(blob.digest) : storage.open(blob.digest, linkedIn: blob.repositories)
            size = try file.size()
        } catch let error as RegistryStorageError where error.code == .missing {
            note(blob, .missing)
            return
        } catch let error as RegistryStorageError where error.code == .unreadable {
            result.unreadable.append((blob.digest, error.problem))
            return
        }
        if size >= PackWriter.aloneSize {
            try await storeAlone(blob, file, size)
        } else {
            try await storeSmall(blob, file, size)
        }
    }

    /// Small blobs are hashed before they enter a pack.
    private func storeSmall(_ blob: PendingBlob, _ file: FileReader, _ size: Int64) async throws {
        var contents: [UInt8] = []
        // One byte more than the size, so that the end of the file is seen.
        try file.read(into: &contents, at: 0, limit: Int(size) + 1)
        recorder.advance(bytes: Int64(contents.count), items: 1)
        recorder.add("read_blobs", 1)
        recorder.add("read_bytes", Int64(contents.count))
        var hasher = DigestHasher(blob.digest.algorithm)
        hasher.update(contents)
        guard hasher.finish() == blob.digest else {
            note(blob, contents.isEmpty ? .zeroLength : .rotten)
            return
        }
        let writer = try await openPack()
        try await writer.add(blob.digest, verified: contents)
        count(blob, size)
        if blob.role == .manifest { noteReferences(of: blob.digest, contents) }
        if writer.size >= vault.packSize { try await closePack() }
    }

    /// A large blob is hashed while it is sent, in a pack of its own that is abandoned if the hash differs.
    private func storeAlone(_ blob: PendingBlob, _ file: FileReader, _ size: Int64) async throws {
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        do {
            let pieces = FilePieces(file, recorder)
            try await writer.add(blob.digest, size: size) { try pieces.next() }
            recorder.advance(items: 1)
            recorder.add("read_blobs", 1)
            try await keep(writer)
            count(blob, size)
        } catch is BlobMismatch {
            await writer.abandon()
            note(blob, .rotten)
        } catch {
            await writer.abandon()
            throw error
        }
    }

    private func openPack() async throws -> PackWriter {
        if let pack { return pack }
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        pack = writer
        return writer
    }

    private func closePack() async throws {
        guard let writer = pack else { return }
        try await keep(writer)
        pack = nil
    }

    /// Durable first, catalog second: a crash between the two costs one pack that nobody names.
    private func keep(_ writer: PackWriter) async throws {
        let contents = try await writer.finish()
        try await vault.catalog.add([contents], state: .unpublished)
        result.packs.append(contents.id)
        recorder.add("written_bytes", contents.object.size)
    }

    private func count(_ blob: PendingBlob, _ size: Int64) {
        result.blobs += 1
        result.bytes += size
    }

    private func note(_ blob: PendingBlob, _ reason: BrokenBlob.Reason) {
        let broken = BrokenBlob(digest: blob.digest, reason: reason)
        if blob.role == .unreferenced { result.unreferencedBroken.append(broken) } else { result.broken.append(broken) }
    }

    private func noteReferences(of digest: Digest, _ contents: [UInt8]) {
        do {
            result.references[digest] = try ManifestDocument(parsing: contents, mediaType: nil).references
        } catch {
            // Its bytes are what its digest says, so it is saved; only its references cannot be followed.
            recorder.note(Finding(.remark, "manifest_unparsed", "manifest \(digest) is saved, but its references cannot be read: \(error)"))
        }
    }
}

/// A large file, a piece at a time.
private final class FilePieces {
    private let file: FileReader
    private let recorder: RunRecorder
    private var position: Int64 = 0

    init(_ file: FileReader, _ recorder: RunRecorder) {
        self.file = file
        self.recorder = recorder
    }

    func next() throws -> [UInt8]? {
        try Task.checkCancellation()
        var piece: [UInt8] = []
        try file.read(into: &piece, at: position)
        position += Int64(piece.count)
        recorder.advance(bytes: Int64(piece.count))
        recorder.add("read_bytes", Int64(piece.count))
        return piece.isEmpty ? nil : piece
    }
}
