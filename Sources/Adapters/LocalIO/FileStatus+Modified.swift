internal import Glibc
package import SystemPackage

extension FileStatus {
    /// When the content of `path` was last changed, in seconds since 1970 by the host's clock; links are followed.
    package static func modified(_ path: FilePath) throws(LocalIOError) -> Double {
        var info = stat()
        guard stat(path.string, &info) == 0 else { throw LocalIOError("examine", path, Errno(rawValue: errno)) }
        return Double(info.st_mtim.tv_sec) + Double(info.st_mtim.tv_nsec) / 1e9
    }
}
