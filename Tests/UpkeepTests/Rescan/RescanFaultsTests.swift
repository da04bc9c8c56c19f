import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import JobEngine
import OCIImage
import Testing
import Upkeep

@Suite("Rescanning while things go wrong", .enabled(if: HarborLab.available(), RescanBench.skipReason), .timeLimit(.minutes(5)))
struct RescanFaultsTests {
    @Test("a credential that expires meanwhile ends the run, which reports what it can")
    func expired() async throws {
        try await RescanBench.with { bench in
            bench.standIn.faults.before("POST /api", number: 2) { bench.standIn.faults.expireCredentials(after: 0) }
            let job = try bench.job(projects: ["team-*"], wave: 1)
            let error = await #expect(throws: UpkeepError.self) { try await job.run(bench.run, recorder: bench.recorder) }
            #expect(error?.code == .failed && error?.problem.contains("ended early") == true && error?.problem.contains("401") == true)
            let numbers = bench.numbers
            #expect(bench.scanned.count == 2 && numbers["scanned"] == 1 && numbers["scan_unwatched"] == 1)
            #expect((numbers["left_over"] ?? 0) > 0 && (numbers["images"] ?? 0) > 0)
        }
    }

    @Test("a core that goes away, and one that is asked too much, are waited for", arguments: [true, false])
    func patience(_ isDown: Bool) async throws {
        try await RescanBench.with { bench in
            let faults = bench.standIn.faults
            faults.before("POST /api", number: 2) {
                if isDown { faults.isCoreDown = true } else { faults.refuse(next: 12) }
                faults.before("GET /api", number: 10) { faults.isCoreDown = false }
            }
            let result = try await bench.job(wave: 2).run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .succeeded, "\(bench.recorder.findings)")
            #expect(bench.numbers["left_over"] == 0 && bench.numbers["stale_reports"] == 0)
            #expect(faults.requests.contains { $0.status == (isDown ? 502 : 429) })
        }
    }

    @Test("a core that stays away ends the run")
    func unreachable() async throws {
        try await RescanBench.with { bench in
            bench.standIn.faults.before("POST /api", number: 2) { bench.standIn.faults.isCoreDown = true }
            let job = try bench.job(wave: 1, stuckAfter: .seconds(200))
            let error = await #expect(throws: UpkeepError.self) { try await job.run(bench.run, recorder: bench.recorder) }
            #expect(error?.code == .unreachable && bench.scanned.count == 2)
        }
    }

    @Test("a scan of somebody else's serves as well, and is counted apart")
    func others() async throws {
        try await RescanBench.with { bench in
            let image = try #require(bench.lab.images(.signed).first)
            let (digest, repository) = (try Digest(parsing: image.digest), try RepositoryName(parsing: image.repository))
            await bench.standIn.jobs.hold(.imageScan)
            bench.standIn.faults.before("POST /api", number: 1) { try await bench.access.client.scan(digest, in: repository) }
            let job = try bench.job(projects: ["team-a"], wave: 1, pins: ["\(image.repository):\(image.tags[0])"])
            try await withThrowingTaskGroup(of: RunOutcome.self) { group in
                group.addTask { try await job.run(bench.run, recorder: bench.recorder).outcome }
                let isRefused = try await comesTrue { bench.standIn.faults.requests.contains { $0.status == 409 } }
                #expect(isRefused)
                await bench.standIn.jobs.release(.imageScan)
                #expect(try await group.next() == .succeeded)
            }
            #expect(bench.numbers["scanned_by_others"] == 1 && bench.numbers["scanned"] == 1)
        }
    }

    @Test("an image that is deleted meanwhile is no failure")
    func deleted() async throws {
        try await RescanBench.with { bench in
            let image = try bench.image("team-b/a/b/c/d")
            await bench.standIn.jobs.hold(.imageScan)
            let job = try bench.job(projects: ["team-b"], wave: 1, pins: ["\(image.repository):\(image.tags[0])"])
            try await withThrowingTaskGroup(of: RunOutcome.self) { group in
                group.addTask { try await job.run(bench.run, recorder: bench.recorder).outcome }
                try await bench.standIn.jobs.waitUntilHeld(.imageScan)
                try await bench.access.client.deleteArtifact(Digest(parsing: image.digest), in: RepositoryName(parsing: image.repository))
                await bench.standIn.jobs.release(.imageScan)
                #expect(try await group.next() == .succeeded)
            }
            #expect(bench.numbers["gone"] == 1 && bench.numbers["reports_lost"] == 0)
        }
    }

    @Test("a cancelled run leaves what is under way to Harbor")
    func cancellation() async throws {
        try await RescanBench.with { bench in
            await bench.standIn.jobs.hold(.imageScan)
            let job = try bench.job(projects: ["team-a"])
            let end = await withTaskGroup(of: (any Error)?.self) { group -> (any Error)? in
                group.addTask {
                    do {
                        _ = try await job.run(bench.run, recorder: bench.recorder)
                        return nil
                    } catch { return error }
                }
                do { try await bench.standIn.jobs.waitUntilHeld(.imageScan) } catch { return error }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(end is CancellationError)
            await bench.standIn.jobs.release(.imageScan)
            try await bench.standIn.jobs.waitUntilIdle()
            let last = "SELECT status FROM task WHERE vendor_type = 'IMAGE_SCAN' ORDER BY id DESC LIMIT 1"
            #expect(try bench.lab.sql(last) == "Success" && bench.scanned.count == 1)
        }
    }

    @Test("when the window ends the rest is left over")
    func window() async throws {
        try await RescanBench.with { bench in
            await bench.standIn.jobs.hold(.imageScan)
            let job = try bench.job(projects: ["team-b"], wave: 1, window: .seconds(60))
            try await withThrowingTaskGroup(of: RunOutcome.self) { group in
                group.addTask { try await job.run(bench.run, recorder: bench.recorder).outcome }
                try await bench.standIn.jobs.waitUntilHeld(.imageScan)
                try await bench.access.clock.sleep(for: .seconds(60))
                await bench.standIn.jobs.release(.imageScan)
                #expect(try await group.next() == .succeeded)
            }
            #expect(bench.numbers["scanned"] == 1 && bench.numbers["left_over"] == 1 && bench.numbers["stale_reports"] == 1)
        }
    }

    @Test("a queue that is paused meanwhile ends the run")
    func queue() async throws {
        try await RescanBench.with { bench in
            bench.standIn.faults.before("POST /api", number: 1) { try await bench.access.client.pauseQueue("IMAGE_SCAN") }
            let job = try bench.job(projects: ["team-b"], wave: 1, stuckAfter: .seconds(60))
            let result = try await job.run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .partial, "\(bench.recorder.findings)")
            #expect(bench.numbers["scan_stuck"] == 1 && bench.scanned.count == 1)
            #expect(try bench.finding("queue_full").message.contains("is paused"))
        }
    }

    @Test("new findings are told, those of running images by name")
    func news() async throws {
        try await RescanBench.with { bench in
            let (running, other) = (try bench.image("library/docker"), try bench.image("library/windows"))
            let known = ScanFinding("CVE-2023-4911", package: "libc6", version: "2", fixedVersion: "3", severity: .high)
            await bench.standIn.jobs.change {
                $0.findings[running.digest] = [known, ScanFinding("CVE-2030-1", package: "zlib", fixedVersion: "9.9", severity: .critical)]
                $0.findings[other.digest] = [known, ScanFinding("CVE-2030-2", package: "zlib", severity: .high)]
            }
            let job = try bench.job(projects: ["library"], pins: ["\(running.repository):\(running.tags[0])"])
            let result = try await job.run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .partial, "\(bench.recorder.findings)")
            let numbers = bench.numbers
            #expect(numbers["new_critical"] == 1 && numbers["new_high"] == 1 && numbers["pinned_affected"] == 1 && numbers["critical"] == 1)
            let message = try bench.finding("new_critical").message
            #expect(message.contains("library/docker:2 (+1 critical, +0 high") && message.contains("CVE-2030-1 in zlib, fixed in 9.9"))
            #expect(try bench.finding("new_vulnerabilities").message.contains("library/windows:ltsc (+0 critical, +1 high"))
            #expect(try bench.finding("pinned_affected").severity == .remark)
        }
    }

    @Test("findings that vanish everywhere are a warning")
    func vanished() async throws {
        try await RescanBench.with { bench in
            let nothing = Dictionary(bench.lab.images.map { ($0.digest, [ScanFinding]()) }, uniquingKeysWith: { first, _ in first })
            await bench.standIn.jobs.change { $0.findings = nothing }
            let result = try await bench.job(projects: ["library"]).run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .partial)
            #expect(try bench.finding("findings_vanished").severity == .warning)
        }
    }

    @Test("lists of running images that cannot be read, and pull times that scans move, are said")
    func warnings() async throws {
        try await RescanBench.with { bench in
            let job = try bench.job(projects: ["team-a"], pins: [], usesPullTimes: true)
            let result = try await job.run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .partial, "\(bench.recorder.findings)")
            #expect(Set(bench.codes) == ["pins_empty", "pull_times_moved"] && bench.numbers["scanned"] == 2)
        }
    }
}

/// Waits until the condition holds; false after a time that is longer than anything here takes.
private func comesTrue(_ condition: () async throws -> Bool) async throws -> Bool {
    let limit = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < limit else { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
    return true
}
