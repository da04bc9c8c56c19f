internal import Glibc
package import SystemPackage

/// A lock that two processes of this host cannot hold at once; the kernel releases it when its holder dies, however it dies.
package final class ProcessLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock and writes `holder` into the file, for whoever is refused.
    ///
    /// Throws code `busy` where it is held, or blocks the thread until it is free where `waiting`. The file stays: removing it would let
    /// two holders lock two files of one name.
    package init(_ path: FilePath, holder: String, waiting: Bool = false) throws(LocalIOError) {
        let fd = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard fd >= 0 else { throw LocalIOError("open lock", path, Errno(rawValue: errno)) }
        var answer = flock(fd, waiting ? LOCK_EX : LOCK_EX | LOCK_NB)
        while answer != 0, errno == EINTR { answer = flock(fd, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) }
        guard answer == 0 else {
            let failure = Errno(rawValue: errno)
            close(fd)
            throw LocalIOError("lock", path, failure)
        }
        descriptor = fd
        let text = Array((holder + "\n").utf8)
        // The name is a courtesy to the next caller; the lock holds without it.
        if ftruncate(fd, 0) == 0 { _ = pwrite(fd, text, text.count, 0) }
    }

    deinit { close(descriptor) }

    /// Who holds, or last held, the lock at `path`.
    package static func holder(of path: FilePath) -> String? {
        // A holder that cannot be read is only missing from a message.
        guard let bytes = try? FileReader.contents(of: path, limit: 4096) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(separator: "\n").first.map(String.init)
    }
}
