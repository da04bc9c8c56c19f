internal import Glibc
package import SystemPackage

extension Folder {
    /// Gives what root made in `path` to the owner of `path`: `names`, which may be paths below it, and what is directly in those of them that
    /// are folders.
    ///
    /// The owner may put anything there meanwhile, so only folders and files of one name are given away, each by what was opened and not by
    /// its name. Links are neither followed nor given away, and what is not there needs no owner.
    package static func handOver(_ names: [String], in path: FilePath) throws(LocalIOError) {
        let top = try OwnedEntry.folder(path)
        let owner = try top.status()
        guard owner.st_uid != 0 else { return }
        for name in names {
            guard let entry = try top.entry(below: FilePath(name).components.map(\.string)) else { continue }
            try entry.give(to: owner)
            guard try entry.status().st_mode & S_IFMT == S_IFDIR else { continue }
            for name in try entry.names() { try entry.entry(name)?.give(to: owner) }
        }
    }
}

/// A file or folder that is open, so that its name may come to mean another.
private final class OwnedEntry {
    private let descriptor: Int32
    private let path: FilePath

    private init(_ descriptor: Int32, _ path: FilePath) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    static func folder(_ path: FilePath) throws(LocalIOError) -> OwnedEntry {
        let fd = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard fd >= 0 else { throw LocalIOError("open folder", path, Errno(rawValue: errno)) }
        return OwnedEntry(fd, path)
    }

    func status() throws(LocalIOError) -> stat {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw LocalIOError("examine", path, Errno(rawValue: errno)) }
        return info
    }

    /// Nil for what is not there, and for links, sockets and the like.
    func entry(_ name: String) throws(LocalIOError) -> OwnedEntry? {
        let full = path.appending(name)
        var info = stat()
        guard fstatat(descriptor, name, &info, AT_SYMLINK_NOFOLLOW) == 0 else { return try absent(full) }
        // A pipe or a device does something when it is opened.
        guard [S_IFREG, S_IFDIR].contains(info.st_mode & S_IFMT) else { return nil }
        let fd = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard fd >= 0 else { return try absent(full) }
        return OwnedEntry(fd, full)
    }

    func entry(below names: [String]) throws(LocalIOError) -> OwnedEntry? {
        var entry = self
        for name in names {
            guard let next = try entry.entry(name) else { return nil }
            entry = next
        }
        return entry
    }

    func names() throws(LocalIOError) -> [String] {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0, let handle = fdopendir(copy) else {
            let failure = Errno(rawValue: errno)
            if copy >= 0 { close(copy) }
            throw LocalIOError("list", path, failure)
        }
        defer { closedir(handle) }
        return try Folder.names(in: handle, path)
    }

    /// A file of two names may be one that is somebody else's under the other.
    func give(to owner: stat) throws(LocalIOError) {
        let own = try status()
        let isFolder = own.st_mode & S_IFMT == S_IFDIR
        guard own.st_uid == 0, isFolder || (own.st_mode & S_IFMT == S_IFREG && own.st_nlink == 1) else { return }
        guard fchown(descriptor, owner.st_uid, owner.st_gid) == 0 else {
            throw LocalIOError("set owner of", path, Errno(rawValue: errno))
        }
    }

    private func absent(_ path: FilePath) throws(LocalIOError) -> OwnedEntry? {
        let failure = Errno(rawValue: errno)
        guard ![.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(failure) else { return nil }
        throw LocalIOError("open", path, failure)
    }
}
