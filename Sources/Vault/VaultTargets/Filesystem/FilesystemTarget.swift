import LocalIO
package import SystemPackage
package import Vault

/// A vault in a folder: on another disk, or on a network mount.
///
/// Objects have mode 0600 and folders 0700. An object is written to a temporary name, synced, renamed without replacing, and its folder synced.
/// Its calls block their thread.
package struct FilesystemTarget: BlobTarget {
    private let root: FilePath

    /// A vault below `root`, which need not exist before `vault init`.
    package init(root: FilePath) {
        self.root = root
    }

    /// The root's path.
    package var location: String { root.string }

    /// Makes the root and every folder of a vault, with mode 0700; those that exist are left as they are.
    package func makeFolders() async throws {
        try translating { () throws(LocalIOError) in
            try Folder.make(root)
            try Folder.make(root.appending("packs"))
            for folder in ObjectFolder.all { try Folder.make(path(of: folder)) }
        }
    }

    /// Begins a temporary file beside the final name. Throws `notFound`, `denied`, `full` or `unavailable`.
    package func upload(_ name: ObjectName) async throws -> sending any ObjectUpload {
        try FilesystemUpload(path(of: name), name: name, location: location)
    }

    /// Opens the object's file, at `range` where one is given. Throws `notFound`, `denied`, `unavailable` or `corrupt`.
    package func download(_ name: ObjectName, range: Range<Int64>?) async throws -> sending any ObjectDownload {
        try FilesystemDownload(path(of: name), range: range, location: location)
    }

    /// Names and sizes of the regular files in `folder` that the format knows. Throws `notFound`, `denied` or `unavailable`.
    package func list(_ folder: ObjectFolder) async throws -> [ObjectInfo] {
        let path = path(of: folder)
        return try translating { () throws(LocalIOError) in
            var objects: [ObjectInfo] = []
            for file in try Folder.names(path) {
                guard let name = ObjectName(parsing: folder.path.isEmpty ? file : "\(folder.path)/\(file)") else { continue }
                if let status = try status(of: path.appending(file)), status.isRegularFile {
                    objects.append(ObjectInfo(name: name, size: status.size))
                }
            }
            return objects
        }
    }

    /// Removes the file and syncs its folder. Throws `denied` or `unavailable`; an absent file is fine.
    package func delete(_ name: ObjectName) async throws {
        let path = path(of: name)
        try translating { () throws(LocalIOError) in
            try DurableFile.remove(path)
            try Folder.sync(path.removingLastComponent())
        }
    }

    /// Nil where a keeper deleted the object after it was listed.
    private func status(of path: FilePath) throws(LocalIOError) -> FileStatus? {
        do {
            return try FileStatus(path, followingLinks: false)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    private func path(of folder: ObjectFolder) -> FilePath { folder.path.isEmpty ? root : root.appending(folder.path) }

    private func path(of name: ObjectName) -> FilePath { root.appending(name.path) }

    private func translating<Value>(_ work: () throws(LocalIOError) -> Value) throws(VaultError) -> Value {
        do {
            return try work()
        } catch {
            throw VaultError(error, at: location)
        }
    }
}

extension VaultError {
    /// Says what the file system answered, and what to look at.
    init(_ error: LocalIOError, at location: String) {
        switch error.code {
        case .notFound: self.init(.notFound, "\(error)", remedy: "check that the vault's disk is mounted at \(location)")
        case .exists: self.init(.exists, "\(error): objects of a vault are never overwritten")
        case .denied: self.init(.denied, "\(error)", remedy: "give the user that opsd runs as the right to this path below \(location)")
        case .full: self.init(.full, "\(error)", remedy: "make room at \(location); nothing that was stored before is touched")
        case .busy, .failed: self.init(.unavailable, "\(error)")
        }
    }
}
