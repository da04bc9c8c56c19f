import Foundation
import HarborLab
import LabServers
import Testing

@Suite("opsd serve", .offThePool, .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct DaemonTests {
    @Test("cron fires backups, a person's run is shown and journaled, and kill -9 in mid-run loses nothing")
    func life() throws {
        let host = try RegistryHost()
        try host.edit("*/15 * * * *", "*/2 * * * * *")
        let daemon = try RunningDaemon(host)
        #expect(
            try Polling.wait(seconds: 60) {
                try host.runLines("backup-database").filter { $0 == "succeeded backup-database schedule" }.count >= 2
            })

        let asked = try host.opsd("run-now", "backup")
        #expect(asked.status == 0 && asked.output.hasPrefix("backup succeeded"), "\(asked.output)\(asked.errors)")
        #expect(asked.errors.contains("blobs:"), "a line for each phase: \(asked.errors)")
        let run = try #require(try (host.json("runs")["runs"] as? [[String: Any]])?.first { $0["trigger"] as? String == "manual" })
        #expect(run["requested_by_uid"] as? Int == Int(getuid()) && run["outcome"] as? String == "succeeded")

        // Large enough for many packs, and for a kill between two of them.
        for number in 0..<40 {
            _ = try host.lab.pushImage(
                repository: "large-\(number)", tags: ["1"], layers: [Noise.text(seed: UInt64(number), count: 4 << 20)])
        }
        let before = try host.packCount()
        let started = try host.opsd("run-now", "backup", "--no-wait")
        #expect(started.status == 0)
        #expect(try Polling.wait(seconds: 60) { try host.packCount() >= before + 2 })
        daemon.signal(SIGKILL)
        #expect(daemon.waitForEnd())

        #expect(try host.opsd("status").output.contains("NO DAEMON IS RUNNING"))
        let again = try RunningDaemon(host)
        let lines = try host.runLines("backup")
        #expect(lines == ["interrupted backup manual", "succeeded backup manual"])
        #expect(try again.metric("opsd_job_runs_total{job=\"backup\",outcome=\"interrupted\"}") == 1)
        _ = try host.succeed("vault", "audit", "--read")
        let (status, report) = try host.backup()
        #expect(status == 0, "\(report.findings)")
        _ = try host.succeed("vault", "verify", "--identity", host.identity)

        again.signal(SIGTERM)
        #expect(again.waitForEnd(), "it stops when it is told to")
        #expect(again.notify.wait(for: "STOPPING=1", seconds: 5))
        #expect(!FileManager.default.fileExists(atPath: host.state + "/control.sock"))
        #expect(try host.json("runs")["runs"].map { "\($0)" }?.contains("running") == false)
    }

    @Test("a bad configuration is refused at a reload and the old one stays in force; a good one is taken up")
    func reload() throws {
        let host = try RegistryHost()
        let daemon = try RunningDaemon(host)
        let good = try String(contentsOfFile: host.configuration, encoding: .utf8)
        try host.edit("jobs:\n", "jobz: 1\njobs:\n")
        daemon.signal(SIGHUP)
        #expect(
            daemon.notify.wait(for: "RELOADING=1") && daemon.notify.wait(for: "MONOTONIC_USEC=")
                && daemon.notify.wait(for: "READY=1", count: 2))
        #expect(try daemon.metric("opsd_config_last_reload_successful") == 0)
        #expect(daemon.log.contains("jobz") && daemon.log.contains("the old one stays in force"))
        let status = try host.opsd("status")
        #expect(status.status == 0 && status.output.contains("jobz") && status.errors.contains("jobz"), "\(status.errors)\(status.output)")
        try good.write(toFile: host.configuration, atomically: true, encoding: .utf8)

        try host.edit("jobs:\n", "jobs:\n  audit: {schedule: manual, vault: main}\n")
        daemon.signal(SIGHUP)
        #expect(daemon.notify.wait(for: "READY=1", count: 3))
        #expect(try daemon.metric("opsd_config_last_reload_successful") == 1)
        #expect(try host.opsd("run-now", "audit").status == 0, "the new job is there")

        try host.edit("control.sock", "other.sock")
        daemon.signal(SIGHUP)
        #expect(daemon.notify.wait(for: "READY=1", count: 4))
        #expect(daemon.log.contains("control_socket changed, which takes a restart"))
    }

    @Test("a run that waits in the database can be joined and cancelled, and its deadline ends it")
    func waiting() throws {
        let host = try RegistryHost()
        try host.edit("\"*/15 * * * *\"}", "manual, deadline: 3s}")
        let daemon = try RunningDaemon(host)
        let lock = try host.lockArtifacts()
        defer { try? host.unlockArtifacts(lock) }  // the lab's end ends it too
        let first = try host.opsd("run-now", "backup", "--no-wait", "--json")
        #expect(first.status == 0, "\(first.errors)")
        let second = try host.opsd("run-now", "backup")
        #expect(second.status == 75 && second.errors.contains("is under way") && second.errors.contains("--attach"), "\(second.errors)")
        let run = try #require(try (host.json("runs")["runs"] as? [[String: Any]])?.first?["id"] as? String)
        #expect(second.errors.contains(run))

        let attached = try ServerProcess(
            [Project.programs + "/opsd", "run-now", "backup", "--attach", "--config", host.configuration],
            log: host.folder.file("attached.log"))
        defer { attached.stop() }
        // Cancelled before it asks, it would find no run under way and begin one of its own.
        #expect(
            Polling.wait(seconds: 60) {
                let said = try? String(contentsOfFile: host.folder.file("attached.log"), encoding: .utf8)  // nothing yet
                return said?.contains("was under way") ?? false
            })
        #expect(try host.opsd("cancel", String(run.prefix(20))).status == 0)
        #expect(Polling.wait(seconds: 60) { !attached.isRunning }, "the libpq call ends, and with it the run")
        let shown = try host.opsd("run", "show", run)
        #expect(shown.output.contains("interrupted") && shown.output.contains("cancelled by"), "\(shown.output)")

        let late = try host.opsd("run-now", "backup-database")
        #expect(late.status == 1 && late.errors.contains("deadline"), "\(late.output)\(late.errors)")
        #expect(try daemon.get("/readyz").status == 200)
    }

    @Test("a deadline ends the reading of a file in the middle, and nothing half-written stays")
    func fileWork() throws {
        let host = try RegistryHost()
        try host.edit("\"*/15 * * * *\"}", "manual, deadline: 2s}")
        let daemon = try RunningDaemon(host)
        let layer = try #require(host.lab.images.lazy.compactMap { $0.blobs.last }.first)
        // Without data on the disk, and for minutes of reading, hashing and sealing.
        let handle = try #require(FileHandle(forWritingAtPath: host.lab.blobFile(layer)))
        try handle.truncate(atOffset: 1 << 38)
        try handle.close()
        let late = try host.opsd("run-now", "backup-database")
        #expect(late.status == 1 && late.errors.contains("deadline"), "\(late.output)\(late.errors)")
        let left = try Program.succeed("find", [host.vault, "-name", "*.tmp"])
        #expect(left.isEmpty, "\(String(decoding: left, as: UTF8.self))")
        #expect(daemon.isRunning)
    }

    @Test("a pause needs an end, keeps the schedule from starting the job, and shows")
    func pause() throws {
        let host = try RegistryHost()
        try host.edit("*/15 * * * *", "*/2 * * * * *")
        let daemon = try RunningDaemon(host)
        #expect(try host.opsd("pause", "backup-database", "--reason", "storage moves").status == 64)
        #expect(try host.opsd("pause", "backup-database", "--until", "2001-01-01", "--reason", "storage moves").status == 64)
        #expect(try host.opsd("pause", "backup-database", "--until", "2h", "--reason", "storage moves").status == 0)
        #expect(try daemon.metric("opsd_job_paused{job=\"backup-database\"}") == 1)
        #expect(try Polling.wait(seconds: 30) { try host.runLines("backup-database").contains("skipped backup-database schedule") })
        #expect(try host.opsd("status").output.contains("storage moves"))
        #expect(try host.opsd("resume", "backup-database").status == 0)
        #expect(try Polling.wait(seconds: 30) { try host.runLines("backup-database").first == "succeeded backup-database schedule" })
    }

    @Test("the watchdog is fed, and systemd is told what is done")
    func watchdog() throws {
        let host = try RegistryHost()
        let daemon = try RunningDaemon(host, watchdog: 1_000_000)
        #expect(daemon.notify.wait(for: "WATCHDOG=1", count: 2))
        #expect(daemon.notify.wait(for: "STATUS=idle; next "))
    }
}

extension RegistryHost {
    /// A session that keeps everybody from reading the artifacts until it is stopped.
    func lockArtifacts() throws -> ServerProcess {
        let psql = try Program.located("psql")
        let statement = "BEGIN; LOCK TABLE artifact IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(300)"
        let server = try ServerProcess([psql, "-Xq", lab.cluster.dsn(database: "registry"), "-c", statement], log: folder.file("lock.log"))
        let question = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'artifact'::regclass"
        guard try Polling.wait(seconds: 30, until: { try lab.cluster.psql(question, database: "registry").hasPrefix("1") }) else {
            throw LabError(.system, "the table is not locked")
        }
        return server
    }
}

extension RegistryHost {
    /// Ends such a session; its server process would sleep on without it.
    func unlockArtifacts(_ session: ServerProcess) throws {
        session.stop()
        _ = try lab.cluster.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK TABLE artifact%'", database: "registry")
    }
}

/// Text that zstd cannot shorten much.
enum Noise {
    static func text(seed: UInt64, count: Int) -> String {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var bytes = [UInt8](repeating: 0, count: count)
        for index in bytes.indices {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            bytes[index] = UInt8(33 + state % 90)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
