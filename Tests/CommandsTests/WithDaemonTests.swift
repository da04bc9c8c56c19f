import ControlProtocol
import CurlTransport
import Foundation
import JobEngine
import Synchronization
import SystemPackage
import Testing

@testable import Commands

/// What the daemon would answer.
private enum Answers {
    static let run = "\(ControlHost.id(5))"

    static func json(_ value: some Encodable) throws -> String { String(decoding: try ControlJSON.encode(value), as: UTF8.self) }

    static func lines(_ events: [EventLine]) throws -> [String] { try events.map { try json($0) + "\n" } }

    static func end(_ outcome: RunOutcome, failure: String? = nil, exitCode: Int32? = nil) -> (record: RunRecord, report: RunReport) {
        var record = ControlHost.record(5, job: "audit", kind: .audit, .ended(outcome))
        record.failure = failure
        if let exitCode { record.exitCode = exitCode }
        var report = RunReport(run: record.id, job: "audit", kind: "audit", started: ControlHost.time)
        report.outcome = outcome
        report.finished = ControlHost.time.addingTimeInterval(30)
        return (record, report)
    }
}

@Suite("run-now with a daemon")
struct RunWithDaemonTests {
    @Test("shows why the run waits and what it does, prints its report, and ends with its exit code")
    func follows() async throws {
        let host = try ControlHost()
        let end = Answers.end(.partial)
        let events = try Answers.lines([
            EventLine(RunEvent.waiting("run x of job 'gc' is under way")), EventLine(RunEvent.began(ControlHost.time)),
            EventLine(.phaseBegan("packs", totalBytes: 4096)), EventLine(RunEvent.advanced(phase: "packs", bytes: 2048, items: 1)),
            EventLine(EventLine.Event.alive), EventLine(.phaseEnded(PhaseReport(name: "packs", seconds: 2, bytes: 4096, items: 3))),
        ])
        let ended = try Answers.lines([EventLine(RunEvent.ended(end.record, end.report))])
        let daemon = try FakeDaemon(at: host.socket) { request in
            switch request {
            case "POST /v1/jobs/audit/runs": FakeDaemon.http(201, #"{"run":"\#(Answers.run)"}"#)
            // Lines in pieces, and an event that this version does not know.
            default: FakeDaemon.stream(events + [#"{"event":"hiber"#, "nated\"}\n", "\n"] + ended)
            }
        }
        let spoken = await host.opsd("run-now", "audit")
        #expect(spoken.status == 2)
        #expect(spoken.output == "audit partial in 30.0 s  run \(Answers.run)\n")
        #expect(
            spoken.errors == """
                run \(Answers.run)
                waiting: run x of job 'gc' is under way
                packs: 2.0 s, 4.0 KiB, 3 items

                """)
        #expect(daemon.requests == ["POST /v1/jobs/audit/runs", "GET /v1/runs/\(Answers.run)/events"])

        let bar = await host.opsd("run-now", "audit", onTerminal: true)
        #expect(bar.errors.contains("packs [###############---------------] 2.0 KiB of 4.0 KiB"))
        let json = await host.opsd("run-now", "audit", "--json")
        #expect(try json.status == 2 && json.object()["outcome"] as? String == "partial")
    }

    @Test("a failure ends with the run's own exit code and sentence")
    func failure() async throws {
        let host = try ControlHost()
        let end = Answers.end(.failed, failure: "no route. Hint: mend it", exitCode: 69)
        let ended = try Answers.lines([EventLine(RunEvent.ended(end.record, end.report))])
        let daemon = try FakeDaemon(at: host.socket) { request in
            request.hasPrefix("POST") ? FakeDaemon.http(201, #"{"run":"\#(Answers.run)"}"#) : FakeDaemon.stream(ended)
        }
        let spoken = await host.opsd("run-now", "audit")
        withExtendedLifetime(daemon) {}
        #expect(spoken.status == 69 && spoken.errors.hasSuffix("opsd: no route. Hint: mend it\n"))
    }

    @Test("--no-wait prints the id and leaves")
    func noWait() async throws {
        let host = try ControlHost()
        let daemon = try FakeDaemon(at: host.socket) { _ in FakeDaemon.http(201, #"{"run":"\#(Answers.run)"}"#) }
        let text = await host.opsd("run-now", "audit", "--no-wait")
        #expect(text.status == 0 && text.output == "\(Answers.run)\n" && text.errors.isEmpty)
        let json = await host.opsd("run-now", "audit", "--no-wait", "--json")
        #expect(try json.object() as? [String: String] == ["run": Answers.run])
        #expect(daemon.requests.count == 2)
    }

    @Test("a job that is under way ends with 75 and the way to join it; --attach joins it")
    func busy() async throws {
        let host = try ControlHost()
        let refusal = try Answers.json(
            ErrorDocument(code: "busy", problem: "run \(Answers.run) of job 'audit' is under way", exitCode: 75, run: Answers.run))
        let end = Answers.end(.succeeded)
        let ended = try Answers.lines([EventLine(RunEvent.ended(end.record, end.report))])
        let daemon = try FakeDaemon(at: host.socket) { request in
            request.hasPrefix("POST") ? FakeDaemon.http(409, refusal) : FakeDaemon.stream(ended)
        }
        let refused = await host.opsd("run-now", "audit")
        #expect(refused.status == 75 && refused.output.isEmpty)
        #expect(
            refused.errors == "opsd: run \(Answers.run) of job 'audit' is under way. Hint: watch it with 'opsd run-now audit --attach'\n")
        let attached = await host.opsd("run-now", "audit", "--attach")
        #expect(attached.status == 0 && attached.errors.contains("run \(Answers.run) was under way"))
        #expect(daemon.requests.last == "GET /v1/runs/\(Answers.run)/events")
    }

    @Test("a stream that ends before the run is looked up, and asked for again")
    func endsEarly() async throws {
        let host = try ControlHost()
        let end = Answers.end(.succeeded)
        let document = try Answers.json(RunDocument(run: RunSummary(end.record), report: end.report, log: []))
        let daemon = try FakeDaemon(at: host.socket) { request in
            switch request {
            case "POST /v1/jobs/audit/runs": FakeDaemon.http(201, #"{"run":"\#(Answers.run)"}"#)
            case "GET /v1/runs/\(Answers.run)": FakeDaemon.http(200, document)
            default: FakeDaemon.stream([])
            }
        }
        let spoken = await host.opsd("run-now", "audit")
        withExtendedLifetime(daemon) {}
        #expect(spoken.status == 0 && spoken.output.hasPrefix("audit succeeded"), "\(spoken.errors)")
    }

    @Test(
        "a daemon that dies or talks nonsense in mid-run ends with 69, names the run, and nothing is run here",
        arguments: [
            ["{\"event\":\"ali"], ["no json\n"], ["{\"event\":\"alive\"}\n{\"event\":7}\n"], [],
        ])
    func lost(pieces: [String]) async throws {
        let host = try ControlHost()
        let daemon = try FakeDaemon(at: host.socket) { request in
            switch request {
            case "POST /v1/jobs/audit/runs": FakeDaemon.http(201, #"{"run":"\#(Answers.run)"}"#)
            case let path where path.hasSuffix("/events"): FakeDaemon.stream(pieces)
            default: []
            }
        }
        let spoken = await host.opsd("run-now", "audit")
        withExtendedLifetime(daemon) {}
        #expect(spoken.status == 69 && spoken.output.isEmpty)
        #expect(
            spoken.errors.contains("the daemon went away while it was watched") && spoken.errors.contains("opsd run show \(Answers.run)"))
        #expect(!FileManager.default.fileExists(atPath: host.state.string))
    }
}

@Suite("what the daemon answers")
struct ControlClientTests {
    @Test("lists are asked for by job and number, and printed as they came")
    func lists() async throws {
        let host = try ControlHost()
        let document = try Answers.json(RunsDocument(runs: [RunSummary(ControlHost.record(1, .ended(.failed)))]))
        let daemon = try FakeDaemon(at: host.socket) { _ in FakeDaemon.http(200, document) }
        let json = await host.opsd("runs", "a b/c?", "--limit", "7", "--json")
        #expect(json.status == 0 && json.errors.isEmpty)
        #expect(try Answers.json(ControlJSON.decode(RunsDocument.self, from: Array(json.output.utf8))) == document)
        #expect(daemon.requests == ["GET /v1/runs?limit=7&job=a%20b%2Fc%3F"])
    }

    @Test("a pause is asked for with its end in whole seconds, a cancel by the words that were typed")
    func changes() async throws {
        let host = try ControlHost()
        let job = JobDocument(
            name: "audit", kind: "audit", vault: nil, schedule: nil, timezone: nil, nextRun: nil, pause: nil, currentRun: nil, lastRun: nil,
            lastOutcome: nil, lastStart: nil, lastSuccess: nil, lastDurationSeconds: nil, missedRuns: 0, runsTotal: [:])
        let answer = try Answers.json(job)
        let under = try Answers.json(
            RunDocument(run: RunSummary(ControlHost.record(5, .running)), report: Answers.end(.failed).report, log: []))
        let daemon = try FakeDaemon(at: host.socket) { request in
            switch request {
            case "GET /v1/jobs": FakeDaemon.http(200, #"{"jobs":[\#(answer)]}"#)
            case "GET /v1/runs/2026": FakeDaemon.http(200, under)
            default: FakeDaemon.http(200, request.contains("cancel") ? #"{"run":"\#(Answers.run)"}"# : answer)
            }
        }
        let pause = await host.opsd("pause", "audit", "--until", "2099-01-31T01:00:00.25+01:00", "--reason", "why")
        #expect(pause.status == 0 && pause.output == "job 'audit' is paused until 2099-01-31T00:00:01Z\n", "\(pause.errors)")
        #expect(await host.opsd("resume", "audit").output == "job 'audit' was not paused\n")
        let cancel = await host.opsd("cancel", "2026")
        #expect(cancel.status == 0 && cancel.output.contains("run \(Answers.run) is told to end"))
        #expect(
            daemon.requests == [
                #"POST /v1/jobs/audit/pause {"reason":"why","until":"2099-01-31T00:00:01Z"}"#, "GET /v1/jobs",
                "POST /v1/jobs/audit/resume", "GET /v1/runs/2026", "POST /v1/runs/\(Answers.run)/cancel",
            ])
    }

    @Test("a run that has ended, before a cancel or while it was asked for, is answered with its outcome and when", arguments: [0, 1])
    func cancelTooLate(lookUps: Int) async throws {
        let host = try ControlHost()
        let end = Answers.end(.partial)
        let ended = try Answers.json(RunDocument(run: RunSummary(end.record), report: end.report, log: []))
        let running = try Answers.json(RunDocument(run: RunSummary(ControlHost.record(5, .running)), report: end.report, log: []))
        let refusal = try Answers.json(ErrorDocument(code: "not_under_way", problem: "run is not under way", exitCode: 1))
        let asked = Mutex(0)
        let daemon = try FakeDaemon(at: host.socket) { request in
            if request.hasPrefix("POST") { return FakeDaemon.http(409, refusal) }
            let count = asked.withLock { count in
                count += 1
                return count
            }
            return FakeDaemon.http(200, count > lookUps ? ended : running)
        }
        let spoken = await host.opsd("cancel", Answers.run)
        #expect(spoken.status == 1 && spoken.output.isEmpty)
        #expect(
            spoken.errors
                == "opsd: run \(Answers.run) of job 'audit' has ended: partial at 2026-01-01T00:05:30Z. Hint: opsd run show \(Answers.run)\n"
        )
        #expect(daemon.requests.count == 1 + 2 * lookUps)
    }

    @Test("resume says which pause it ended and when the job runs next; a pause without a reason says that none was given")
    func pauseWords() async throws {
        let host = try ControlHost()
        let pause = JobDocument.Pause(until: ControlHost.time, since: ControlHost.time, reason: "x", requestedBy: nil)
        let job = { (pause: JobDocument.Pause?) in
            try Answers.json(
                JobDocument(
                    name: "audit", kind: "audit", vault: nil, schedule: "0 3 * * *", timezone: "UTC", nextRun: ControlHost.time,
                    pause: pause,
                    currentRun: nil, lastRun: nil, lastOutcome: nil, lastStart: nil, lastSuccess: nil, lastDurationSeconds: nil,
                    missedRuns: 0,
                    runsTotal: [:]))
        }
        let (paused, free) = (try job(pause), try job(nil))
        let daemon = try FakeDaemon(at: host.socket) { request in
            switch request {
            case "GET /v1/jobs": FakeDaemon.http(200, #"{"jobs":[\#(paused)]}"#)
            case "POST /v1/jobs/audit/pause": FakeDaemon.http(200, paused)
            default: FakeDaemon.http(200, free)
            }
        }
        #expect(
            await host.opsd("resume", "audit").output
                == "the pause of job 'audit' until 2026-01-01T00:00:00Z is ended, its next run is at 2026-01-01T00:00:00Z\n")
        #expect(await host.opsd("pause", "audit", "--until", "2099-01-31").status == 0)
        #expect(daemon.requests.last == #"POST /v1/jobs/audit/pause {"reason":"no reason given","until":"2099-01-31T00:00:00Z"}"#)
    }

    @Test(
        "a refusal is said in the daemon's words, and ends with its exit code, but never with 0",
        arguments: [(64, 64), (69, 69), (0, 1), (999, 1)])
    func refusal(said: Int, status: Int) async throws {
        let host = try ControlHost()
        let document = try Answers.json(ErrorDocument(code: "internal", problem: "it is late", remedy: "sleep", exitCode: Int32(said)))
        let daemon = try FakeDaemon(at: host.socket) { _ in FakeDaemon.http(500, document) }
        let spoken = await host.opsd("status")
        withExtendedLifetime(daemon) {}
        #expect(spoken.status == status && spoken.output.isEmpty && spoken.errors == "opsd: it is late. Hint: sleep\n")
    }

    @Test(
        "what is no answer of ours ends with 69, and the journal is not read instead",
        arguments: [
            ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope"], ["HTTP/1.1 404 No\r\nContent-Length: 15\r\n\r\n<html>no</html>"],
            ["220 mail.example.com ESMTP\r\n"], ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"],
            ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
            [],
        ])
    func garbage(answer: [String]) async throws {
        let host = try ControlHost()
        let daemon = try FakeDaemon(at: host.socket) { _ in answer }
        let spoken = await host.opsd("status")
        withExtendedLifetime(daemon) {}
        #expect(spoken.status == 69 && spoken.output.isEmpty && spoken.errors.contains("Hint"), "\(spoken.errors)")
        #expect(!spoken.errors.contains("journal"))
    }

    @Test("a line that never ends is refused")
    func longLine() async throws {
        let host = try ControlHost()
        let daemon = try FakeDaemon(at: host.socket) { _ in FakeDaemon.stream([String(repeating: "x", count: 2000)]) }
        let client = ControlClient(socket: FilePath(host.socket), lineLimit: 1000)
        let error = await #expect(throws: ControlError.self) { try await client.events(of: "r") { _ in } }
        withExtendedLifetime(daemon) {}
        #expect(error?.code == .garbled && error?.problem.contains("1000 bytes") == true)
    }

    @Test("a socket that nobody listens on is no daemon")
    func stale() async throws {
        let host = try ControlHost()
        try FakeDaemon.leaveSocket(at: host.socket)
        #expect(await host.opsd("status").errors.contains("has not run here yet"))
    }

    @Test("a transfer that fails is told apart: no daemon, not allowed, gone, not ours")
    func mapping() {
        let codes: [TransportError.Code: ControlError.Code] = [
            .unreachable: .noDaemon, .denied: .denied, .timedOut: .lost, .interrupted: .lost, .protocolViolation: .garbled,
            .bodyTooLarge: .garbled, .tls: .lost, .invalidRequest: .lost, .failed: .lost,
        ]
        for code in TransportError.Code.allCases {
            let error = ControlError(TransportError(code, "p"), socket: "/run/opsd/control.sock")
            #expect(error.code == codes[code] && error.exitCode == 69, "\(code)")
            #expect(ExitStatus(after: error).code == 69)
        }
        let denied = ControlError(TransportError(.denied, "p"), socket: "/run/opsd/control.sock")
        #expect(denied.description.contains("group opsd") && denied.description.contains("sudo -u opsd"))
    }

    @Test(
        "lines are cut wherever the pieces end",
        arguments: [["a\nbc\n"], ["a", "\n", "bc", "\n"], ["a\nb", "c\n"], ["", "a\nbc", "\n", ""]])
    func lines(pieces: [String]) {
        var splitter = LineSplitter(limit: 2)
        var lines: [String] = []
        for piece in pieces { lines += (splitter.take(Array(piece.utf8)) ?? []).map { String(decoding: $0, as: UTF8.self) } }
        #expect(lines == ["a", "bc"] && splitter.rest.isEmpty)
    }

    @Test("a line of the limit passes, one byte more does not, ended or not", arguments: [["abc\n"], ["ab", "c"], ["abc"]])
    func limit(pieces: [String]) {
        var roomy = LineSplitter(limit: 3)
        var tight = LineSplitter(limit: 2)
        #expect(pieces.allSatisfy { roomy.take(Array($0.utf8)) != nil })
        #expect(pieces.contains { tight.take(Array($0.utf8)) == nil })
    }
}
