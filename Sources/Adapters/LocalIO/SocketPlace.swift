internal import Glibc
package import SystemPackage

/// Whether somebody listens where a server means to listen. Nothing is sent, and nothing stays.
package enum SocketPlace: Equatable, Sendable {
    /// Nobody listens there, and nothing is in the way.
    case free
    /// A server accepts connections there, or holds the port.
    case taken
    /// The socket of a server that is gone: a new one has to remove it first.
    case stale
    /// Something that is no socket has the name.
    case foreign

    /// What is at the path of a unix socket.
    ///
    /// Throws code `denied` where connecting is not allowed, `failed` for a path that is too long for a socket. A server sees a connection that
    /// ends at once.
    package static func unixSocket(_ path: FilePath) throws(LocalIOError) -> SocketPlace {
        let status: FileStatus
        do {
            status = try FileStatus(path, followingLinks: false)
        } catch {
            guard error.code == .notFound else { throw error }
            return .free
        }
        guard !status.isRegularFile, !status.isFolder, !status.isSymbolicLink else { return .foreign }
        guard let address = UnixSocketAddress(path.string) else { throw LocalIOError("connect to", path, .fileNameTooLong) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw LocalIOError("make socket for", path, Errno(rawValue: errno)) }
        defer { close(descriptor) }
        guard address.withPointer({ connect(descriptor, $0, $1) }) != 0 else { return .taken }
        switch Errno(rawValue: errno) {
        // A full queue of connections has a server behind it.
        case .resourceTemporarilyUnavailable, .nowInProgress: return .taken
        case .connectionRefused: return .stale
        case .noSuchFileOrDirectory: return .free
        case let other: throw LocalIOError("connect to", path, other)
        }
    }

    /// What is at a TCP port of this host, found by binding it for a moment; `host` is an IPv4 or IPv6 address.
    ///
    /// Throws code `denied` where the port needs a right that this process lacks, `failed` where the address is not this host's.
    package static func port(_ port: Int, host: String) throws(LocalIOError) -> SocketPlace {
        let place = FilePath("\(host):\(port)")
        guard let number = UInt16(exactly: port) else { throw LocalIOError("bind", place, .invalidArgument) }
        let failure: Errno?
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = number.bigEndian
            failure = bindFailure(AF_INET, &four)
        } else if inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = number.bigEndian
            failure = bindFailure(AF_INET6, &six)
        } else {
            throw LocalIOError("bind", place, .invalidArgument)
        }
        guard let failure else { return .free }
        guard failure == .addressInUse else { throw LocalIOError("bind", place, failure) }
        return .taken
    }

    /// As a server binds: connections of its predecessor that still close are no obstacle.
    private static func bindFailure<Address>(_ family: Int32, _ address: inout Address) -> Errno? {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return Errno(rawValue: errno) }
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let answer = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) }
        }
        return answer == 0 ? nil : Errno(rawValue: errno)
    }
}
