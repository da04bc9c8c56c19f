internal import Glibc
package import SystemPackage

/// A file that grows by whole records, each durable before the append returns.
///
/// A crash leaves at most a torn record at the end: a reader takes what has no line end for never written.
package final class AppendedFile: Sendable {
    private let descriptor: Int32
    private let path: FilePath

    /// Opens `path` for appending; makes it, durably, where there is none. A torn record at its end is ended with a line end.
    package init(_ path: FilePath, permissions: FilePermissions = [.ownerReadWrite]) throws(LocalIOError) {
        let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        var opened = open(path.string, flags)
        if opened < 0, errno == ENOENT {
            opened = open(path.string, flags | O_CREAT, permissions.rawValue)
            if opened >= 0 {
                do {
                    try Folder.sync(path.removingLastComponent())
                } catch {
                    close(opened)
                    throw error
                }
            }
        }
        guard opened >= 0 else { throw LocalIOError("open", path, Errno(rawValue: errno)) }
        descriptor = opened
        self.path = path
        try endTornRecord()
    }

    deinit { close(descriptor) }

    /// Appends `record`, which ends with its line end, and makes it durable.
    package func append(_ record: [UInt8]) throws(LocalIOError) {
        var written = 0
        while written < record.count {
            let count = record.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: written), record.count - written) }
            if count < 0 {
                if errno == EINTR { continue }
                throw LocalIOError("append to", path, Errno(rawValue: errno))
            }
            written += count
        }
        guard fdatasync(descriptor) == 0 else { throw LocalIOError("sync", path, Errno(rawValue: errno)) }
    }

    private func endTornRecord() throws(LocalIOError) {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw LocalIOError("examine", path, Errno(rawValue: errno)) }
        guard info.st_size > 0 else { return }
        var last: UInt8 = 0
        guard pread(descriptor, &last, 1, info.st_size - 1) == 1 else { throw LocalIOError("read", path, Errno(rawValue: errno)) }
        if last != UInt8(ascii: "\n") { try append([UInt8(ascii: "\n")]) }
    }
}
