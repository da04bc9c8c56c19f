internal import LocalIO
package import OCIImage
package import SystemPackage

/// Writes blobs and links into a folder so that a registry can serve them: a restore.
///
/// It can be run again after any interruption: what is in place and right stays, what is not is replaced. Several tasks may use it at
/// once, each for other digests and repositories.
package struct RegistryStorageWriter: Sendable {
    /// The folder that holds `docker/registry/v2`.
    package let root: FilePath

    private let layout: StorageLayout
    private let folders: StorageFolders
    private let filePermissions: FilePermissions

    /// Makes `docker/registry/v2` under `root`, where it is missing.
    ///
    /// `owner` is user and group of everything that is made (Harbor's registry runs as 10000:10000); nil leaves it to the process. The
    /// modes are the registry's own, whatever the umask. Throws `unwritable`.
    package init(
        root: FilePath, owner: (UInt32, UInt32)? = nil, filePermissions: FilePermissions = FilePermissions(rawValue: 0o644),
        folderPermissions: FilePermissions = FilePermissions(rawValue: 0o755)
    ) throws(RegistryStorageError) {
        self.root = root
        self.filePermissions = filePermissions
        layout = StorageLayout(root: root)
        folders = StorageFolders(owner: owner.map { (user: $0.0, group: $0.1) }, permissions: folderPermissions)
        try Self.writing(layout.base) { [folders, layout] () throws(LocalIOError) in _ = try folders.make(layout.base) }
    }

    /// Whether the blob is in place and right: its content is read and hashed. One of another length or content is not, nor is what
    /// cannot be read as a file; it will be replaced.
    ///
    /// `size` in bytes spares reading a file of another length. Throws `unreadable` where the disk fails or access is denied.
    package func existingBlob(_ digest: Digest, size: Int64?) throws(RegistryStorageError) -> Bool {
        let path = layout.blob(digest)
        do {
            let status = try FileStatus(path, followingLinks: false)
            guard status.isRegularFile, size == nil || status.size == size else { return false }
            let reader = try FileReader(path, followingLinks: false)
            var hasher = DigestHasher(digest.algorithm)
            var buffer: [UInt8] = []
            repeat {
                try reader.read(into: &buffer)
                hasher.update(buffer)
            } while !buffer.isEmpty
            return hasher.finish() == digest
        } catch {
            if error.code == .notFound { return false }
            throw RegistryStorageError(
                .unreadable, path, "cannot check blob \(digest) that is already in place: \(error)",
                remedy: "check the disk, or restore into an empty folder",
                cause: error)
        }
    }

    /// Begins a blob. Throws `unwritable`.
    package func beginBlob(_ digest: Digest) throws(RegistryStorageError) -> BlobWriter {
        let path = layout.blob(digest)
        do {
            let folder = layout.blobFolder(digest)
            if try !folders.make(folder) { try folders.removeLeftovers(of: "data", in: folder) }
            return BlobWriter(digest, at: path, file: try makeFile(path))
        } catch {
            throw .unwritable(path, error)
        }
    }

    private func makeFile(_ path: FilePath) throws(LocalIOError) -> DurableFile {
        let file = try DurableFile(path, permissions: filePermissions)
        if let owner = folders.owner { try file.setOwner(owner.user, group: owner.group) }
        return file
    }

    /// Writes the links that make blobs visible in `repository`: manifests by digest (`revisions`), configs and layers (`layers`), tags.
    ///
    /// A link that is right stays as it is; one that is empty or wrong is written anew. Throws `unwritable`.
    package func writeLinks(
        repository: RepositoryName, revisions: [Digest], layers: [Digest], tags: [(TagName, Digest)]
    ) throws(RegistryStorageError) {
        for digest in layers { try writeLink(layout.layerLink(repository, digest), digest) }
        for digest in revisions { try writeLink(layout.revisionLink(repository, digest), digest) }
        for (tag, digest) in tags {
            try writeLink(layout.tagIndexLink(repository, tag, digest), digest)
            try writeLink(layout.currentTagLink(repository, tag), digest)
        }
    }

    /// Makes everything that was written durable. Only after it may a restore call itself done. Throws `unwritable`.
    package func finish() throws(RegistryStorageError) {
        try Self.writing(root) { () throws(LocalIOError) in try Folder.syncFilesystem(of: root) }
    }

    private func writeLink(_ path: FilePath, _ digest: Digest) throws(RegistryStorageError) {
        let content = Array(digest.description.utf8)
        try Self.writing(path) { () throws(LocalIOError) in
            let folder = path.removingLastComponent()
            if try !folders.make(folder) {
                if try holds(path, content) { return }
                try folders.removeLeftovers(of: "link", in: folder)
            }
            var file = try makeFile(path)
            try file.write(content)
            try file.commit(replacing: true, syncing: false)
        }
    }

    private func holds(_ path: FilePath, _ content: [UInt8]) throws(LocalIOError) -> Bool {
        do {
            let status = try FileStatus(path, followingLinks: false)
            guard status.isRegularFile, status.size == Int64(content.count) else { return false }
            return try FileReader.contents(of: path, limit: content.count) == content
        } catch  where error.code == .notFound {
            return false
        }
    }

    private static func writing(_ path: FilePath, _ body: () throws(LocalIOError) -> Void) throws(RegistryStorageError) {
        do {
            try body()
        } catch {
            throw .unwritable(path, error)
        }
    }
}
