internal import Glibc
internal import SystemPackage

/// Tells the service manager about this process, in the datagrams of `sd_notify(3)`.
///
/// No descriptor is kept: messages are few, and a manager that was restarted listens on a new socket of the same name.
package struct NotifySocket: Sendable {
    private let address: UnixSocketAddress
    private let name: FilePath

    /// A manager that reads nothing for this long is given up: a status line must not stop the daemon.
    private static let patienceSeconds = 5

    /// Takes the text of `NOTIFY_SOCKET`: an absolute path, or `@` and an abstract name.
    ///
    /// Nil for anything else, and for what is longer than a socket's address may be (107 bytes).
    package init?(path: String) {
        guard let address = UnixSocketAddress(path) else { return nil }
        self.address = address
        name = FilePath(path)
    }

    /// Sends assignments such as `READY=1`, one a line, as one message.
    ///
    /// Throws code `notFound` where nobody has made the socket, `denied`, `busy` where the manager read nothing for five seconds, or
    /// `failed`. Blocks its thread for that long at most.
    package func send(_ lines: String) throws(LocalIOError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw LocalIOError("make socket for", name, Errno(rawValue: errno)) }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        guard setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size)) == 0 else {
            throw LocalIOError("prepare socket for", name, Errno(rawValue: errno))
        }
        let message = Array(lines.utf8)
        var sent = -1
        repeat {
            sent = address.withPointer { sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, $1) }
        } while sent < 0 && errno == EINTR
        // A datagram goes whole or not at all.
        guard sent >= 0 else { throw LocalIOError("notify", name, Errno(rawValue: errno)) }
    }
}
