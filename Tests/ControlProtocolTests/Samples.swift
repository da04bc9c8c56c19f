import ControlProtocol
import Foundation
import JobEngine

/// Documents in which nothing is missing.
enum Samples {
    static let time = Date(timeIntervalSince1970: 1_790_000_000)

    static let record: RunRecord = {
        let id = RunID(parsing: "20260921T131320Z-0000000a") ?? RunID(startingAt: time)
        var record = RunRecord(
            id: id, job: "nightly", kind: .backup, vault: "main", trigger: .retry, scheduledFor: time, attempt: 2, retryOf: id,
            requester: Requester(uid: 1000, name: "kim"), admitted: time, state: .ended(.partial))
        record.started = time
        record.finished = time.addingTimeInterval(90)
        record.seconds = 90.5
        record.failure = "it broke"
        record.exitCode = 2
        return record
    }()

    static let run = RunSummary(record, phase: "blobs", waitingFor: "its turn")

    static let report: RunReport = {
        var report = RunReport(run: record.id, job: "nightly", kind: "backup", started: time)
        report.outcome = .partial
        report.finished = time.addingTimeInterval(90)
        report.phases = [PhaseReport(name: "blobs", seconds: 1.5, bytes: 10, items: 2)]
        report.numbers = ["new_blobs": 7]
        report.findings = [Finding(.warning, "broken_blob", "sha256:1 is missing")]
        report.snapshots = ["main_vault": "20260921T131320Z-0000000a"]
        report.recoveryPoint = time
        return report
    }()

    static let job = JobDocument(
        name: "nightly", kind: "backup", vault: "main", schedule: "15 2 * * *", timezone: "UTC", nextRun: time,
        pause: JobDocument.Pause(until: time, since: time, reason: "move", requestedBy: "kim (uid 1000)"), currentRun: "r2", lastRun: "r1",
        lastOutcome: "failed", lastStart: time, lastSuccess: time, lastDurationSeconds: 2.5, missedRuns: 3,
        runsTotal: ["succeeded": 4, "failed": 1])

    static let status = StatusDocument(
        daemon: StatusDocument.Daemon(
            pid: 7, version: "0.1.0", started: time, configurationLoaded: time, reloadError: "no", isReady: false, problems: ["late"]),
        configuration: "/etc/opsd/opsd.yaml", now: time, objectives: StatusDocument.Objectives(rpoSeconds: 3600, rtoSeconds: 7200),
        vaults: [
            VaultDocument(
                name: "main", target: "/srv/vault", recoveryPoint: time, rpoSeconds: 60, snapshots: 3, objects: 12, bytes: 1 << 40,
                chainSequence: 9, oldestUnverified: time, observed: time)
        ], jobs: [job], runs: [run], attention: ["look here"])

    static let document = RunDocument(run: run, report: report, log: [LogLine(time: time, level: "notice", text: "run started a=1")])
    static let error = ErrorDocument(code: "busy", problem: "p", remedy: "r", exitCode: 75, run: "r1")

    /// One line of each event.
    static let events: [EventLine] = [
        EventLine(RunEvent.waiting("its turn")), EventLine(RunEvent.began(time)), EventLine(.phaseBegan("blobs", totalBytes: 10)),
        EventLine(RunEvent.advanced(phase: "blobs", bytes: 5, items: 1)), EventLine(.phaseEnded(report.phases[0])),
        EventLine(RunEvent.ended(record, report)), EventLine(EventLine.Event.alive),
    ]
}
