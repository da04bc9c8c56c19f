internal import Glibc
package import SystemPackage

/// A file opened for reading in large pieces. Closed when nobody holds it any more.
package final class FileReader: Sendable {
    private let descriptor: Int32
    private let path: FilePath

    /// Opens `path`; `followingLinks: false` refuses a symbolic link as last component.
    package init(_ path: FilePath, followingLinks: Bool = true) throws(LocalIOError) {
        let fd = open(path.string, O_RDONLY | O_CLOEXEC | (followingLinks ? 0 : O_NOFOLLOW))
        guard fd >= 0 else { throw LocalIOError("open", path, Errno(rawValue: errno)) }
        descriptor = fd
        self.path = path
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    deinit { close(descriptor) }

    /// Bytes in the file now.
    package func size() throws(LocalIOError) -> Int64 {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw LocalIOError("examine", path, Errno(rawValue: errno)) }
        return Int64(info.st_size)
    }

    /// Replaces `buffer` with the next bytes, at most `limit` of them; an empty buffer means the end.
    package func read(into buffer: inout [UInt8], limit: Int = 1 << 20) throws(LocalIOError) {
        try fill(&buffer, limit) { Glibc.read(descriptor, $0, $1) }
    }

    /// Replaces `buffer` with at most `limit` bytes from `offset`; an empty buffer means that the file ends there.
    package func read(into buffer: inout [UInt8], at offset: Int64, limit: Int = 1 << 20) throws(LocalIOError) {
        try fill(&buffer, limit) { pread(descriptor, $0, $1, off_t(offset)) }
    }

    private func fill(
        _ buffer: inout [UInt8], _ limit: Int, _ call: (UnsafeMutableRawPointer?, Int) -> Int
    ) throws(LocalIOError) {
        var failure: Errno?
        buffer = [UInt8](unsafeUninitializedCapacity: limit) { space, count in
            var got = call(space.baseAddress, limit)
            while got < 0, errno == EINTR { got = call(space.baseAddress, limit) }
            if got < 0 { failure = Errno(rawValue: errno) }
            count = max(0, got)
        }
        if let failure { throw LocalIOError("read", path, failure) }
    }

    /// The whole of a small file; a file over `limit` bytes is an error, so that a wrong path cannot fill the memory.
    package static func contents(of path: FilePath, limit: Int = 16 << 20) throws(LocalIOError) -> [UInt8] {
        let reader = try FileReader(path)
        var all: [UInt8] = []
        var piece: [UInt8] = []
        while true {
            try reader.read(into: &piece)
            if piece.isEmpty { return all }
            guard all.count + piece.count <= limit else { throw LocalIOError("read", path, .fileTooLarge) }
            all += piece
        }
    }
}
