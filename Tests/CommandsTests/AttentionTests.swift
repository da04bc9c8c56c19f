import Assembly
import ControlProtocol
import CronSchedule
import Daemon
import Foundation
import JobEngine
import SystemPackage
import Testing

@Suite("what needs attention")
struct AttentionTests {
    /// Noon of the first of January 2026: `backup` was due at 02:15, `audit` at 02:00 UTC.
    private static let now = ControlHost.time.addingTimeInterval(43_200)

    private let host: ControlHost
    private let journal: SQLiteJournal

    init() throws {
        host = try ControlHost()
        journal = try host.journal()
        try know(age: 60)
    }

    private func know(age: Double) throws {
        var facts = VaultFacts(vault: "main", observed: Self.now)
        facts.recoveryPoint = Self.now.addingTimeInterval(-age)
        try journal.commit([.vault(facts)])
    }

    private func attention(
        started: Date = now, reloadError: String? = nil, problems: [String] = [], runs: [EnginePicture.Run] = [], pauses: [Pause] = []
    ) throws -> [String] {
        let installation = try Installation.load(FilePath(host.host.configurationFile), stateDirectory: nil, environment: [:])
        let picture = EnginePicture(
            jobs: installation.jobDefinitions, runs: runs, nextStarts: [:],
            pauses: Dictionary(uniqueKeysWithValues: pauses.map { ($0.job, $0) }),
            lastTurn: Self.now, isLate: false, isStopping: false, untoldEnds: 0)
        let daemon = StatusDocument.Daemon(
            pid: 1, version: "1", started: started, configurationLoaded: Self.now, reloadError: reloadError, isReady: problems.isEmpty,
            problems: problems)
        return try StatusBuilder(installation: installation, journal: journal).status(picture: picture, daemon: daemon, now: Self.now)
            .attention
    }

    @Test("nothing, where all is well")
    func nothing() throws { #expect(try attention().isEmpty) }

    @Test("a recovery point that is older than promised, and one that is as old as promised is none")
    func objective() throws {
        try know(age: 3600)
        #expect(try attention().isEmpty)
        try know(age: 11_100)
        #expect(
            try attention() == [
                "vault 'main' misses its objective: 3h5m of changes would be lost, 1h were promised (recovery point 2026-01-01T08:55:00Z). Hint: opsd runs"
            ])
    }

    @Test("a daemon that is not ready, and a configuration that it refused, on one line each")
    func daemon() throws {
        #expect(
            try attention(reloadError: "opsd.yaml:4:1: wrong\n  storrage:\n  ^", problems: ["the journal cannot be written: full\nmore"])
                == [
                    "the daemon is not ready: the journal cannot be written: full",
                    "the newest configuration was refused, the one of 2026-01-01T12:00:00Z is in force: opsd.yaml:4:1: wrong. Hint: opsd check-config",
                ])
    }

    @Test(
        "a job whose last run did not end well, until one does",
        arguments: [
            (RunOutcome.failed, "failed"), (.interrupted, "was interrupted"), (.partial, "was partial"), (.refused, "was refused"),
        ])
    func badEnd(outcome: RunOutcome, how: String) throws {
        try host.end(ControlHost.record(1, .ended(outcome)))
        #expect(
            try attention() == ["job 'backup' \(how) at 2026-01-01T00:01:30Z, it never succeeded. Hint: opsd run show \(ControlHost.id(1))"]
        )
        try host.end(ControlHost.record(180, .ended(.succeeded)))
        #expect(try attention().isEmpty)
    }

    @Test("a job that should have succeeded since it was due, with patience of a quarter of its interval and half an hour")
    func overdue() throws {
        // Due at 02:15, a quarter of a day and half an hour later it is 08:45.
        try host.end(ControlHost.record(1, .ended(.succeeded)))
        #expect(
            try attention() == [
                "job 'backup' is overdue: no success since it was due 9h45m ago, at 2026-01-01T02:15:00Z. Hint: opsd runs backup"
            ])
        let run = EnginePicture.Run(record: ControlHost.record(2, .running), phase: nil, reason: nil)
        #expect(try attention(runs: [run]).isEmpty)
        let pause = Pause(job: "backup", until: .distantFuture, reason: "x", requester: nil, since: Self.now)
        #expect(try attention(pauses: [pause]).allSatisfy { !$0.contains("overdue") })
        try host.end(ControlHost.record(136, .ended(.succeeded)))
        #expect(try attention().isEmpty)
    }

    @Test("a job that never ran is overdue from when it was scheduled, or else the daemon started, on")
    func neverRan() throws {
        try journal.commit([.timetable(job: "backup", schedule: "x", handled: Self.now.addingTimeInterval(-86_400))])
        #expect(
            try attention() == [
                "job 'backup' is overdue: no success since it was due 9h45m ago, at 2026-01-01T02:15:00Z. Hint: opsd runs backup"
            ])
        let lines = try attention(started: ControlHost.time)
        #expect(lines.count == 2 && lines[0].hasPrefix("job 'audit' is overdue") && lines[1].hasPrefix("job 'backup' is overdue"))
    }

    @Test("times that were missed, until the job has succeeded again")
    func missed() throws {
        var record = ControlHost.record(135, .ended(.missed))
        record.started = nil
        try journal.commit([.missed(job: "backup", count: 1), .admitted(record, findings: [])])
        #expect(try attention() == ["job 'backup' missed its run of 2026-01-01T02:15:00Z. Hint: opsd run show \(record.id)"])
        try host.end(ControlHost.record(180, .ended(.succeeded)))
        #expect(try attention().isEmpty)
    }

    @Test("the worst comes first")
    func order() throws {
        try know(age: 11_100)
        try host.end(ControlHost.record(1, .ended(.failed)))
        let pause = Pause(job: "audit", until: Self.now, reason: "disks", requester: nil, since: Self.now)
        let lines = try attention(reloadError: "no", problems: ["late"], pauses: [pause])
        #expect(
            lines.map { $0.split(separator: " ").prefix(3).joined(separator: " ") } == [
                "vault 'main' misses", "the daemon is", "the newest configuration", "job 'backup' failed", "job 'audit' is",
            ])
    }
}
