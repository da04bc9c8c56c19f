internal import CLinux
internal import Glibc
package import SystemPackage

/// What the host's folders hold, and how they are made.
package enum Folder {
    /// Makes `path` and every missing parent with `permissions`, and syncs each parent that gained an entry.
    package static func make(_ path: FilePath, permissions: FilePermissions = [.ownerReadWriteExecute]) throws(LocalIOError) {
        guard !exists(path) else { return }
        let parent = path.removingLastComponent()
        if !parent.isEmpty, parent != path { try make(parent, permissions: permissions) }
        guard mkdir(path.string, permissions.rawValue) == 0 else {
            let errno = Errno(rawValue: Glibc.errno)
            // Two processes may make the same folder at once; both then have it.
            if errno == .fileExists { return }
            throw LocalIOError("create folder", path, errno)
        }
        if !parent.isEmpty { try sync(parent) }
    }

    /// Whether `path` is a folder (links are followed).
    package static func exists(_ path: FilePath) -> Bool {
        (try? FileStatus(path))?.isFolder ?? false  // what cannot be examined is not a folder that can be used
    }

    /// The names in `path`, without `.` and `..`, in no order.
    package static func names(_ path: FilePath) throws(LocalIOError) -> [String] {
        guard let handle = opendir(path.string) else { throw LocalIOError("list", path, Errno(rawValue: Glibc.errno)) }
        defer { closedir(handle) }
        return try names(in: handle, path)
    }

    /// As ``names(_:)``, of a folder that is open; `path` names it in errors.
    static func names(in handle: OpaquePointer, _ path: FilePath) throws(LocalIOError) -> [String] {
        var names: [String] = []
        while true {
            Glibc.errno = 0
            guard let entry = readdir(handle) else {
                guard Glibc.errno == 0 else { throw LocalIOError("list", path, Errno(rawValue: Glibc.errno)) }
                return names
            }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Makes the entries of `path` durable: without it a renamed file may be gone after a power cut.
    package static func sync(_ path: FilePath) throws(LocalIOError) {
        let fd = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard fd >= 0 else { throw LocalIOError("open folder", path, Errno(rawValue: Glibc.errno)) }
        defer { close(fd) }
        guard fsync(fd) == 0 else { throw LocalIOError("sync folder", path, Errno(rawValue: Glibc.errno)) }
    }

    /// Makes everything on the filesystem of `path` durable with one call: cheaper than a sync for each of many small files.
    package static func syncFilesystem(of path: FilePath) throws(LocalIOError) {
        let fd = open(path.string, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw LocalIOError("open folder", path, Errno(rawValue: Glibc.errno)) }
        defer { close(fd) }
        guard opsd_syncfs(fd) == 0 else { throw LocalIOError("sync filesystem of", path, Errno(rawValue: Glibc.errno)) }
    }
}
