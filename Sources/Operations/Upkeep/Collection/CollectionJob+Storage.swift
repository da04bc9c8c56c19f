import HarborDatabase
import JobEngine
import LocalIO
import OCIImage
import RegistryStorage
import Synchronization

extension CollectionJob {
    /// The most findings of one kind.
    private static let findingLimit = 20

    /// Contents that live artifacts need and the storage does not have; nil where this host does not have the storage.
    ///
    /// Only names are looked up, in one snapshot: what is pushed or deleted meanwhile does not confuse it. Throws where the storage itself has
    /// gone away.
    func missingContents(_ recorder: RunRecorder) async throws -> Set<Digest>? {
        guard let storage else {
            recorder.note(
                Finding(
                    .remark, "gc_not_verified",
                    "this host does not have the registry's storage, so whether live artifacts lack anything cannot be looked up"))
            return nil
        }
        return try await onBlockingThread {
            try await access.withSnapshot { database, _ in
                let missing = Mutex<Set<Digest>>([])
                let looked = Mutex(0)
                try await database.neededBlobs { blob in
                    guard !blob.isForeign, blob.role != .unreferenced else { return }
                    looked.withLock { $0 += 1 }
                    if !Self.isThere(blob.digest, storage) { missing.withLock { _ = $0.insert(blob.digest) } }
                }
                recorder.advance(items: looked.withLock { $0 })
                let suspects = missing.withLock { $0 }
                return try await Self.confirmed(suspects, storage, database)
            }
        }
    }

    private static func isThere(_ digest: Digest, _ storage: RegistryStorage) -> Bool {
        // What cannot be examined is looked at again below.
        (try? FileStatus(storage.blobPath(digest))) != nil
    }

    /// Opens what was not found under its own name: the storage may be gone, or have the content under another digest.
    private static func confirmed(
        _ suspects: Set<Digest>, _ storage: RegistryStorage, _ database: HarborDatabase
    ) async throws -> Set<Digest> {
        guard !suspects.isEmpty else { return [] }
        let linked = suspects.filter { $0.algorithm != .sha256 }
        let images = linked.isEmpty ? [] : try await database.imagesAffected(by: linked.sorted())
        var missing: Set<Digest> = []
        for digest in suspects {
            let repositories = images.filter { $0.digest == digest || $0.digests.contains(digest) }.map(\.repository)
            do {
                _ = try storage.open(digest, linkedIn: repositories)
            } catch {
                switch error.code {
                case .missing: missing.insert(digest)
                case .unreadable: break
                case .notARegistry, .storageGone, .digestMismatch, .unwritable: throw error
                }
            }
        }
        return missing
    }

    /// Compares the storage with what it was before the collection.
    func verify(_ before: Set<Digest>?, _ recorder: RunRecorder) async throws {
        guard let before, let after = try await missingContents(recorder) else { return }
        recorder.add("missing_before", Int64(before.count))
        let lost = after.subtracting(before)
        recorder.add("deleted_needed", Int64(lost.count))
        guard !lost.isEmpty else { return }
        let images = try await access.withSnapshot { database, _ in try await database.imagesAffected(by: lost.sorted()) }
        for digest in lost.sorted().prefix(Self.findingLimit) {
            let names = images.filter { $0.digests.contains(digest) }.map { image in
                image.tags.first.map { "\(image.repository):\($0)" } ?? "\(image.repository)@\(image.digest)"
            }
            let list = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? " and \(names.count - 20) more" : "")
            recorder.note(
                Finding(
                    .warning, "gc_deleted_needed",
                    "\(digest) is gone from the registry's storage though live artifacts need it: \(list). Hint: bring them back with 'opsd restore storage'"
                ))
        }
        if lost.count > Self.findingLimit {
            recorder.note(
                Finding(.warning, "gc_deleted_needed", "\(lost.count - Self.findingLimit) more contents are gone though they are needed"))
        }
    }

    /// After a collection that ended badly: the error is what the run ends with, and whatever is found beside it is said.
    func verifyAnyway(_ before: Set<Digest>?, _ recorder: RunRecorder) async {
        guard !Task.isCancelled else { return }
        do {
            try await recorder.phase("storage_after") { try await verify(before, recorder) }
        } catch {
            recorder.note(Finding(.remark, "gc_not_verified", "whether live artifacts lack anything could not be looked up: \(error)"))
        }
    }
}
