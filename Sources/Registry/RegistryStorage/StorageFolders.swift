internal import Glibc
internal import LocalIO
internal import SystemPackage

/// Folders that a registry can use, made without a sync each: a restore makes one for each blob and link, and syncs the filesystem at its end.
struct StorageFolders: Sendable {
    let owner: (user: UInt32, group: UInt32)?
    let permissions: FilePermissions

    /// Makes `path` with what is missing above it, and says whether `path` itself is new. Mode and owner do not depend on the umask.
    @discardableResult
    func make(_ path: FilePath) throws(LocalIOError) -> Bool {
        if mkdir(path.string, 0o700) != 0 {
            switch Errno(rawValue: errno) {
            case .fileExists:
                // A link that stands where a folder belongs could lead out of the restored storage.
                guard try FileStatus(path, followingLinks: false).isFolder else { throw LocalIOError("create folder", path, .notDirectory) }
                return false
            case .noSuchFileOrDirectory where path.lastComponent != nil && path.removingLastComponent() != path:
                try make(path.removingLastComponent())
                return try make(path)
            case let failure: throw LocalIOError("create folder", path, failure)
            }
        }
        // The owner first: changing it clears bits of the mode.
        if let owner, lchown(path.string, owner.user, owner.group) != 0 { throw LocalIOError("set owner of", path, Errno(rawValue: errno)) }
        guard chmod(path.string, permissions.rawValue) == 0 else { throw LocalIOError("set mode of", path, Errno(rawValue: errno)) }
        return true
    }

    /// Removes what a killed run left beside `name` in `folder`: temporary files that nobody will publish.
    func removeLeftovers(of name: String, in folder: FilePath) throws(LocalIOError) {
        for entry in try Folder.names(folder) where entry.hasPrefix(".\(name).") && entry.hasSuffix(".tmp") {
            let leftover = folder.appending(entry)
            guard unlink(leftover.string) == 0 || errno == ENOENT else { throw LocalIOError("remove", leftover, Errno(rawValue: errno)) }
        }
    }
}
