import Assembly
import ControlProtocol
import Foundation
import JobEngine
import SystemPackage
import Testing

@testable import Commands

@Suite("commands of the daemon with a configuration that is broken by now")
struct BrokenConfigurationTests {
    private let host: ControlHost

    init() throws {
        host = try ControlHost()
        let text = try String(contentsOfFile: host.host.configurationFile, encoding: .utf8)
        try host.host.write(text.replacing("storage:", with: "storrage:"), to: "opsd.yaml")
    }

    private static func answer(_ request: String) throws -> String {
        let run = ControlHost.record(5, job: "audit", kind: .audit, request.contains("/v1/runs/ended") ? .ended(.succeeded) : .running)
        let job = JobDocument(
            name: "audit", kind: "audit", vault: nil, schedule: nil, timezone: nil, nextRun: nil, pause: nil, currentRun: nil, lastRun: nil,
            lastOutcome: nil, lastStart: nil, lastSuccess: nil, lastDurationSeconds: nil, missedRuns: 0, runsTotal: [:])
        let report = RunReport(run: run.id, job: "audit", kind: "audit", started: ControlHost.time)
        let document: any Encodable =
            switch request {
            case "GET /v1/status":
                StatusDocument(
                    daemon: .init(
                        pid: 7, version: "1", started: ControlHost.time, configurationLoaded: ControlHost.time, reloadError: nil,
                        isReady: true,
                        problems: []), configuration: "opsd.yaml", now: ControlHost.time,
                    objectives: .init(rpoSeconds: nil, rtoSeconds: nil),
                    vaults: [], jobs: [], runs: [], attention: [])
            case "GET /v1/jobs": JobsDocument(jobs: [job])
            case let path where path.hasPrefix("GET /v1/runs?"): RunsDocument(runs: [RunSummary(run)])
            case let path where path.hasPrefix("GET /v1/runs/"): RunDocument(run: RunSummary(run), report: report, log: [])
            case let path where path.hasSuffix("/pause") || path.hasSuffix("/resume"): job
            default: StartedDocument(run: "\(run.id)")
            }
        return String(decoding: try ControlJSON.encode(document), as: UTF8.self)
    }

    @Test(
        "the daemon is asked at the socket that the file names, and the problem is said first",
        arguments: [
            ["status"], ["jobs"], ["runs"], ["run", "show", "2026"], ["cancel", "2026"], ["pause", "audit", "--until", "2h"],
            ["resume", "audit"],
            ["run-now", "audit", "--no-wait"],
        ])
    func works(words: [String]) async throws {
        let daemon = try FakeDaemon(at: host.socket) { request in
            do {
                return FakeDaemon.http(200, try Self.answer(request))
            } catch {
                return []
            }
        }
        let spoken = await Spoken.opsd(words + ["--config", host.host.configurationFile])
        #expect(spoken.status == 0 && !spoken.output.isEmpty && !daemon.requests.isEmpty, "\(spoken.errors)")
        #expect(
            spoken.errors.hasPrefix(
                "opsd: opsd.yaml has a problem, the daemon goes on with the old one: \(host.host.configurationFile):4:1: "))
    }

    @Test("a refusal of the daemon keeps its words and its exit status")
    func refused() async throws {
        let document = ErrorDocument(code: "unknown_job", problem: "no such job", exitCode: 64)
        let body = String(decoding: try ControlJSON.encode(document), as: UTF8.self)
        let daemon = try FakeDaemon(at: host.socket) { _ in FakeDaemon.http(404, body) }
        let spoken = await host.opsd("resume", "audits")
        withExtendedLifetime(daemon) {}
        #expect(
            spoken.status == 64 && spoken.errors.hasPrefix("opsd: opsd.yaml has a problem")
                && spoken.errors.hasSuffix("opsd: no such job\n"))
    }

    @Test(
        "without a daemon the configuration is the error, once, and nothing is made",
        arguments: [["status"], ["runs"], ["pause", "audit", "--until", "2h"], ["run-now", "audit"], ["cancel", "2026"]])
    func alone(words: [String]) async throws {
        let spoken = await Spoken.opsd(words + ["--config", host.host.configurationFile])
        #expect(spoken.status == 78 && spoken.output.isEmpty)
        #expect(spoken.errors.hasPrefix("opsd: \(host.host.configurationFile):4:1: ") && !spoken.errors.contains("the daemon goes on"))
        #expect(!FileManager.default.fileExists(atPath: host.state.string))
    }

    @Test("a file that was named and is not there says nothing of a daemon")
    func missing() async throws {
        let path = FilePath(host.host.configurationFile)
        #expect(throws: ConfigurationError.self) {
            try ControlDesk(config: path.removingLastComponent().appending("none.yaml"), stateDirectory: nil, environment: [:])
        }
        #expect(try ControlDesk(config: path, stateDirectory: nil, environment: [:]).socket == FilePath(host.socket))
    }
}
