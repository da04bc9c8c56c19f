internal import Glibc
package import SystemPackage

/// Room on a disk.
package enum FreeSpace {
    /// Bytes that an unprivileged user may still write on the filesystem of `path`, quotas aside.
    package static func bytes(at path: FilePath) throws(LocalIOError) -> Int64 {
        var info = statvfs()
        guard statvfs(path.string, &info) == 0 else { throw LocalIOError("examine filesystem of", path, Errno(rawValue: errno)) }
        return Int64(clamping: UInt64(info.f_bavail).multipliedReportingOverflow(by: UInt64(info.f_frsize)).partialValue)
    }
}
