import CurlTransport
import Foundation
import LabServers
import Synchronization
import Testing

@Suite("Answers that are streamed", .enabled(if: ScriptedServer.isAvailable, "needs python3"), .timeLimit(.minutes(10)))
struct StreamTests {
    private struct Enough: Error {}

    private let transport = CurlTransport()

    /// Without a deadline of the library's own that would end its wait before the test's time limit, and so do the cancellation's work.
    private static func unhurried(_ request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.connectTimeout = .seconds(3600)
        return request
    }

    @Test("a part is handed over before the server makes the next one", arguments: [ScriptedServer.Address.tcp, .unix])
    func steps(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        let parts = Mutex<[String]>([])
        try await transport.stream(server.request("/steps?5")) { chunk in
            parts.withLock { $0.append(String(decoding: chunk, as: UTF8.self)) }
            // The server goes on only after this; a part held back would stop both until the time limit.
            _ = try await CurlTransport().send(server.request("/advance", .post))
        }
        #expect(parts.withLock { $0 } == (0..<5).map { "step \($0)\n" })
    }

    @Test("many parts arrive complete, in order, behind the head")
    func order() async throws {
        let server = try ScriptedServer()
        let text = Mutex<[UInt8]>([])
        let heads = Mutex<[Int]>([])
        try await transport.stream(server.request("/lines?20000")) { head in
            #expect(text.withLock { $0.isEmpty })
            heads.withLock { $0.append(head.status) }
        } onChunk: { chunk in
            text.withLock { $0 += chunk }
        }
        #expect(heads.withLock { $0 } == [200])
        #expect(text.withLock { String(decoding: $0, as: UTF8.self) } == (0..<20000).map { "line \($0)\n" }.joined())
    }

    @Test("a slow reader slows the server, and its error ends the transfer", arguments: [ScriptedServer.Address.tcp, .unix, .tls])
    func backpressure(address: ScriptedServer.Address) async throws {
        // A listener that speaks TLS cannot be filled without blocking in the script, so it only serves the large body there.
        let server = try ScriptedServer(address)
        let size = 256 << 20
        let path = address == .tls ? "/big?\(size)" : "/flood?\(size)"
        await #expect(throws: Enough.self) {
            try await transport.stream(server.request(path)) { chunk in
                #expect(chunk.count <= 4 << 20)
                if address != .tls {
                    try await server.wait(until: "blocked") { $0 > 0 }
                    #expect(try await server.count("sent") < size / 4)
                }
                throw Enough()
            }
        }
    }

    @Test("an error of the head's handler ends the transfer before any part")
    func headHandlerThrows() async throws {
        let server = try ScriptedServer()
        await #expect(throws: Enough.self) {
            try await transport.stream(server.request("/hang-body")) { _ in
                throw Enough()
            } onChunk: { _ in
                Issue.record("a part came after the handler's error")
            }
        }
        try await server.wait(until: "waiting") { $0 == 0 }
    }

    @Test("cancelling ends a request that the server never answers", arguments: [ScriptedServer.Address.tcp, .unix, .tls])
    func cancelHanging(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        let request = Self.unhurried(server.request("/hang"))
        let task = Task { try await transport.send(request) }
        try await server.wait(until: "waiting") { $0 == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await server.wait(until: "waiting") { $0 == 0 }
    }

    @Test("cancelling ends a stream that has fallen silent")
    func cancelStream() async throws {
        let server = try ScriptedServer(.unix)
        let request = Self.unhurried(server.request("/hang-body"))
        let (arrivals, arrived) = AsyncStream<[UInt8]>.makeStream()
        let task = Task {
            defer { arrived.finish() }
            try await transport.stream(request) { arrived.yield($0) }
        }
        #expect(await arrivals.first { _ in true } == Array("first".utf8))
        try await server.wait(until: "waiting") { $0 == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await server.wait(until: "waiting") { $0 == 0 }
    }

    @Test("a task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        let server = try ScriptedServer()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await transport.send(server.request("/hello"))
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("cancelling ends an attempt to connect, and to agree on TLS; both time out")
    func connecting() async throws {
        let listener = try SilentListener()
        var request = Self.unhurried(HTTPRequest(.get, "https://127.0.0.1:\(listener.port)/"))
        // The first is connected and never answered; what comes after finds the queue full.
        let first = Task { [request] in try await transport.send(request) }
        try await listener.waitForConnection()
        let others = (0..<4).map { _ in Task { [request] in try await transport.send(request) } }
        request.connectTimeout = .milliseconds(200)
        let hurried = request
        #expect(try await transportError { _ = try await transport.send(hurried) }.code == .timedOut)
        for task in [first] + others {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("a unix socket whose queue stays full can be cancelled, and times out")
    func fullQueue() async throws {
        let folder = try TemporaryFolder("opsd-curl")
        let listener = try UnixListener(folder.file("full.sock"), queue: 0)
        // A queue of none takes one connection; this one is never accepted.
        let first = Task { try await transport.send(HTTPRequest(.get, "http://localhost/", unixSocket: listener.path)) }
        try await listener.waitForConnection()
        let request = HTTPRequest(.get, "http://localhost/", unixSocket: listener.path, connectTimeout: .seconds(1))
        let error = try await transportError { _ = try await transport.send(request) }
        #expect(error.code == .timedOut)
        #expect(error.problem.contains(listener.path))
        let second = Task { try await transport.send(HTTPRequest(.get, "http://localhost/", unixSocket: listener.path)) }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
    }
}

/// Listens on a port of loopback and accepts nobody.
private final class SilentListener: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, size) == 0 && listen(descriptor, 0) == 0 ? getsockname(descriptor, raw, &size) : -1
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard status == 0 else { throw LabError(.system, "cannot listen on loopback") }
    }

    deinit { close(descriptor) }

    /// Returns once a connection waits to be accepted.
    func waitForConnection() async throws {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&request, 1, 0) == 0 { await Task.yield() }
    }
}

/// Listens on a unix socket and accepts nobody.
private final class UnixListener: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String, queue: Int32) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 ? listen(descriptor, queue) : -1
            }
        }
        guard status == 0 else { throw LabError(.system, "cannot listen on \(path)") }
    }

    deinit { close(descriptor) }

    /// Returns once a connection waits to be accepted.
    func waitForConnection() async throws {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&request, 1, 0) == 0 { await Task.yield() }
    }
}
