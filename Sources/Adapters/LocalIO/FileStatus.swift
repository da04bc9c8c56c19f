internal import Glibc
package import SystemPackage

/// What `stat(2)` says of a path.
package struct FileStatus: Equatable, Sendable {
    /// Bytes.
    package let size: Int64
    /// Mode bits without the file type.
    package let permissions: FilePermissions
    /// Numeric user id of the owner.
    package let owner: UInt32
    /// Numeric id of the owning group.
    package let group: UInt32
    /// Device and inode: two paths with the same identity are the same file.
    package let device: UInt64
    /// Unique on its device while the file exists.
    package let inode: UInt64
    /// When the content was last changed, in seconds since 1970 by the host's clock.
    package let modified: Double
    private let format: UInt32

    /// Examines `path`, following links unless `followingLinks` is false.
    package init(_ path: FilePath, followingLinks: Bool = true) throws(LocalIOError) {
        var info = stat()
        let answer = followingLinks ? stat(path.string, &info) : lstat(path.string, &info)
        guard answer == 0 else { throw LocalIOError("examine", path, Errno(rawValue: errno)) }
        size = Int64(info.st_size)
        permissions = FilePermissions(rawValue: info.st_mode & 0o7777)
        owner = info.st_uid
        group = info.st_gid
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        modified = Double(info.st_mtim.tv_sec) + Double(info.st_mtim.tv_nsec) / 1e9
        format = info.st_mode & S_IFMT
    }

    /// True for a directory; a link to one counts only where links were followed.
    package var isFolder: Bool { format == S_IFDIR }
    /// True for plain data: no folder, link, socket, pipe or device.
    package var isRegularFile: Bool { format == S_IFREG }
    /// Only ever true where links were not followed.
    package var isSymbolicLink: Bool { format == S_IFLNK }

    /// Whether both describe one file or folder, however it was reached.
    package func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}
