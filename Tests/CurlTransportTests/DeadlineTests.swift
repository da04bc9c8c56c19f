import LabServers
import Testing

@testable import CurlTransport

@Suite("Time limits of a transfer", .timeLimit(.minutes(10)))
struct DeadlineTests {
    private typealias Progress = TransferDeadlines.Progress

    private func limits() -> TransferDeadlines { TransferDeadlines(total: 1000, firstByte: .microseconds(100), stall: .microseconds(50)) }

    @Test("before there is a connection only the total counts")
    func unconnected() {
        var limits = limits()
        limits.note(Progress(), at: 10)
        #expect(limits.next == 1000)
        #expect(limits.passed(at: 999) == nil)
        #expect(limits.passed(at: 1000) == .total)
    }

    @Test("silence counts from the last movement, and not while the caller is waited for")
    func stall() {
        var limits = limits()
        limits.note(Progress(isConnected: true), at: 10)
        #expect(limits.next == 60)
        limits.note(Progress(isConnected: true, hasMoved: true), at: 50)
        #expect(limits.passed(at: 99) == nil)
        #expect(limits.passed(at: 100) == .stall)
        limits.note(Progress(isConnected: true, isPaused: true), at: 400)
        #expect(limits.passed(at: 449) == nil)
        limits.note(Progress(isConnected: true), at: 449)
        #expect(limits.passed(at: 450) == .stall)
    }

    @Test("the first byte counts from the end of the request, until it comes")
    func firstByte() {
        var limits = TransferDeadlines(total: nil, firstByte: .microseconds(100), stall: nil)
        limits.note(Progress(isConnected: true), at: 10)
        #expect(limits.next == nil)
        limits.note(Progress(isConnected: true, isRequestSent: true), at: 500)
        limits.note(Progress(isConnected: true, isRequestSent: true), at: 550)
        #expect(limits.next == 600)
        #expect(limits.passed(at: 600) == .firstByte)
        limits.note(Progress(isConnected: true, isRequestSent: true, hasAnswer: true), at: 560)
        #expect(limits.passed(at: 10_000) == nil)
    }

    @Test("a server that never begins is given up", .enabled(if: ScriptedServer.isAvailable, "needs python3"))
    func silentServer() async throws {
        let server = try ScriptedServer()
        var request = server.request("/hang", .post, body: [1, 2])
        request.firstByteTimeout = .milliseconds(300)
        let error = try await transportError { _ = try await CurlTransport().send(request) }
        #expect(error.code == .timedOut)
        #expect(error.problem.hasSuffix("no byte of it came within 0.3 seconds"))
        try await server.wait(until: "waiting") { $0 == 0 }
    }

    @Test("a server that has begun may take its time", .enabled(if: ScriptedServer.isAvailable, "needs python3"))
    func slowServer() async throws {
        let server = try ScriptedServer()
        var request = server.request("/trickle")
        request.firstByteTimeout = .milliseconds(300)
        request.totalTimeout = .seconds(2)
        let error = try await transportError { _ = try await CurlTransport().send(request) }
        #expect(error.problem.contains("it took longer"))
    }
}
