import Assembly
import Foundation
import JobEngine
import Jobs
import LabServers
import SystemPackage
import Testing
import Vault

@testable import Commands

@Suite("what people read")
struct RenderingTests {
    @Test(
        "sizes have one decimal and binary units",
        arguments: [
            (Int64(0), "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (64 << 20, "64.0 MiB"), (5 << 40, "5.0 TiB"),
            (1 << 60, "1024.0 PiB"),
        ])
    func size(bytes: Int64, text: String) { #expect(HumanText.size(bytes) == text) }

    @Test(
        "durations have the two units that matter",
        arguments: [
            (0.0, "0.0 s"), (12.34, "12.3 s"), (60, "1 m 0 s"), (250, "4 m 10 s"), (3600, "1 h 0 m"), (7500, "2 h 5 m"),
            (172_800, "2 d 0 h"),
            (180_000, "2 d 2 h"),
        ])
    func seconds(seconds: Double, text: String) { #expect(HumanText.seconds(seconds) == text) }

    @Test("times are RFC 3339 in UTC, whole seconds")
    func time() { #expect(HumanText.time(Date(timeIntervalSince1970: 1_767_225_600.9)) == "2026-01-01T00:00:00Z") }

    @Test("a table has columns as wide as their widest cell, and no blanks at line ends")
    func table() {
        var table = Table("A", "LONG NAME", "C")
        table.add("1234", "x", "")
        table.add("1", "ü", "end")
        #expect(table.text == "A     LONG NAME  C\n1234  x\n1     ü          end\n")
        #expect(Table("ONLY").text == "ONLY\n")
    }

    @Test("a run's result begins with its outcome and hides no warning")
    func runReport() {
        let start = Date(timeIntervalSince1970: 1_767_225_600)
        var report = RunReport(run: RunID(startingAt: start), job: "backup", kind: "backup", started: start)
        report.outcome = .partial
        report.finished = start.addingTimeInterval(250)
        report.snapshots = ["main": "20260101T000000Z-00000001"]
        report.recoveryPoint = start
        report.numbers = ["b": 2, "a": 1]
        report.findings = [
            Finding(.warning, "broken", "sha256:1 is missing"), Finding(.remark, "note", "by the way"),
            Finding(.warning, "failed", "said elsewhere"),
        ]
        #expect(
            JobRun.text(report) == """
                backup partial in 4 m 10 s  run \(report.run)
                  snapshot 20260101T000000Z-00000001 in vault 'main'
                  recovery point 2026-01-01T00:00:00Z
                  a 1, b 2
                  WARNING broken: sha256:1 is missing
                  remark note: by the way

                """)
    }
}

@Suite("the exit status after a failure")
struct ExitStatusTests {
    private struct Unknown: Error {}

    @Test("each kind of failure of a job, a vault or a request has the status that the help promises")
    func statuses() {
        let jobs: [JobError.Code: Int32] = [.refused: 3, .configuration: 78, .notFound: 1, .corrupt: 1, .failed: 1]
        for code in JobError.Code.allCases { #expect(ExitStatus(after: JobError(code, "p")).code == jobs[code], "\(code)") }
        let vaults: [VaultError.Code: Int32] = [
            .notFound: 69, .exists: 3, .denied: 69, .full: 69, .unavailable: 69, .corrupt: 1, .malformed: 1, .untrusted: 3, .locked: 1,
            .wrongVault: 3,
            .configuration: 78,
        ]
        for code in VaultError.Code.allCases { #expect(ExitStatus(after: VaultError(code, "p")).code == vaults[code], "\(code)") }
        for (code, status) in [(RequestError.Code.usage, Int32(64)), (.configuration, 78), (.notFound, 1), (.refused, 3)] {
            #expect(ExitStatus(after: RequestError(code, "p")).code == status, "\(code)")
        }
        #expect(ExitStatus(after: ConfigurationError(.invalid, [])).code == ConfigurationError.exitCode)
        #expect(ExitStatus(after: Unknown()).code == 1)
    }

    @Test("a job that is running already ends with 75 and names the run")
    func busy() async throws {
        let host = try ControlHost()
        let run = RunID(startingAt: Date(timeIntervalSince1970: 1_767_225_600))
        let lock = try RunLock(job: "backup", run: run, stateDirectory: host.state)
        let spoken = await host.opsd("run-now", "backup")
        withExtendedLifetime(lock) {}
        #expect(spoken.status == 75 && spoken.errors.contains("\(run)"))
    }
}
