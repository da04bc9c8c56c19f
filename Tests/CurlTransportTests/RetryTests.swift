import CurlTransport
import Foundation
import LabServers
import Synchronization
import Testing

@Suite("Requests that are repeated", .enabled(if: ScriptedServer.isAvailable, "needs python3"), .timeLimit(.minutes(10)))
struct RetryTests {
    private let transport = CurlTransport()
    private let clock = RecordingClock()

    private func retry(_ attempts: Int = 4) -> HTTPRequest.Retry {
        // 1994-11-06 08:49:37 UTC.
        HTTPRequest.Retry(attempts: attempts, firstPause: .seconds(4), longestPause: .seconds(30), clock: clock) { 784_111_777 }
    }

    @Test(
        "the server says when to come back, in seconds or as a date, up to a limit", arguments: [429, 503],
        [
            ("7", Duration.seconds(7)), ("Sun,_06_Nov_1994_08:49:50_GMT", .seconds(13)), ("Sun,_06_Nov_1994_08:00:00_GMT", .zero),
            ("86400", .seconds(30)), ("-5", .zero),
        ])
    func retryAfter(status: Int, asked: (text: String, pause: Duration)) async throws {
        let server = try ScriptedServer()
        var request = server.request("/busy?2&\(status)&\(asked.text)")
        request.retry = retry()
        #expect(try await transport.send(request).body == Array("at last".utf8))
        #expect(clock.pauses == [asked.pause, asked.pause])
    }

    @Test("where the server does not say, each pause is about twice the one before", arguments: ["", "soon"])
    func backoff(after: String) async throws {
        let server = try ScriptedServer()
        var request = server.request("/busy?5&503&\(after)")
        request.retry = retry(6)
        #expect(try await transport.send(request).body == Array("at last".utf8))
        for (pause, whole) in zip(clock.pauses, [4.0, 8, 16, 30, 30]) {
            #expect(pause <= .seconds(whole))
            #expect(pause >= .seconds(whole * 0.75))
        }
        #expect(clock.pauses.count == 5)
    }

    @Test("the last attempt's answer is the answer, and without a policy so is the first")
    func last() async throws {
        let server = try ScriptedServer()
        var request = server.request("/busy?100&503&1")
        #expect(try await transport.send(request).head.status == 503)
        request.retry = retry(3)
        #expect(try await transport.send(request).head.status == 503)
        #expect(clock.pauses.count == 2)
        #expect(try await server.count("busy") == 4)
    }

    @Test("an answer that broke off is asked for again, and only what came last counts")
    func brokenOff() async throws {
        let server = try ScriptedServer()
        var request = server.request("/flaky?2")
        request.retry = retry()
        #expect(try await transport.send(request).body == Array("at last".utf8))
        #expect(clock.pauses.count == 2)
    }

    @Test("what a stream has handed over is not taken back")
    func stream() async throws {
        let server = try ScriptedServer()
        var request = server.request("/flaky?2")
        request.retry = retry()
        let error = try await transportError { try await transport.stream(request) { _ in } }
        #expect(error.code == .interrupted)
        #expect(clock.pauses.isEmpty)
    }

    @Test("what is not idempotent is not repeated once it was sent", arguments: [HTTPRequest.Method.post, .patch])
    func notIdempotent(method: HTTPRequest.Method) async throws {
        let server = try ScriptedServer()
        var request = server.request("/busy?1&503&1", method)
        request.retry = retry()
        #expect(try await transport.send(request).head.status == 503)
        request = server.request("/cut-head", method)
        request.retry = retry()
        #expect(try await transportError { _ = try await transport.send(request) }.code == .interrupted)
        #expect(clock.pauses.isEmpty)
    }

    @Test("what cannot have reached the server is repeated, whatever it is", arguments: HTTPRequest.Method.allCases)
    func unreached(method: HTTPRequest.Method) async throws {
        var request = HTTPRequest(method, "http://127.0.0.1:\(try FreePort.next())/")
        request.retry = retry()
        #expect(try await transportError { _ = try await transport.send(request) }.code == .unreachable)
        #expect(clock.pauses.count == 3)
    }

    @Test("a streamed body that was begun is not sent again")
    func consumed() async throws {
        let server = try ScriptedServer()
        let calls = Mutex(0)
        var request = server.request("/busy?1&503&1", .put)
        request.bodyStream = .stream(length: 1) {
            calls.withLock { calls in
                calls += 1
                return calls == 1 ? [1] : nil
            }
        }
        request.retry = retry()
        #expect(try await transport.send(request).head.status == 503)
        #expect(clock.pauses.isEmpty)
    }

    @Test("a failure that lasts is not repeated")
    func permanent() async throws {
        let server = try ScriptedServer()
        var request = server.request("/garbage")
        request.retry = retry()
        #expect(try await transportError { _ = try await transport.send(request) }.code == .protocolViolation)
        #expect(clock.pauses.isEmpty)
    }
}
