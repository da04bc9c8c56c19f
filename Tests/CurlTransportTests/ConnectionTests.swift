import CurlTransport
import Foundation
import LabServers
import Synchronization
import Testing

@Suite("Requests share connections", .enabled(if: ScriptedServer.isAvailable, "needs python3"), .timeLimit(.minutes(10)))
struct ConnectionTests {
    private struct Enough: Error {}

    @Test("a later request uses the connection of an earlier one", arguments: [ScriptedServer.Address.tcp, .unix, .tls])
    func reuse(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        let transport = CurlTransport()
        for _ in 0..<5 { #expect(try await transport.send(server.request("/hello")).body == Array("hello".utf8)) }
        // Asked through the same client, so the question itself makes no connection.
        #expect(try await transport.send(server.request("/state?connections")).body == Array("1".utf8))
    }

    @Test("what must not be done twice never meets a connection that may be dead", arguments: [HTTPRequest.Method.post, .patch])
    func fresh(method: HTTPRequest.Method) async throws {
        let server = try ScriptedServer()
        let transport = CurlTransport()
        for _ in 0..<3 { _ = try await transport.send(server.request("/echo", method)) }
        #expect(try await transport.send(server.request("/state?connections")).body == Array("3".utf8))
    }

    @Test("a connection whose answer was given up is not used again")
    func abandoned() async throws {
        let server = try ScriptedServer()
        let transport = CurlTransport()
        await #expect(throws: Enough.self) {
            try await transport.stream(server.request("/hang-body")) { _ in throw Enough() }
        }
        #expect(try await transport.send(server.request("/hello")).body == Array("hello".utf8))
        #expect(try await transport.send(server.request("/state?connections")).body == Array("2".utf8))
        try await server.wait(until: "waiting") { $0 == 0 }
    }

    @Test("a kept connection that the server has closed is replaced")
    func stale() async throws {
        let server = try ScriptedServer()
        let transport = CurlTransport()
        for _ in 0..<3 {
            #expect(try await transport.send(server.request("/folded")).head.status == 200)
        }
    }

    @Test("many silent streams leave the client free for other requests", arguments: [ScriptedServer.Address.tcp, .unix])
    func streams(address: ScriptedServer.Address) async throws {
        let server = try ScriptedServer(address)
        let transport = CurlTransport()
        var request = server.request("/hang-body")
        request.connectTimeout = .seconds(3600)
        let silent = request
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await transport.stream(silent) { _ in } }
                }
            }
            await #expect(throws: Never.self) {
                try await server.wait(until: "waiting") { $0 == 20 }
                for _ in 0..<10 { #expect(try await transport.send(server.request("/hello")).head.status == 200) }
            }
            group.cancelAll()
        }
        try await server.wait(until: "waiting") { $0 == 0 }
    }

    @Test("no more requests are under way with one host than allowed, and those that wait can be cancelled, or time out")
    func turns() async throws {
        let server = try ScriptedServer()
        let other = try ScriptedServer()
        let transport = CurlTransport(requestsPerHost: 2)
        let holders = (0..<2).map { _ in Task { try await transport.send(server.request("/hang")) } }
        try await server.wait(until: "waiting") { $0 == 2 }
        let waiter = Task { try await transport.send(server.request("/hello")) }
        let quitter = Task { try await transport.send(server.request("/hello")) }
        var request = server.request("/hello")
        request.totalTimeout = .milliseconds(100)
        let hasty = request
        #expect(try await transportError { _ = try await transport.send(hasty) }.code == .timedOut)
        #expect(try await transport.send(other.request("/hello")).head.status == 200)
        quitter.cancel()
        await #expect(throws: CancellationError.self) { try await quitter.value }
        for holder in holders { holder.cancel() }
        #expect(try await waiter.value.head.status == 200)
    }

    @Test("requests in HTTP/2 share one connection, also while one of them is not read")
    func http2() async throws {
        let server = try ScriptedServer(.http2)
        let transport = CurlTransport()
        let first = try await transport.send(server.request("/"))
        #expect(first.head.status == 200)
        #expect(first.body.count == 1 << 20)
        let (othersAreRead, others) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                let read = Mutex(0)
                try await transport.stream(server.request("/")) { chunk in
                    read.withLock { $0 += chunk.count }
                    // Only when the others have been read.
                    for await _ in othersAreRead {}
                }
                #expect(read.withLock { $0 } == 1 << 20)
                return []
            }
            for _ in 0..<3 { group.addTask { try await transport.send(server.request("/")).body } }
            for _ in 0..<3 {
                let body = try await group.next()
                #expect(body?.first == UInt8(ascii: "1"))
            }
            others.finish()
            try await group.waitForAll()
        }
    }
}
