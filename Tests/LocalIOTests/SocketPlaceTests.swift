import Glibc
import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("places to listen")
struct SocketPlaceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder("sockets") }

    private var path: FilePath { FilePath(folder.file("control.sock")) }

    @Test("a path without anything is free, one with a server is taken, one whose server is gone is stale")
    func unixSocket() throws {
        #expect(try SocketPlace.unixSocket(path) == .free)
        var server: UnixServer? = try UnixServer(path.string)
        #expect(try SocketPlace.unixSocket(path) == .taken)
        _ = server
        server = nil
        #expect(try SocketPlace.unixSocket(path) == .stale)
        unlink(path.string)
        #expect(try SocketPlace.unixSocket(path) == .free)
    }

    @Test("a server that accepts nothing is there all the same")
    func full() throws {
        let server = try UnixServer(path.string)
        // More than its queue holds: the last answers are those of a full one.
        let clients = try (0..<8).map { _ in try Client(path.string) }
        #expect(try SocketPlace.unixSocket(path) == .taken)
        withExtendedLifetime((server, clients)) {}
    }

    @Test("a file, a folder or a link in the socket's place is foreign")
    func foreign() throws {
        try DurableFile.write([1], to: path)
        #expect(try SocketPlace.unixSocket(path) == .foreign)
        #expect(try SocketPlace.unixSocket(FilePath(folder.path)) == .foreign)
        try Program.succeed("ln", ["-s", "control.sock", folder.file("link")])
        #expect(try SocketPlace.unixSocket(FilePath(folder.file("link"))) == .foreign)
    }

    @Test("a free port is free again after the question, one with a server is taken", arguments: ["127.0.0.1", "::1"])
    func port(host: String) throws {
        let port = try FreePort.next()
        #expect(try SocketPlace.port(port, host: "127.0.0.1") == .free)
        let server = try TCPServer()
        #expect(try SocketPlace.port(server.port, host: "127.0.0.1") == .taken)
        // A host without IPv6 has no such address.
        if host == "::1", (try? SocketPlace.port(port, host: host)) != nil {  // the answer is asked for below
            #expect(try SocketPlace.port(port, host: host) == .free)
        }
    }

    @Test("an address that is not this host's, or no address at all, is an error", arguments: ["192.0.2.1", "registry.example.com", ""])
    func wrongAddress(host: String) {
        #expect(throws: LocalIOError.self) { try SocketPlace.port(9464, host: host) }
    }

    @Test("the room on a disk is what df says, and a missing path is not found")
    func freeSpace() throws {
        let bytes = try FreeSpace.bytes(at: FilePath(folder.path))
        let text = try Program.run("df", ["--output=avail", "-B1", folder.path]).output
        let other = try #require(text.split(separator: "\n").last.flatMap { Int64($0.filter(\.isNumber)) })
        #expect(abs(bytes - other) < 1 << 30)
        let missing = #expect(throws: LocalIOError.self) { try FreeSpace.bytes(at: path) }
        #expect(missing?.code == .notFound)
    }
}

/// A unix socket with a queue of one connection, which nobody takes.
private final class UnixServer {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let fd = descriptor
        let bound = withUnixAddress(path) { bind(fd, $0, $1) == 0 && listen(fd, 1) == 0 }
        guard bound else { throw LabError(.system, "cannot listen on \(path)") }
    }

    deinit { close(descriptor) }
}

/// A connection that may still wait for its turn.
private final class Client {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        let fd = descriptor
        // A full queue refuses, which is what these are for.
        _ = withUnixAddress(path) { connect(fd, $0, $1) }
    }

    deinit { close(descriptor) }
}

private func withUnixAddress<Value>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}

/// A port of loopback with a server behind it.
private final class TCPServer {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = descriptor
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(fd, generic, size) == 0 && listen(fd, 8) == 0 && getsockname(fd, generic, &size) == 0
            }
        }
        guard bound else { throw LabError(.system, "cannot listen on loopback") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}
