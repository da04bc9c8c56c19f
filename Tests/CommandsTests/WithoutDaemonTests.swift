import Foundation
import JobEngine
import SystemPackage
import Testing

@Suite("without a daemon, commands read the journal")
struct WithoutDaemonTests {
    @Test("where opsd never ran, status and jobs say so and make nothing")
    func neverRan() async throws {
        let host = try ControlHost()
        for command in ["status", "jobs", "runs"] {
            let spoken = await host.opsd(command)
            #expect(spoken.status == 0, "\(spoken.errors)")
            #expect(spoken.errors.contains("has not run here yet"))
        }
        #expect(try await host.opsd("runs", "--json").object()["runs"] as? [String] == [])
        #expect(!FileManager.default.fileExists(atPath: host.state.string))
    }

    @Test("status names the vault without a snapshot, the missing daemon and every job")
    func status() async throws {
        let host = try ControlHost()
        let spoken = await host.opsd("status")
        #expect(spoken.output.hasPrefix("NO DAEMON IS RUNNING. "))
        #expect(
            spoken.output.contains(
                "\nNEEDS ATTENTION\n  vault 'main' has no complete snapshot that is known here. Hint: opsd run-now backup\n"))
        #expect(spoken.output.contains("  no daemon is running, so nothing starts by itself. Hint: systemctl start opsd\n"))
        for job in ["audit", "deep", "backup"] { #expect(spoken.output.contains("\n\(job) "), "\(spoken.output)") }
    }

    @Test("status as JSON has no daemon, no next runs, and what the journal knows")
    func statusJSON() async throws {
        let host = try ControlHost()
        try host.end(ControlHost.record(1, .ended(.failed)))
        var facts = VaultFacts(vault: "main", observed: ControlHost.time)
        facts.recoveryPoint = ControlHost.time
        facts.snapshots = 4
        try host.journal().commit([.vault(facts)])
        let spoken = await host.opsd("status", "--json")
        let status = try spoken.object()
        #expect(spoken.status == 0 && status["daemon"] == nil && status["now"] != nil)
        let vault = try #require((status["vaults"] as? [[String: Any]])?.first)
        #expect(vault["recovery_point"] as? String == "2026-01-01T00:00:00Z" && vault["snapshots"] as? Int == 4)
        #expect((vault["rpo_seconds"] as? Double ?? 0) > 86_400)
        let jobs = try #require(status["jobs"] as? [[String: Any]])
        #expect(jobs.map { $0["name"] as? String } == ["audit", "deep", "backup"])
        #expect(jobs.allSatisfy { $0["next_run"] == nil })
        #expect(jobs[2]["last_outcome"] as? String == "failed" && jobs[2]["last_run"] as? String == "\(ControlHost.id(1))")
        #expect((jobs[2]["runs_total"] as? [String: Int]) == ["failed": 1])
        let attention = try #require(status["attention"] as? [String])
        #expect(attention[0].hasPrefix("vault 'main' misses its objective: ") && attention[0].contains(", 1h were promised"))
        #expect(
            attention.contains(
                "job 'backup' failed at 2026-01-01T00:01:30Z, it never succeeded. Hint: opsd run show \(ControlHost.id(1))"))
    }

    @Test("runs are the newest first, of one job or of all, and no more than asked for")
    func runs() async throws {
        let host = try ControlHost()
        for number in 1...3 { try host.end(ControlHost.record(number, number == 2 ? .ended(.partial) : .ended(.succeeded))) }
        try host.end(ControlHost.record(4, job: "audit", kind: .audit, .ended(.succeeded)))
        let all = await host.opsd("runs")
        #expect(
            all.output == """
                RUN                        JOB     STATE      WHY       STARTED               TOOK
                20260101T000400Z-00000004  audit   succeeded  schedule  2026-01-01T00:04:00Z  30.0 s
                20260101T000300Z-00000003  backup  succeeded  schedule  2026-01-01T00:03:00Z  30.0 s
                20260101T000200Z-00000002  backup  PARTIAL    schedule  2026-01-01T00:02:00Z  30.0 s
                20260101T000100Z-00000001  backup  succeeded  schedule  2026-01-01T00:01:00Z  30.0 s

                """)
        #expect(all.errors.contains("from the journal"))
        let some = await host.opsd("runs", "backup", "--limit", "2", "--json")
        let ids = try #require(try some.object()["runs"] as? [[String: Any]]).map { $0["id"] as? String }
        #expect(ids == ["\(ControlHost.id(3))", "\(ControlHost.id(2))"])
        let unknown = await host.opsd("runs", "backups")
        #expect(unknown.status == 64 && unknown.errors.contains("no job 'backups'"))
    }

    @Test("a job that is no longer configured keeps its runs")
    func formerJob() async throws {
        let host = try ControlHost()
        try host.end(ControlHost.record(1, job: "former", .ended(.succeeded)))
        let spoken = await host.opsd("runs", "former")
        #expect(spoken.status == 0 && spoken.output.contains("former"))
    }

    @Test("run show has the run's facts, phases, numbers, findings and log, by the beginning of its id too")
    func show() async throws {
        let host = try ControlHost()
        var record = ControlHost.record(7, .ended(.partial))
        record.failure = "disk full. Hint: make room"
        try host.journal().commit([
            .admitted(ControlHost.record(7, .running), findings: []),
            .phase(record.id, PhaseReport(name: "blobs", seconds: 2, bytes: 2048, items: 3)),
            .log(record.id, LogLine(time: ControlHost.time, level: "notice", text: "run started")),
        ])
        try host.end(record) { report in
            report.numbers = ["new_blobs": 3]
            report.findings = [Finding(.warning, "broken_blob", "sha256:1 is missing")]
            report.snapshots = ["main": "20260101T000700Z-00000007"]
        }
        for id in ["\(record.id)", "20260101T0007", "20260101t000700z-0000"] {
            let spoken = await host.opsd("run", "show", id)
            #expect(
                spoken.output == """
                    run             20260101T000700Z-00000007
                    job             backup
                    vault           main
                    state           PARTIAL
                    why it ran      schedule of 2026-01-01T00:07:00Z
                    admitted        2026-01-01T00:07:00Z
                    started         2026-01-01T00:07:00Z
                    finished        2026-01-01T00:07:30Z
                    took            30.0 s
                    exit code       2
                    failure         disk full. Hint: make room
                    snapshot        20260101T000700Z-00000007 in vault 'main'

                    PHASE  TOOK   BYTES    ITEMS
                    blobs  2.0 s  2.0 KiB  3

                    NUMBER     VALUE
                    new_blobs  3

                    FINDINGS
                      WARNING broken_blob: sha256:1 is missing

                    LOG
                      2026-01-01T00:00:00Z notice run started

                    """, "\(id): \(spoken.errors)")
        }
        let json = try await host.opsd("run", "show", "20260101T0007", "--json").object()
        #expect((json["report"] as? [String: Any])?["numbers"] as? [String: Int] == ["new_blobs": 3])
        #expect((json["log"] as? [[String: String]])?.first?["text"] == "run started")
    }

    @Test("no such run ends with 1, several that begin alike with 64 and their ids")
    func lookup() async throws {
        let host = try ControlHost()
        try host.end(ControlHost.record(1, .ended(.succeeded)))
        try host.end(ControlHost.record(2, .ended(.succeeded)))
        for id in ["2027", "%", "20260101T000900Z-00000009"] {
            let spoken = await host.opsd("run", "show", id)
            #expect(
                spoken.status == 1 && spoken.errors.contains("no run '\(id)'") && spoken.errors.contains("opsd runs"), "\(spoken.errors)")
        }
        let spoken = await host.opsd("run", "show", "2026")
        #expect(spoken.status == 64 && spoken.errors.contains("\(ControlHost.id(1))") && spoken.errors.contains("\(ControlHost.id(2))"))
    }

    @Test("an unfinished run is under way where its lock is held, and left behind where it is not")
    func unfinished() async throws {
        let host = try ControlHost()
        try host.journal().commit([
            .admitted(ControlHost.record(1, .running), findings: []),
            .admitted(ControlHost.record(2, job: "audit", kind: .audit, .running), findings: []),
        ])
        let lock = try RunLock(job: "audit", run: ControlHost.id(2), stateDirectory: host.state)
        let status = await host.opsd("status")
        withExtendedLifetime(lock) {}
        let lines = status.output.split(separator: "\n").filter { $0.hasPrefix("20260101T") }
        try #require(lines.count == 2)
        #expect(lines[0].hasPrefix("\(ControlHost.id(2))  audit") && lines[0].hasSuffix("  running"))
        #expect(lines[1].hasPrefix("\(ControlHost.id(1))  backup") && lines[1].hasSuffix("left behind: the process that ran it is gone"))
        let jobs = status.output.split(separator: "\n").filter { $0.hasPrefix("audit ") || $0.hasPrefix("backup ") }
        #expect(jobs.map { $0.contains("under way") } == [true, false], "\(jobs)")
    }

    @Test("a damaged journal is an error with a next step, not an empty answer")
    func damaged() async throws {
        let host = try ControlHost()
        try host.end(ControlHost.record(1, .ended(.succeeded)))
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: host.state.appending("journal.sqlite").string))
        let spoken = await host.opsd("status")
        #expect(spoken.status == 1 && spoken.output.isEmpty && spoken.errors.contains("is damaged") && spoken.errors.contains("Hint"))
    }
}

@Suite("pausing without a daemon")
struct PauseWithoutDaemonTests {
    @Test("a pause is journaled with its end, reason and requester, and shown")
    func pause() async throws {
        let host = try ControlHost()
        let spoken = await host.opsd("pause", "backup", "--until", "2099-01-31", "--reason", "moving disks")
        #expect(spoken.status == 0 && spoken.output == "job 'backup' is paused until 2099-01-31T00:00:00Z\n", "\(spoken.errors)")
        let pause = try #require(try host.journal().pauses().first)
        #expect(pause.job == "backup" && pause.reason == "moving disks" && pause.requester?.uid == geteuid())
        let jobs = await host.opsd("jobs")
        #expect(jobs.output.contains("paused") && jobs.output.contains("backup is paused until 2099-01-31T00:00:00Z by "))
        #expect(jobs.output.contains(": moving disks\n"))
        let status = await host.opsd("status")
        #expect(status.output.contains("job 'backup' is paused until 2099-01-31T00:00:00Z: moving disks. Hint: opsd resume backup"))
    }

    @Test("a reason is not asked for; where none is given, that is what is shown")
    func noReason() async throws {
        let host = try ControlHost()
        #expect(await host.opsd("pause", "backup", "--until", "2099-01-31").status == 0)
        #expect(try host.journal().pauses().first?.reason == "no reason given")
        #expect(await host.opsd("jobs").output.contains(": no reason given\n"))
        #expect(await host.opsd("pause", "backup", "--until", "2099-01-31", "--reason", " ").status == 64)
    }

    @Test("the end may be a duration from now, in whole seconds")
    func duration() async throws {
        let host = try ControlHost()
        let before = Date()
        let spoken = await host.opsd("pause", "backup", "--until", "1h30m", "--reason", "x", "--json")
        let pause = try #require(try spoken.object()["pause"] as? [String: Any])
        let until = try #require(pause["until"] as? String)
        let end = try Date(until, strategy: .iso8601)
        #expect(end >= before.addingTimeInterval(5400) && end <= Date(timeIntervalSinceNow: 5402))
    }

    @Test("resume ends it, also where there was none")
    func resume() async throws {
        let host = try ControlHost()
        #expect(await host.opsd("pause", "backup", "--until", "2h", "--reason", "x").status == 0)
        let spoken = await host.opsd("resume", "backup")
        #expect(spoken.status == 0 && spoken.output.hasPrefix("the pause of job 'backup' until 2"), "\(spoken.errors)")
        #expect(spoken.output.hasSuffix("Z is ended\n"))
        #expect(try host.journal().pauses().isEmpty)
        #expect(await host.opsd("resume", "backup").output == "job 'backup' was not paused\n")
        #expect(try await host.opsd("resume", "backup", "--json").object()["pause"] == nil)
    }

    @Test(
        "an end that is not in the future, or a job that is not configured, changes nothing",
        arguments: [("backup", "2020-01-01"), ("backup", "2020-01-01T00:00:00+01:00"), ("backup", "0s"), ("backups", "2h")])
    func refused(job: String, until: String) async throws {
        let host = try ControlHost()
        let spoken = await host.opsd("pause", job, "--until", until, "--reason", "x")
        #expect(spoken.status == 64 && spoken.output.isEmpty, "\(spoken.errors)")
        #expect(!FileManager.default.fileExists(atPath: host.state.appending("journal.sqlite").string))
    }

    @Test("a run is named by something", arguments: [["run", "show", ""], ["run", "show", " "], ["cancel", ""]])
    func noName(words: [String]) async throws {
        let host = try ControlHost()
        let spoken = await Spoken.opsd(words + ["--config", host.host.configurationFile])
        #expect(spoken.status == 64 && spoken.output.isEmpty && spoken.errors.contains("opsd runs"), "\(spoken.errors)")
    }

    @Test("nothing can be cancelled, and the error says where to press Ctrl-C")
    func cancel() async throws {
        let spoken = try await ControlHost().opsd("cancel", "2026")
        #expect(spoken.status == 69 && spoken.output.isEmpty && spoken.errors.contains("Ctrl-C"))
    }
}
