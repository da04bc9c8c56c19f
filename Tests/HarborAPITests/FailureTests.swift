import CurlTransport
import Foundation
import HarborAPI
import OCIImage
import Testing

@Suite("What Harbor refuses, and what is tried again", .timeLimit(.minutes(5)))
struct FailureTests {
    @Test(
        "each status has its code",
        arguments: [
            (400, "BAD_REQUEST", HarborAPIError.Code.malformed), (401, "UNAUTHORIZED", .unauthorized), (403, "FORBIDDEN", .forbidden),
            (403, "DENIED", .readOnly), (404, "NOT_FOUND", .notFound), (405, "METHOD_NOT_ALLOWED", .notAllowed),
            (409, "CONFLICT", .conflict), (412, "PRECONDITION", .precondition), (413, "REQUEST_ENTITY_TOO_LARGE", .tooLarge),
            (422, "UNPROCESSABLE_ENTITY", .malformed), (429, "TOO_MANY_REQUEST", .tooManyRequests), (500, "UNKNOWN", .unavailable),
            (503, "", .unavailable), (302, "", .unexpectedAnswer), (418, "", .unexpectedAnswer),
        ])
    func status(_ status: Int, _ word: String, _ code: HarborAPIError.Code) async throws {
        let server = try RecordingServer { _ in .error(status, word, "the reason") }
        let error = try await harborError { try await client(server).stopCollection(1) }
        #expect(error.code == code)
        #expect(error.status == status)
        #expect(error.problem.contains("stopGC") && error.problem.contains("the reason") && !error.problem.hasSuffix("."))
        #expect(error.description == "\(error.problem). Hint: \(error.remedy)")
        let permission = HarborPermission(.system, "garbage-collection", "stop")
        #expect(error.missingPermission == (code == .forbidden ? permission : nil))
        #expect(error.isRetryable == [.tooManyRequests, .unavailable].contains(code))
    }

    @Test("a server's text comes short and without control characters")
    func text() async throws {
        let long = String(repeating: "x", count: 5000)
        let server = try RecordingServer { _ in
            RecordingServer.Answer(status: 400, body: Array("one\u{1b}[31m\r\ntwo\u{202e} \(long)".utf8))
        }
        let error = try await harborError { try await client(server).stopCollection(1) }
        #expect(error.problem.contains("one [31m two xxx"))
        #expect(error.problem.count < 400)
        #expect(!error.problem.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test("a proxy's web page is an unavailable Harbor, and none of it is shown", arguments: [502, 504])
    func webPage(status: Int) async throws {
        let server = try RecordingServer { _ in
            RecordingServer.Answer(
                status: status, headers: [(name: "Content-Type", value: "text/html")],
                body: Array("<html><head><title>\(status)</title></head></html>".utf8))
        }
        let clock = RecordingClock()
        let error = try await harborError { _ = try await client(server, clock: clock).queues() }
        #expect(error.code == .unavailable)
        #expect(error.problem.contains("web page") && !error.problem.contains("<"))
        #expect(server.requests.count == 4)
        #expect(clock.pauses == [.milliseconds(500), .seconds(1), .seconds(2)])
    }

    @Test("reading is tried again, and so are pausing and resuming a queue")
    func again() async throws {
        let server = try RecordingServer { $0.number % 3 == 0 ? .json("[]") : .error(503, "") }
        let harbor = client(server)
        #expect(try await harbor.queues() == [])
        try await harbor.pauseQueue("GARBAGE_COLLECTION")
        try await harbor.resumeQueue("GARBAGE_COLLECTION")
        #expect(server.requests.count == 9)
    }

    @Test("what may have been done is sent once")
    func once() async throws {
        let server = try RecordingServer { _ in .error(500, "UNKNOWN") }
        let harbor = client(server)
        let calls: [() async throws -> Void] = [
            { try await harbor.scan(Sample.digest(), in: Sample.repository()) }, { try await harbor.startScanAll() },
            { _ = try await harbor.startCollection(deletesUntagged: false, isDryRun: true, workers: 1) },
            { _ = try await harbor.startRetention(1, isDryRun: true) },
            { try await harbor.deleteArtifact(Sample.digest(), in: Sample.repository()) }, { try await harbor.stopQueue("X") },
        ]
        for call in calls { #expect(try await harborError(call).code == .unavailable) }
        #expect(server.requests.count == calls.count)
    }

    @Test(
        "what was refused for its rate is sent again after the time that the server asks for",
        arguments: ["7", "Sun, 06 Nov 1994 08:49:44 GMT"])
    func retryAfter(value: String) async throws {
        let server = try RecordingServer { request in
            guard request.number == 1 else { return RecordingServer.Answer(status: 202) }
            return RecordingServer.Answer(
                status: 429, headers: [(name: "Retry-After", value: value), (name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT")])
        }
        let clock = RecordingClock()
        try await client(server, clock: clock).stopScanAll()
        #expect(clock.pauses == [.seconds(7)])
    }

    @Test("a time longer than a minute is told and not waited for")
    func longWait() async throws {
        let server = try RecordingServer { _ in RecordingServer.Answer(status: 429, headers: [(name: "Retry-After", value: "3600")]) }
        let clock = RecordingClock()
        let error = try await harborError { _ = try await client(server, clock: clock).queues() }
        #expect(error.retryAfter == .seconds(3600))
        #expect(clock.pauses == [])
    }

    @Test("a server that is not there is tried again, also with what may be sent once only")
    func unreachable() async throws {
        let url = try RecordingServer { _ in nil }.url
        let clock = RecordingClock()
        let account = HarborAccount(username: "u", password: CurlTransport.Secret("p"))
        let harbor = HarborClient(HarborSettings(url: url, account: account, version: "1"), transport: CurlTransport(), clock: clock)
        #expect(try await harborError { try await harbor.startScanAll() }.code == .unreachable)
        #expect(clock.pauses.count == 3)
    }

    @Test("cancelling ends a call that Harbor does not answer")
    func cancellation() async throws {
        let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
        let server = try RecordingServer { _ in
            continuation.yield()
            return nil
        }
        let harbor = client(server)
        let task = Task { try await harbor.queues() }
        for await _ in asked { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.requests.count == 1)
    }

    @Test("a started job without its id is an error, although it has begun", arguments: ["", "/api/v2.0/system/gc/", "/x/y", "/gc/-1"])
    func location(value: String) async throws {
        let server = try RecordingServer { _ in RecordingServer.Answer(status: 201, headers: [(name: "Location", value: value)]) }
        let error = try await harborError {
            _ = try await client(server).startCollection(deletesUntagged: false, isDryRun: true, workers: 1)
        }
        #expect(error.code == .unexpectedAnswer)
    }

    @Test("a number of workers that Harbor refuses is not sent", arguments: [0, 11])
    func workers(count: Int) async throws {
        let server = try RecordingServer { _ in RecordingServer.Answer(status: 201) }
        let error = try await harborError {
            _ = try await client(server).startCollection(deletesUntagged: false, isDryRun: true, workers: count)
        }
        #expect(error.code == .malformed)
        #expect(server.requests.isEmpty)
    }

    @Test(
        "an answer that cannot be read is an error",
        arguments: ["", "<html>", "{", "7", "{}", #"[{"job_type":3}]"#, #"[{"count":1}]"#, #"[{"job_type":"X","paused":7}]"#])
    func unreadable(body: String) async throws {
        let server = try RecordingServer { _ in .json(body) }
        #expect(try await harborError { _ = try await client(server).queues() }.code == .unexpectedAnswer)
    }

    @Test(
        "a manifest is there, absent or denied",
        arguments: [
            (200, ManifestStatus.present(nil)), (404, .absent), (412, .denied(nil)), (403, .denied(nil)),
        ])
    func manifest(_ status: Int, _ expected: ManifestStatus) async throws {
        let server = try RecordingServer { _ in RecordingServer.Answer(status: status) }
        #expect(try await client(server).manifestStatus(Sample.repository(), .tag(TagName(parsing: "v1"))) == expected)
        let request = try #require(server.requests.first)
        #expect(request.method == "HEAD" && request.target == "/v2/library/team/app/manifests/v1")
        #expect(request.header("Accept")?.contains("application/vnd.oci.image.index.v1+json") == true)
    }

    @Test("an artifact that is not there is none")
    func noArtifact() async throws {
        let server = try RecordingServer { _ in .error(404, "NOT_FOUND") }
        #expect(try await client(server).artifact(Sample.repository(), .digest(Sample.digest())) == nil)
        #expect(try await client(server).vulnerabilities(of: Sample.digest(), in: Sample.repository()) == nil)
    }
}
