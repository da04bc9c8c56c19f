import LocalIO
import OCIImage
import RegistryStorage
import SystemPackage

/// Reads one blob of the registry and compares it with its name.
struct StorageLiveCheck: Sendable {
    let root: FilePath

    /// Of so many blobs that are met by chance the smallest is read, so that the check is short.
    private static let candidates = 32

    func rows() -> [LiveCheck] {
        do {
            return [try row()]
        } catch {
            let remedy = "check 'storage.filesystem', and that opsd may read the registry's files: its unit grants CAP_DAC_READ_SEARCH"
            return [LiveCheck(.storage, root.string, failedWith: error, remedy: remedy)]
        }
    }

    private func row() throws -> LiveCheck {
        let storage = try RegistryStorage(root: root)
        guard let (digest, size) = try someBlob(in: storage) else {
            return LiveCheck(
                .storage, root.string, .warning(remedy: "if images were pushed to this registry, name its folder in 'storage.filesystem'"),
                "holds no blob")
        }
        let read = try hash(try storage.open(digest))
        guard read == digest else {
            return LiveCheck(
                .storage, root.string,
                .failed(.damaged, remedy: "run 'opsd run-now backup' to learn which images are broken, then push or restore them"),
                "the bytes of blob \(digest) have the digest \(read)")
        }
        return LiveCheck(.storage, root.string, .ok, "read blob \(digest), \(size) bytes, as its digest says")
    }

    private func hash(_ reader: FileReader) throws -> Digest {
        var hasher = DigestHasher(.sha256)
        var piece: [UInt8] = []
        repeat {
            try Task.checkCancellation()
            try reader.read(into: &piece)
            hasher.update(piece)
        } while !piece.isEmpty
        return hasher.finish()
    }

    /// Nil where there is none. A blob that goes while it is looked at was garbage.
    private func someBlob(in storage: RegistryStorage) throws -> (Digest, size: Int64)? {
        let blobs = root.appending("docker").appending("registry").appending("v2").appending("blobs").appending("sha256")
        var best: (Digest, size: Int64)?
        var met = 0
        for prefix in try names(blobs).shuffled() {
            for name in try names(blobs.appending(prefix)) {
                try Task.checkCancellation()
                guard let digest = Digest(parsing: "sha256:\(name)".utf8), let size = try size(storage.blobPath(digest)), size > 0 else {
                    continue
                }
                if best.map({ size < $0.size }) ?? true { best = (digest, size) }
                met += 1
                if met == Self.candidates { return best }
            }
        }
        return best
    }

    private func names(_ folder: FilePath) throws -> [String] {
        do {
            return try Folder.names(folder)
        } catch {
            if error.code == .notFound { return [] }
            throw error
        }
    }

    private func size(_ path: FilePath) throws -> Int64? {
        do {
            let status = try FileStatus(path, followingLinks: false)
            return status.isRegularFile ? status.size : nil
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }
}
