import ControlProtocol
import Foundation
import JobEngine
import Testing

@testable import Commands

@Suite("status as people read it at night")
struct StatusTextTests {
    private static let now = Date(timeIntervalSince1970: 1_790_000_000)

    private static func before(_ seconds: Double) -> Date { now.addingTimeInterval(-seconds) }

    private static func job(
        _ name: String, next: Date? = nil, pause: JobDocument.Pause? = nil, current: String? = nil, outcome: String? = "succeeded"
    ) -> JobDocument {
        JobDocument(
            name: name, kind: "backup", vault: "main", schedule: "15 2 * * *", timezone: "Europe/Berlin", nextRun: next, pause: pause,
            currentRun: current, lastRun: nil, lastOutcome: outcome, lastStart: outcome.map { _ in before(7200) },
            lastSuccess: outcome.map { _ in before(90_000) }, lastDurationSeconds: outcome.map { _ in 250 }, missedRuns: 2, runsTotal: [:])
    }

    private static func vault(_ name: String, age: Double?) -> VaultDocument {
        VaultDocument(
            name: name, target: "/srv/\(name)", recoveryPoint: age.map(before), rpoSeconds: age, snapshots: age.map { _ in 12 },
            objects: age.map { _ in 40 }, bytes: age.map { _ in 5 << 30 }, chainSequence: nil, oldestUnverified: nil, observed: nil)
    }

    private static func run(_ number: Int, waiting: String? = nil) -> RunSummary {
        var record = RunRecord(
            id: ControlHost.id(number), job: "backup", kind: .backup, vault: "main", trigger: .manual, admitted: before(300),
            state: waiting == nil ? .running : .waiting)
        if waiting == nil { record.started = before(250) }
        return RunSummary(record, phase: waiting == nil ? "blobs" : nil, waitingFor: waiting)
    }

    private static func status(
        isReady: Bool = true, objective: Double? = 3600, vaults: [VaultDocument], jobs: [JobDocument] = [], runs: [RunSummary] = [],
        attention: [String] = []
    ) -> StatusDocument {
        StatusDocument(
            daemon: StatusDocument.Daemon(
                pid: 77, version: "0.1.0", started: before(90_000), configurationLoaded: before(90_000), reloadError: nil, isReady: isReady,
                problems: []), configuration: "/etc/opsd/opsd.yaml", now: now,
            objectives: StatusDocument.Objectives(rpoSeconds: objective, rtoSeconds: nil), vaults: vaults, jobs: jobs, runs: runs,
            attention: attention)
    }

    @Test("all is well")
    func quiet() {
        let status = Self.status(vaults: [Self.vault("main", age: 900)], jobs: [Self.job("backup", next: Self.now.addingTimeInterval(60))])
        #expect(
            StatusText(status).text
                == """
                opsd 0.1.0 is ready, process 77, running for 25 h 0 m
                /etc/opsd/opsd.yaml of 2026-09-20T13:13:20Z, now 2026-09-21T14:13:20Z

                nothing needs attention

                VAULT  RECOVERY POINT        AGE       OBJECTIVE      SNAPSHOTS  SIZE
                main   2026-09-21T13:58:20Z  15 m 0 s  met, 1 h 0 m  12         5.0 GiB

                JOB     NEXT RUN              LAST RUN              ENDED      LAST SUCCESS
                backup  2026-09-21T14:14:20Z  2026-09-21T12:13:20Z  succeeded  2026-09-20T13:13:20Z

                """.replacing("OBJECTIVE      SN", with: "OBJECTIVE     SN"))
    }

    @Test("what is wrong comes first and is loud")
    func wrong() {
        let pause = JobDocument.Pause(until: Self.now, since: Self.now, reason: "disks", requestedBy: nil)
        let status = Self.status(
            isReady: false, vaults: [Self.vault("main", age: 11_100), Self.vault("keys", age: nil)],
            jobs: [Self.job("backup", pause: pause, outcome: "failed"), Self.job("audit", outcome: nil)],
            runs: [Self.run(1), Self.run(2, waiting: "run x of job 'gc' is under way")], attention: ["one thing", "another"])
        #expect(
            StatusText(status).text == """
                opsd 0.1.0 IS NOT READY, process 77, running for 25 h 0 m
                /etc/opsd/opsd.yaml of 2026-09-20T13:13:20Z, now 2026-09-21T14:13:20Z

                NEEDS ATTENTION
                  one thing
                  another

                VAULT  RECOVERY POINT        AGE      OBJECTIVE        SNAPSHOTS  SIZE
                main   2026-09-21T11:08:20Z  3 h 5 m  MISSED, 1 h 0 m  12         5.0 GiB
                keys   files only            -        -                -          -

                RUN                        JOB     SINCE     DOES
                20260101T000100Z-00000001  backup  4 m 10 s  blobs
                20260101T000200Z-00000002  backup  5 m 0 s   waits: run x of job 'gc' is under way

                JOB     NEXT RUN  LAST RUN              ENDED   LAST SUCCESS
                backup  paused    2026-09-21T12:13:20Z  FAILED  2026-09-20T13:13:20Z
                audit   -         never                 -       never

                """)
    }

    @Test("without an objective none is missed")
    func noObjective() {
        #expect(StatusText(Self.status(objective: nil, vaults: [Self.vault("main", age: 1e7)])).text.contains("none set"))
    }

    @Test("a job that is under way is shown so, however its last run ended", arguments: ["failed", "succeeded", nil])
    func underWay(outcome: String?) {
        let job = Self.job("backup", current: "20260101T000100Z-00000001", outcome: outcome)
        #expect(JobsText.outcome(job) == "under way")
        #expect(
            StatusText(Self.status(vaults: [], jobs: [job])).text.contains("  under way  ")
                && JobsText.text([job]).contains("  under way  "))
    }

    @Test("jobs have their schedule with its zone, and pauses below")
    func jobs() {
        let pause = JobDocument.Pause(until: Self.now, since: Self.now, reason: "disks", requestedBy: "kim (uid 7)")
        #expect(
            JobsText.text([Self.job("backup", next: Self.now), Self.job("audit", pause: pause, outcome: "partial")]) == """
                JOB     SCHEDULE                  NEXT RUN              ENDED      LAST SUCCESS          TOOK      MISSED
                backup  15 2 * * * Europe/Berlin  2026-09-21T14:13:20Z  succeeded  2026-09-20T13:13:20Z  4 m 10 s  2
                audit   15 2 * * * Europe/Berlin  paused                PARTIAL    2026-09-20T13:13:20Z  4 m 10 s  2

                audit is paused until 2026-09-21T14:13:20Z by kim (uid 7): disks

                """)
        #expect(JobsText.text([]) == "no jobs are configured\n")
    }
}
