import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import JobEngine
import OCIImage
import Synchronization
import Testing
import Upkeep

@Suite("Rescanning", .enabled(if: HarborLab.available(), RescanBench.skipReason), .timeLimit(.minutes(5)))
struct RescanJobTests {
    @Test(
        "running images come first, then releases, the oldest report, what was never scanned, what failed; fresh ones and copies not at all"
    )
    func order() async throws {
        try await RescanBench.with { bench in
            let pinned = try bench.image("team-b/a/b/c/d")
            let release = try #require(bench.lab.images(.signed).first)
            let (old, never, failed) = (
                try bench.image("library/docker"), try bench.image("library/windows"), try bench.image("library/app")
            )
            try bench.age(old.digest, "9 d")
            try bench.lab.sql("DELETE FROM scan_report WHERE digest = '\(never.digest)'")
            try bench.lab.sql(
                """
                UPDATE task SET status = 'Error' WHERE vendor_type = 'IMAGE_SCAN' AND extra_attrs::jsonb -> 'report_uuids'
                ?| (SELECT array_agg(uuid) FROM scan_report WHERE digest = '\(failed.digest)')
                """)
            let fresh = try #require(bench.lab.images(.untagged).first)
            try bench.age(fresh.digest, "10 min")
            let job = try bench.job(wave: 1, pins: ["\(pinned.repository):\(pinned.tags[0])"])
            let result = try await job.run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .succeeded, "\(bench.recorder.findings)")
            // Harbor's scanner takes no manifests of the oldest kind.
            let odd = Set(bench.lab.images(.schema1).map(\.digest))
            let scanned = bench.scanned.filter { !odd.contains($0) }
            #expect(scanned.prefix(3) == [pinned.digest, release.digest, old.digest])
            #expect(scanned.suffix(2) == [never.digest, failed.digest])
            #expect(Set(scanned).count == scanned.count && !scanned.contains(fresh.digest))
            let numbers = bench.numbers
            #expect(numbers["scanned"] == Int64(scanned.count) && numbers["left_over"] == 0 && numbers["pinned"] == 1)
            #expect(
                numbers["unscannable"] == Int64(bench.scanned.count - scanned.count) && numbers["never_scanned"] == numbers["unscannable"])
            #expect(numbers["stale_reports"] == 0 && numbers["without_report"] == 0)
            #expect(numbers["scanner_healthy"] == 1 && (numbers["scanner_database_timestamp"] ?? 0) > 0)
            #expect((numbers["high"] ?? 0) > 0 && numbers["new_high"] == 0 && numbers["new_critical"] == 0)
        }
    }

    @Test("images that a gate guards are scanned one at a time, and can be pulled before and after")
    func gate() async throws {
        try await RescanBench.with { bench in
            let image = try #require(bench.lab.images(.signed).first)
            let (repository, reference) = (
                try RepositoryName(parsing: image.repository), ArtifactReference.tag(try TagName(parsing: image.tags[0]))
            )
            func canPull() async throws -> Bool {
                if case .present = try await bench.access.client.manifestStatus(repository, reference) { true } else { false }
            }
            #expect(try await canPull())
            let together = Mutex<String?>(nil)
            bench.standIn.faults.before("POST /api", number: 2) {
                let open = "SELECT count(*) FROM task WHERE vendor_type = 'IMAGE_SCAN' AND status_code < 3"
                let count = try bench.lab.sql(open)
                together.withLock { $0 = count }
            }
            await bench.standIn.jobs.hold(.imageScan)
            let job = try bench.job(projects: ["team-a"], pins: ["\(image.repository):\(image.tags[0])"])
            try await withThrowingTaskGroup(of: RunOutcome.self) { group in
                group.addTask { try await job.run(bench.run, recorder: bench.recorder).outcome }
                try await bench.standIn.jobs.waitUntilHeld(.imageScan)
                #expect(try await !canPull())
                // Time enough for others to begin, if they did.
                try await bench.access.clock.sleep(for: .seconds(30))
                #expect(bench.scanned == [image.digest])
                await bench.standIn.jobs.release(.imageScan)
                #expect(try await group.next() == .succeeded)
            }
            #expect(try await canPull())
            #expect(bench.scanned.count == 2 && together.withLock { $0 } == "0")
            let numbers = bench.numbers
            #expect(numbers["gate_closed"] == 2 && (numbers["gate_closed_seconds"] ?? 0) >= 30 && numbers["gate_left_closed"] == 0)
        }
    }

    @Test("a failed scan costs the report that was there, which is said")
    func failing() async throws {
        try await RescanBench.with { bench in
            await bench.standIn.jobs.change { $0.failingScans = 1 }
            let result = try await bench.job(projects: ["team-a"]).run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .partial, "\(bench.recorder.findings)")
            let numbers = bench.numbers
            #expect(
                numbers["scan_failed"] == 1 && numbers["reports_lost"] == 1 && numbers["gate_left_closed"] == 1 && numbers["scanned"] == 1)
            #expect(numbers["without_report"] == 1)
            #expect(try bench.finding("report_lost").message.contains("team-a/web/server"))
        }
    }

    @Test("a scanner that fails on everything ends the run before it has taken all reports")
    func failingAlways() async throws {
        try await RescanBench.with { bench in
            await bench.standIn.jobs.change { $0.failingScans = 1000 }
            let error = await #expect(throws: UpkeepError.self) { try await bench.job(wave: 1).run(bench.run, recorder: bench.recorder) }
            #expect(error?.code == .failed && error?.problem.contains("5 scans in a row failed") == true)
            #expect(bench.scanned.count == 5 && (bench.numbers["left_over"] ?? 0) > 0 && bench.codes.contains("report_lost"))
        }
    }

    @Test("a scan that does not end is stopped and said")
    func stuck() async throws {
        try await RescanBench.with { bench in
            await bench.standIn.jobs.hold(.imageScan)
            let job = try bench.job(projects: ["team-b"], wave: 1, stuckAfter: .seconds(120))
            let result = try await job.run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .partial, "\(bench.recorder.findings)")
            let numbers = bench.numbers
            #expect(numbers["scan_stuck"] == Int64(bench.scanned.count) && numbers["scan_stuck"] == numbers["reports_lost"])
            #expect(try bench.finding("scan_stuck").message.contains("team-b/"))
            try await bench.standIn.jobs.waitUntilIdle()
            #expect(!bench.codes.contains("scan_not_stopped"))
            #expect(try bench.lab.sql("SELECT count(*) FROM task WHERE vendor_type = 'IMAGE_SCAN' AND status_code < 3") == "0")
        }
    }

    @Test("without a scanner that could know anything new, and while Harbor takes no scan, nothing is begun")
    func refusals() async throws {
        try await RescanBench.with { bench in
            await bench.setDatabaseAge(10 * 86_400)
            #expect(await bench.refusal(of: try bench.job()) == .scannerDatabaseOld)
            await bench.setDatabaseAge(-86_400)
            #expect(await bench.refusal(of: try bench.job()) == .scannerDatabaseUnknown)
            await bench.standIn.jobs.change { $0.scannerProperties = nil }
            #expect(await bench.refusal(of: try bench.job()) == .scannerDatabaseUnknown)
            await bench.setDatabaseAge(60)
            await bench.standIn.jobs.change { $0.isScannerHealthy = false }
            #expect(await bench.refusal(of: try bench.job()) == .scannerUnhealthy)
            await bench.standIn.jobs.change { $0.isScannerHealthy = true }
            try bench.lab.sql("UPDATE scanner_registration SET disabled = true")
            #expect(await bench.refusal(of: try bench.job()) == .scannerUnhealthy)
            try bench.lab.sql("UPDATE scanner_registration SET disabled = false, is_default = false")
            #expect(await bench.refusal(of: try bench.job()) == .scannerMissing)
            try bench.lab.sql("UPDATE scanner_registration SET is_default = (name = 'Trivy')")
            try await bench.access.client.pauseQueue("IMAGE_SCAN")
            #expect(await bench.refusal(of: try bench.job()) == .queuePaused)
            try await bench.access.client.resumeQueue("IMAGE_SCAN")
            try bench.lab.sql("UPDATE properties SET v = 'true' WHERE k = 'read_only'")
            #expect(await bench.refusal(of: try bench.job()) == .readOnly)
            #expect(bench.scanned.isEmpty)
        }
    }

    @Test("projects whose own scanner is too old are left out")
    func ownScanner() async throws {
        try await RescanBench.with { bench in
            try bench.lab.sql(
                """
                INSERT INTO project_metadata (project_id, name, value) SELECT 3, 'projectScanner', uuid FROM scanner_registration
                WHERE name = 'Second opinion'; UPDATE scanner_registration SET disabled = true WHERE name = 'Second opinion'
                """)
            let result = try await bench.job().run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .partial, "\(bench.recorder.findings)")
            #expect(try bench.finding("scanner_unhealthy").message.contains("team-b are not scanned"))
            let (own, usual) = (try bench.image("team-b/a/b/c/d").digest, try bench.image("library/app").digest)
            #expect(!bench.scanned.contains(own) && bench.scanned.contains(usual))
            #expect(bench.numbers["scanner_healthy"] == 0)
        }
    }
}
