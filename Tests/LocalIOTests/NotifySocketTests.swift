import Glibc
import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("the service manager's socket")
struct NotifySocketTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder("notify") }

    @Test("a message arrives whole in one datagram, by a path or by an abstract name", arguments: [false, true])
    func arrives(isAbstract: Bool) throws {
        let name = isAbstract ? "@opsd-test-\(UInt64.random(in: .min ... .max))" : folder.file("notify")
        let manager = try DatagramSocket(name)
        let socket = try #require(NotifySocket(path: name))
        let message = "RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.microseconds)\nSTATUS=täglich"
        try socket.send(message)
        try socket.send("READY=1")
        #expect(manager.receive() == message)
        #expect(manager.receive() == "READY=1")
    }

    @Test("a manager that was restarted gets the next message")
    func restarted() throws {
        let path = folder.file("notify")
        let socket = try #require(NotifySocket(path: path))
        let missing = #expect(throws: LocalIOError.self) { try socket.send("READY=1") }
        #expect(missing?.code == .notFound)
        let first = try DatagramSocket(path)
        try socket.send("first")
        #expect(first.receive() == "first")
        unlink(path)
        let second = try DatagramSocket(path)
        try socket.send("second")
        #expect(second.receive() == "second")
    }

    @Test(
        "text that is no address of a socket is refused",
        arguments: ["", "@", "/", "notify", "./notify", "vsock:2:1234", "/run/a\0b", "/" + String(repeating: "n", count: 107)])
    func refused(text: String) {
        #expect(NotifySocket(path: text) == nil)
    }

    @Test("the longest path that fits is 107 bytes, the longest abstract name too")
    func longest() {
        #expect(NotifySocket(path: "/" + String(repeating: "n", count: 106)) != nil)
        #expect(NotifySocket(path: "@" + String(repeating: "n", count: 107)) != nil)
        #expect(NotifySocket(path: "@" + String(repeating: "n", count: 108)) == nil)
    }

    @Test("a message that no datagram can hold is an error, and the next one goes through")
    func tooLong() throws {
        let manager = try DatagramSocket(folder.file("notify"))
        let socket = try #require(NotifySocket(path: folder.file("notify")))
        #expect(throws: LocalIOError.self) { try socket.send(String(repeating: "x", count: 4 << 20)) }
        try socket.send("WATCHDOG=1")
        #expect(manager.receive() == "WATCHDOG=1")
    }

    @Test("no descriptor stays open")
    func descriptors() throws {
        let manager = try DatagramSocket(folder.file("notify"))
        let socket = try #require(NotifySocket(path: folder.file("notify")))
        // Other tests open files meanwhile: a leak of one each time would still show.
        let before = Self.highestDescriptor()
        for _ in 0..<2000 {
            try socket.send("WATCHDOG=1")
            #expect(manager.receive() == "WATCHDOG=1")
        }
        #expect(Self.highestDescriptor() < before + 1000)
    }

    private static func highestDescriptor() -> Int32 {
        let descriptor = dup(0)
        close(descriptor)
        return descriptor
    }
}

@Suite("the monotonic clock")
struct MonotonicTimeTests {
    @Test("it counts microseconds from a fixed beginning and never goes back")
    func advances() throws {
        var last = MonotonicTime.microseconds
        for _ in 0..<1000 {
            let now = MonotonicTime.microseconds
            #expect(now >= last)
            last = now
        }
        // The uptime counts the time that a machine slept too, so it is never less.
        let text = String(decoding: try FileReader.contents(of: "/proc/uptime"), as: UTF8.self)
        let uptime = try #require(Double(text.prefix { $0 != " " }))
        #expect(last > 0 && Double(last) / 1e6 <= uptime + 1)
    }
}

/// A socket that takes datagrams, as a service manager has one.
private final class DatagramSocket {
    private let descriptor: Int32

    init(_ name: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(2 + bytes.count + (name.hasPrefix("@") ? 0 : 1))
        let fd = descriptor
        let answer = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(fd, $0, length) }
        }
        guard answer == 0 else { throw LabError(.system, "cannot bind \(name): \(String(cString: strerror(errno)))") }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next datagram; nil where none comes within five seconds.
    func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
