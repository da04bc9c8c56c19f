import JobEngine
import LocalIO
import OCIImage
import RegistryStorage
import Vault

/// What came of restoring blobs out of packs.
struct BlobTally: Sendable {
    var written = 0
    var bytes: Int64 = 0
    var kept = 0
    /// Written or kept.
    var done: Set<Digest> = []
    /// Packs with a blob that could not be had.
    var failedPacks: Set<RandomID> = []

    mutating func merge(_ other: BlobTally) {
        written += other.written
        bytes += other.bytes
        kept += other.kept
        done.formUnion(other.done)
        failedPacks.formUnion(other.failedPacks)
    }
}

/// Fetches packs in parallel and writes their blobs.
struct PackRestoring: Sendable {
    let vault: Vault
    let writer: RegistryStorageWriter
    let recorder: RunRecorder
    let workers: Int

    /// Restores the named blobs of each pack; a pack that cannot be read is noted, not thrown.
    func restore(_ packs: [PackContents]) async throws -> BlobTally {
        try await withThrowingTaskGroup(of: BlobTally.self) { group in
            var rest = packs[...]
            var tally = BlobTally()
            for _ in 0..<max(1, workers) {
                if let pack = rest.popFirst() { add(pack, to: &group) }
            }
            while let part = try await group.next() {
                tally.merge(part)
                if let pack = rest.popFirst() { add(pack, to: &group) }
            }
            return tally
        }
    }

    private func add(_ pack: PackContents, to group: inout ThrowingTaskGroup<BlobTally, any Error>) {
        group.addTask(executorPreference: BlockingThreads.shared) { try await restore(pack) }
    }

    private func restore(_ pack: PackContents) async throws -> BlobTally {
        let output = BlobOutput(writer, recorder)
        let wanted = try pack.blobs.filter { try !output.keepIfPresent($0) }
        guard !wanted.isEmpty else { return output.tally }
        do {
            let reader = try await PackReader(pack.object, on: vault.target, with: vault.keys.identities)
            try await reader.read(wanted) { blob, event in
                try Task.checkCancellation()
                try output.take(blob, event, from: pack.id)
            }
        } catch let error as VaultError where error.code == .corrupt || error.code == .notFound {
            output.tally.failedPacks.insert(pack.id)
            recorder.note(Finding(.remark, "pack_\(error.code.rawValue)", "\(error)"))
        }
        return output.tally
    }
}

/// Writes one blob after the other. Used by one task.
private final class BlobOutput {
    private let writer: RegistryStorageWriter
    private let recorder: RunRecorder
    private var open: BlobWriter?
    var tally = BlobTally()

    init(_ writer: RegistryStorageWriter, _ recorder: RunRecorder) {
        self.writer = writer
        self.recorder = recorder
    }

    /// What an earlier, interrupted restore wrote is hashed and kept if right.
    func keepIfPresent(_ blob: BlobLocation) throws -> Bool {
        guard try writer.existingBlob(blob.digest, size: blob.size) else { return false }
        tally.kept += 1
        tally.done.insert(blob.digest)
        return true
    }

    func take(_ blob: BlobLocation, _ event: PackReader.Event, from pack: RandomID) throws {
        switch event {
        case .bytes(let bytes):
            if open == nil { open = try writer.beginBlob(blob.digest) }
            try open?.write(Array(bytes))
            recorder.advance(bytes: Int64(bytes.count))
        case .failed(let error):
            _ = open.take()
            tally.failedPacks.insert(pack)
            recorder.note(Finding(.remark, "blob_damaged", "the copy of \(blob.digest) in pack \(pack) cannot be used: \(error)"))
        case .end:
            try finish(blob, pack)
        }
    }

    private func finish(_ blob: BlobLocation, _ pack: RandomID) throws {
        if open == nil { open = try writer.beginBlob(blob.digest) }
        guard let file = open.take() else { return }
        do {
            try file.commit()
            tally.written += 1
            tally.bytes += blob.size
            tally.done.insert(blob.digest)
            recorder.advance(items: 1)
        } catch {
            guard error.code == .digestMismatch else { throw error }
            tally.failedPacks.insert(pack)
            recorder.note(
                Finding(.remark, "blob_damaged", "the copy of \(blob.digest) in pack \(pack) has other bytes than its digest names"))
        }
    }
}
