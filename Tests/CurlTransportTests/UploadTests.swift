import CurlTransport
import Foundation
import LabServers
import Synchronization
import Testing

@Suite("Bodies that are made while they are sent", .enabled(if: ScriptedServer.isAvailable, "needs python3"), .timeLimit(.minutes(10)))
struct UploadTests {
    private struct Broken: Error {}

    private let transport = CurlTransport()

    /// `count` parts of `size` bytes each, and how many have been asked for.
    private static func source(
        _ count: Int, of size: Int, length: Int64?, failing: Bool = false
    ) -> (HTTPRequest.BodyStream, @Sendable () -> Int) {
        let asked = Counter()
        let stream = HTTPRequest.BodyStream.stream(length: length) {
            let number = asked.next()
            await Task.yield()
            if number < count { return [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size) }
            if failing { throw Broken() }
            return nil
        }
        return (stream, { asked.value })
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func next() -> Int {
            count.withLock { count in
                defer { count += 1 }
                return count
            }
        }
    }

    @Test("it arrives whole, of known length and of unknown", arguments: [Int64(200 * 70_001), nil], [ScriptedServer.Address.tcp, .tls])
    func whole(length: Int64?, address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        var request = server.request("/echo", .put)
        request.bodyStream = Self.source(200, of: 70_001, length: length).0
        let answer = try await transport.send(request)
        #expect(answer.body == (0..<200).flatMap { [UInt8](repeating: UInt8($0), count: 70_001) })
    }

    @Test("an empty one is none", arguments: [Int64(0), nil])
    func empty(length: Int64?) async throws {
        let server = try ScriptedServer()
        var request = server.request("/echo", .post)
        request.bodyStream = Self.source(0, of: 1, length: length).0
        #expect(try await transport.send(request).body.isEmpty)
    }

    @Test("an error of its source ends the request, and is thrown as it is")
    func failing() async throws {
        let server = try ScriptedServer()
        var request = server.request("/echo", .put)
        request.bodyStream = Self.source(3, of: 1000, length: 100_000, failing: true).0
        await #expect(throws: Broken.self) { _ = try await transport.send(request) }
    }

    @Test("one that is shorter or longer than announced is refused", arguments: [Int64(2999), 3001])
    func wrongLength(length: Int64) async throws {
        let server = try ScriptedServer()
        var request = server.request("/echo", .put)
        request.bodyStream = Self.source(3, of: 1000, length: length).0
        let error = try await transportError { _ = try await transport.send(request) }
        #expect(error.code == .invalidRequest)
        #expect(error.problem.contains("\(length) bytes"))
    }

    @Test("a server that takes nothing stops the source, and is given up", arguments: [ScriptedServer.Address.tcp, .unix])
    func backpressure(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        let (stream, asked) = Self.source(1000, of: 1 << 20, length: 1000 << 20)
        var request = server.request("/deaf", .put)
        request.bodyStream = stream
        request.stallTimeout = .seconds(1)
        #expect(try await transportError { _ = try await transport.send(request) }.code == .timedOut)
        // The kernel's buffers are all that takes it.
        #expect((1..<64).contains(asked()))
    }

    @Test("cancelling ends an upload in its middle")
    func cancelUpload() async throws {
        let server = try ScriptedServer()
        let (stream, asked) = Self.source(1000, of: 1 << 20, length: 1000 << 20)
        var request = server.request("/hang", .put)
        request.bodyStream = stream
        let upload = request
        let task = Task { try await transport.send(upload) }
        while asked() < 3 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(asked() < 1000)
        try await server.wait(until: "waiting") { $0 == 0 }
    }

    @Test("cancelling reaches a source that has nothing to give")
    func silentSource() async throws {
        let server = try ScriptedServer()
        let (asked, wasAsked) = AsyncStream<Void>.makeStream()
        var request = server.request("/echo", .put)
        request.bodyStream = .stream(length: nil) {
            wasAsked.yield()
            // It ends with the task.
            for await _ in AsyncStream<Void>.makeStream().stream {}
            throw CancellationError()
        }
        let upload = request
        let task = Task { try await transport.send(upload) }
        #expect(await asked.first { true } != nil)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a server that has heard enough is heard")
    func early() async throws {
        let server = try ScriptedServer()
        var request = server.request("/refuse", .put)
        let (stream, asked) = Self.source(100_000, of: 1 << 16, length: 100_000 << 16)
        request.bodyStream = stream
        do {
            #expect(try await transport.send(request).head.status == 413)
        } catch {
            // The reset that follows may overtake the answer.
            #expect((error as? TransportError)?.code == .interrupted)
        }
        #expect(asked() < 100_000)
    }

    @Test("a server that cannot be reached leaves the source alone")
    func unreachable() async throws {
        let (stream, asked) = Self.source(1, of: 1, length: 1)
        var request = HTTPRequest(.put, "http://127.0.0.1:\(try FreePort.next())/")
        request.bodyStream = stream
        #expect(try await transportError { _ = try await transport.send(request) }.code == .unreachable)
        #expect(asked() == 0)
    }
}
