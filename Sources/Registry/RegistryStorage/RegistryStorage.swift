package import LocalIO
package import OCIImage
package import SystemPackage

/// The blobs of a live registry on disk, read only.
///
/// Blobs are immutable and named by their digest, so they may be read while the registry works; only garbage collection removes them.
package struct RegistryStorage: Sendable {
    /// The folder that holds `docker/registry/v2`.
    package let root: FilePath

    private let layout: StorageLayout
    private let baseStatus: FileStatus

    /// Opens the storage under `root`.
    ///
    /// Throws `notARegistry` where `root` does not hold `docker/registry/v2`.
    package init(root: FilePath) throws(RegistryStorageError) {
        self.root = root
        layout = StorageLayout(root: root)
        do {
            baseStatus = try FileStatus(layout.base)
        } catch {
            throw RegistryStorageError(
                .notARegistry, root, "\(root) holds no registry storage: \(error)", remedy: Self.advice(for: root), cause: error)
        }
        guard baseStatus.isFolder else {
            throw RegistryStorageError(
                .notARegistry, root, "\(root) holds no registry storage: \(layout.base) is no folder", remedy: Self.advice(for: root))
        }
    }

    /// Where the content of `digest` is, or would be.
    package func blobPath(_ digest: Digest) -> FilePath { layout.blob(digest) }

    /// Opens a blob's content. What it holds is not checked here: the reader hashes it.
    ///
    /// Throws `missing` where there is none, `unreadable` where it cannot be read or is no regular file, and `storageGone` where the
    /// whole storage has gone away since it was opened.
    package func open(_ digest: Digest) throws(RegistryStorageError) -> FileReader {
        let path = layout.blob(digest)
        do {
            // Examined before it is opened, since opening a pipe would wait for a writer for ever.
            if try FileStatus(path, followingLinks: false).isRegularFile { return try FileReader(path, followingLinks: false) }
        } catch {
            throw failure(error, of: digest, at: path)
        }
        throw RegistryStorageError(
            .unreadable, path, "blob \(digest) is no regular file: \(path)",
            remedy: "look at it, then move it away and push or restore the image again")
    }

    /// As ``open(_:)``, also for a blob that was pushed under its SHA-512 digest.
    ///
    /// A registry stores every blob under its SHA-256 digest; the other name stands only in the layer link of each repository that it was
    /// pushed to, whose content is the SHA-256 digest. `repositories` are those that may have such a link.
    package func open(_ digest: Digest, linkedIn repositories: [RepositoryName]) throws(RegistryStorageError) -> FileReader {
        for repository in repositories where digest.algorithm != .sha256 {
            // A link that is not there or cannot be read leaves the blob to the next one, and in the end to its own name.
            guard let text = try? FileReader.contents(of: layout.layerLink(repository, digest), limit: 256) else { continue }
            guard let canonical = Digest(parsing: text), canonical.algorithm == .sha256 else { continue }
            return try open(canonical)
        }
        return try open(digest)
    }

    /// Whether `other` is this storage's folder or lies inside it or around it, by whatever path: a restore must not go there.
    ///
    /// Folders are told apart by device and inode, so links and bind mounts do not deceive. What cannot be examined counts as the same.
    package func isSameStorage(as other: FilePath) -> Bool {
        do {
            let own = try FileStatus(root)
            // The storage's own folders too: a bind mount of one of them does not lead up to the root.
            let inner = try [root, layout.base] + Self.innerFolders(layout.base).filter(Folder.exists)
            let (existing, isWhole) = Self.nearestExisting(other)
            let around = try Self.ancestors(of: existing)
            for folder in inner {
                let status = try FileStatus(folder)
                if around.contains(where: { $0.isSameFile(as: status) }) { return true }
            }
            guard isWhole, let target = around.first else { return false }
            return try target.isSameFile(as: own) || Self.ancestors(of: root).contains { $0.isSameFile(as: target) }
        } catch {
            return true
        }
    }

    private func failure(_ cause: LocalIOError, of digest: Digest, at path: FilePath) -> RegistryStorageError {
        guard cause.code == .notFound else {
            return RegistryStorageError(
                .unreadable, path, "cannot read blob \(digest): \(cause)",
                remedy: "check the disk, and that opsd may read the registry's files", cause: cause)
        }
        // One file that is not there says something only while everything around it is.
        guard let now = try? FileStatus(layout.base), now.isSameFile(as: baseStatus) else {  // a failure here is the answer
            return RegistryStorageError(
                .storageGone, layout.base, "the registry's storage \(layout.base) has gone away",
                remedy: "mount it again, then run the backup again",
                cause: cause)
        }
        return RegistryStorageError(
            .missing, path, "blob \(digest) is not in the registry's storage (\(path))",
            remedy: "restore it from a snapshot, or push the image again",
            cause: cause)
    }

    private static func advice(for root: FilePath) -> String {
        let parents = sequence(first: root) { $0.lastComponent == nil ? nil : $0.removingLastComponent() }
        if let found = parents.dropFirst().prefix(4).first(where: { Folder.exists(StorageLayout(root: $0).base) }) {
            return "set storage.filesystem to \(found), the folder that holds docker/registry/v2"
        }
        for name in ["registry", "storage"] where Folder.exists(StorageLayout(root: root.appending(name)).base) {
            return "set storage.filesystem to \(root.appending(name)), the folder that holds docker/registry/v2"
        }
        return
            "set storage.filesystem to the folder that holds docker/registry/v2 (Harbor's data_volume and /registry), and check that it is mounted"
    }

    private static func innerFolders(_ base: FilePath) throws(LocalIOError) -> [FilePath] {
        let registry = base.removingLastComponent()
        return [registry, registry.removingLastComponent(), base.appending("blobs"), base.appending("repositories")]
    }

    /// The longest part of `path` that exists, and whether that is all of it.
    private static func nearestExisting(_ path: FilePath) -> (FilePath, isWhole: Bool) {
        var existing = path
        while (try? FileStatus(existing)) == nil, existing.lastComponent != nil {  // absence is what is asked about
            existing.removeLastComponent()
        }
        if existing.isEmpty { existing = "." }
        return (existing, existing == path)
    }

    /// The identities of `path` and of each folder above it, up to the root, as the kernel walks them.
    private static func ancestors(of path: FilePath) throws(LocalIOError) -> [FileStatus] {
        var current = path
        var status = try FileStatus(current)
        var all = [status]
        if status.isFolder {
            current.append("..")
        } else {
            current.removeLastComponent()
            if current.isEmpty { current = "." }
        }
        while true {
            status = try FileStatus(current)
            if let last = all.last, status.isSameFile(as: last) { return all }
            all.append(status)
            current.append("..")
        }
    }
}
