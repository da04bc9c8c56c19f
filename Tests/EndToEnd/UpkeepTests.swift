import Foundation
import HarborLab
import LabServers
import Testing

@Suite(
    "retention and garbage collection delete what they may, and nothing else", .offThePool,
    .enabled(if: HarborLab.available() && Program.find("curl") != nil, "needs PostgreSQL, docker-registry and curl"))
struct UpkeepTests {
    private static let classes = """
        mode: enforce
        projects: [library]
        max_share: 90%
        rollback_releases: 0
        classes:
          releases: {repositories: ["library/team/**"], versions: releases, keep: {last: 1, per: major}}
          branches: {repositories: ["library/team/**"], tags: ["pr-*"], keep: {last: 1}}
        """

    @Test("push, pin, back up, plan, apply, collect: what is pinned or kept still pulls, and the rest is gone from the disk")
    func life() async throws {
        let upkeep = try await UpkeepHost.start(retention: Self.classes)
        let old = try upkeep.push("team/app", "1.0.0", days: 30)
        let newer = try upkeep.push("team/app", "1.1.0", days: 20)
        let major = try upkeep.push("team/app", "2.0.0", days: 10)
        let pinned = try upkeep.push("team/app", "pr-1", days: 9)
        let gone = try upkeep.push("team/app", "pr-2", days: 8)
        let last = try upkeep.push("team/app", "pr-3", days: 7)
        let unmatched = try upkeep.push("team/app", "main", days: 6)
        try upkeep.pin(["\(upkeep.name)/library/team/app:pr-1"])

        let backup = try upkeep.host.backup()
        #expect(backup.status == 0, "\(backup.report.findings)")
        #expect(!backup.report.findings.contains { $0.code.hasPrefix("gc_") }, "\(backup.report.findings)")
        #expect(try !upkeep.isCollectionPaused())

        let plan = try upkeep.host.succeed("retention", "plan")
        #expect(plan.contains("library/team/app"))
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(upkeep.host.succeed("retention", "plan", "--json").utf8)) as? [String: Any])
        let hash = try #require(document["hash"] as? String)
        #expect(plan.contains(hash.prefix(12)))
        let preview = try upkeep.host.opsd("retention", "apply", hash)
        #expect(preview.status == 0, "\(preview.errors)")
        for image in [old, gone] { #expect(try upkeep.isWhole(image)) }

        let applied = try upkeep.run("retention", "apply", hash, "--execute")
        #expect(applied.status == 0, "\(applied.report.findings)")
        #expect(applied.report.numbers["removed"] == 2, "\(applied.report.numbers)")
        try upkeep.age()
        let collected = try upkeep.run("gc", "run")
        #expect(collected.status == 0, "\(collected.report.findings)")
        #expect(collected.report.numbers["deleted_needed"] == 0)
        #expect((collected.report.numbers["freed_bytes"] ?? 0) > 0)

        for image in [newer, major, pinned, last, unmatched] { #expect(try upkeep.isWhole(image), "\(image.tags)") }
        for image in [old, gone] {
            #expect(try upkeep.status("GET", "/v2/\(image.repository)/manifests/\(image.digest)") == 404)
            #expect(!FileManager.default.fileExists(atPath: upkeep.lab.blobFile(image.digest)), "\(image.tags)")
        }
        let signed = try #require(upkeep.lab.images(.signed).first)
        let signature = try #require(upkeep.lab.images(.signature).first)
        #expect(try upkeep.isWhole(signed) && upkeep.isWhole(signature))
        #expect(
            try upkeep.lab.sql("SELECT count(*) FROM artifact_accessory WHERE subject_artifact_digest = '\(signed.digest)'")
                .trimmingCharacters(in: .whitespacesAndNewlines) == "1")
        #expect(try upkeep.run("run-now", "pin-check").status == 0)
        let again = try upkeep.host.succeed("gc", "plan", "--json")
        #expect(again.contains("\"candidates\""))
    }

    /// A reason for which a run is refused, and the finding that names it.
    struct Guard: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let job: String
        let code: String
        let set: @Sendable (UpkeepHost) throws -> Void
    }

    static let guards: [Guard] = [
        Guard(testDescription: "a stale list of pins", job: "retention", code: "pins_stale") {
            try Program.succeed("touch", ["-d", "2 days ago", $0.pinsFile])
        },
        Guard(testDescription: "a list without a pin of this registry", job: "retention", code: "pins_empty") { try $0.pin([]) },
        Guard(testDescription: "a read-only instance", job: "gc", code: "read_only") {
            try $0.lab.sql("INSERT INTO properties (k, v) VALUES ('read_only', 'true') ON CONFLICT (k) DO UPDATE SET v = 'true'")
        },
        Guard(testDescription: "what goes was pushed after the newest snapshot", job: "retention", code: "uncovered") {
            try $0.push("team/late", "pr-1", days: 0)
            try $0.push("team/late", "pr-2", days: 0)
        },
        Guard(testDescription: "garbage that no snapshot has", job: "gc", code: "uncovered") {
            let image = try $0.push("team/late", "pr-1", days: 3)
            try $0.lab.sql(
                """
                DELETE FROM tag WHERE artifact_id IN (SELECT id FROM artifact WHERE digest = '\(image.digest)');
                INSERT INTO artifact_trash (media_type, manifest_media_type, repository_name, digest)
                    SELECT media_type, manifest_media_type, repository_name, digest FROM artifact WHERE digest = '\(image.digest)';
                DELETE FROM artifact WHERE digest = '\(image.digest)';
                """)
            try $0.age()
        },
        Guard(testDescription: "a scanner with an old database", job: "rescan", code: "scanner_database_old") { _ in },
    ]

    @Test("a run is refused with exit status 3, says why, and changes nothing", arguments: guards)
    func refused(_ reason: Guard) async throws {
        let upkeep = try await UpkeepHost.start(retention: Self.classes)
        let image = try upkeep.push("team/app", "pr-1", days: 9)
        try upkeep.push("team/app", "pr-2", days: 8)
        try upkeep.push("team/app", "1.0.0", days: 8)
        try upkeep.pin(["\(upkeep.name)/library/team/app:1.0.0"])
        #expect(try upkeep.host.backup().status == 0)
        try reason.set(upkeep)
        let before = try upkeep.lab.sql("SELECT count(*), (SELECT count(*) FROM blob), (SELECT count(*) FROM artifact_trash) FROM artifact")
        let (status, report) = try upkeep.run("run-now", reason.job)
        #expect(status == 3)
        #expect(report.outcome == "refused")
        #expect(report.reason == reason.code, "\(report.findings)")
        #expect(
            try upkeep.lab.sql("SELECT count(*), (SELECT count(*) FROM blob), (SELECT count(*) FROM artifact_trash) FROM artifact")
                == before)
        #expect(try upkeep.isWhole(image) || reason.code == "uncovered")
    }

    @Test("a backup that is killed leaves the queue of collections paused, and the next run resumes it")
    func killedHold() async throws {
        let upkeep = try await UpkeepHost.start(retention: Self.classes)
        // A lock on a table of Harbor's keeps the backup in its dump.
        let locker = Process()
        locker.executableURL = URL(filePath: "/usr/bin/env")
        locker.arguments = ["psql", upkeep.lab.cluster.dsn(database: "registry"), "-Xqc", "BEGIN; LOCK TABLE tag; SELECT pg_sleep(600)"]
        locker.standardError = FileHandle.nullDevice
        locker.standardOutput = FileHandle.nullDevice
        try locker.run()
        defer { locker.terminate() }
        #expect(
            try Polling.wait(seconds: 30) {
                try upkeep.lab.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'tag'::regclass")
                    .hasPrefix("1")
            })
        let backup = Process()
        backup.executableURL = URL(filePath: Project.programs + "/opsd")
        backup.arguments = ["run-now", "backup", "--config", upkeep.host.configuration]
        backup.standardError = FileHandle.nullDevice
        backup.standardOutput = FileHandle.nullDevice
        try backup.run()
        #expect(try Polling.wait(seconds: 60) { try upkeep.isCollectionPaused() })
        kill(backup.processIdentifier, SIGKILL)
        backup.waitUntilExit()
        #expect(try upkeep.isCollectionPaused())
        try upkeep.lab.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()")
        let (status, report) = try upkeep.host.backup()
        #expect(status == 0, "\(report.findings)")
        #expect(try !upkeep.isCollectionPaused())
    }
}
