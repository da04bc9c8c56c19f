import Foundation
import HarborAPI
import HarborDatabase
import HarborLab
import HarborStandIn
import JobEngine
import LabServers
import OCIImage
import Testing
import Upkeep

@Suite("Collecting garbage", .enabled(if: HarborLab.available(), CollectionBench.skipReason), .timeLimit(.minutes(5)))
struct CollectionJobTests {
    @Test("frees what was planned, keeps the log, and finds everything needed still there")
    func frees() async throws {
        try await CollectionBench.with { bench in
            let retired = try bench.retired()
            let untagged = try #require(bench.lab.images(.untagged).first)
            let settings = CollectionSettings(deletesUntagged: true, share: 1, requiresCoverage: false)
            let result = try await bench.job(settings).run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .succeeded, "\(bench.recorder.findings)")
            let numbers = bench.report.numbers
            #expect(numbers["freed_bytes"] == numbers["candidate_bytes"] && (numbers["freed_bytes"] ?? 0) > 0)
            #expect((numbers["purged_blobs"] ?? 0) + (numbers["purged_manifests"] ?? 0) == numbers["candidates"])
            #expect(numbers["purged_manifests"] == numbers["candidate_manifests"] && numbers["estimate_bytes"] == numbers["freed_bytes"])
            #expect(numbers["deleted_needed"] == 0 && numbers["trash"] == 0 && numbers["delete_failed"] == 0)
            #expect(!bench.hasFile(retired) && !bench.hasFile(untagged.digest))
            let log = try String(contentsOfFile: bench.folder.file("state/gc/\(bench.run).log"), encoding: .utf8)
            #expect(log.contains("== dry run") && log.contains("== garbage collection") && !log.contains("redis://redis"))
        }
    }

    @Test("a plan changes nothing and starts nothing")
    func plan() async throws {
        try await CollectionBench.with { bench in
            let plan = try await bench.job().plan(recorder: bench.recorder)
            let retired = try bench.retired()
            #expect(plan.candidates.contains { "\($0.digest)" == retired } && plan.refusals.isEmpty)
            #expect(plan.untagged.isEmpty && plan.bytes > 0 && plan.share > 0 && plan.share < 1)
            #expect(
                try bench.hasFile(bench.retired()) && bench.standIn.faults.requests.allSatisfy { $0.method != "POST" && $0.method != "PUT" }
            )
        }
    }

    @Test("every guard that speaks of contents refuses before a real collection is begun")
    func guards() async throws {
        try await CollectionBench.with { bench in
            let untagged = try #require(bench.lab.images(.untagged).first)
            let pinned = try bench.job(
                CollectionSettings(deletesUntagged: true, share: 1, requiresCoverage: false),
                pins: ["\(untagged.repository)@\(untagged.digest)"])
            #expect(await bench.refusal(of: pinned) == .pinned)
            #expect(await bench.refusal(of: try bench.job(CollectionSettings(share: 1))) == .uncovered)
            #expect(await bench.refusal(of: try bench.job(CollectionSettings(share: 0.0001, requiresCoverage: false))) == .share)
            #expect(await bench.refusal(of: try bench.job(CollectionSettings(share: 1, count: 0, requiresCoverage: false))) == .count)
            let empty = try bench.job(pins: [])
            #expect(await bench.refusal(of: empty) == .pinsEmpty)
            #expect(try bench.realCollections() == "0" && bench.hasFile(bench.retired()) && bench.hasFile(untagged.digest))
        }
    }

    @Test("pins that need nothing of it let it go on")
    func harmlessPins() async throws {
        try await CollectionBench.with { bench in
            let image = try #require(bench.lab.images(.plain).first { !$0.tags.isEmpty })
            let index = try #require(bench.lab.images(.index).first)
            let pins = ["\(image.repository):\(image.tags[0])", "\(index.repository)@\(index.digest)"]
            #expect(try await bench.job(pins: pins).run(bench.run, recorder: bench.recorder).outcome == .succeeded)
            #expect(bench.report.numbers["pins"] == 2 && bench.report.numbers["pinned_candidates"] == 0)
        }
    }

    @Test("an image that is pinned by digest and was deleted is still needed")
    func pinnedTrash() async throws {
        try await CollectionBench.with { bench in
            let job = try bench.job(pins: ["library/retired@\(bench.retired())"])
            #expect(await bench.refusal(of: job) == .pinned)
            // Its layers count too, not the manifest alone.
            #expect((bench.report.numbers["pinned_candidates"] ?? 0) > 1)
        }
    }

    @Test("a Harbor that is read-only, busy or holds its queue is not asked for anything")
    func stateOfHarbor() async throws {
        try await CollectionBench.with { bench in
            try bench.lab.sql("INSERT INTO properties (k, v) VALUES ('read_only', 'true') ON CONFLICT (k) DO UPDATE SET v = 'true'")
            #expect(await bench.refusal(of: try bench.job()) == .readOnly)
            try bench.lab.sql("UPDATE properties SET v = 'false' WHERE k = 'read_only'")
            try await bench.access.client.pauseQueue("GARBAGE_COLLECTION")
            #expect(await bench.refusal(of: try bench.job()) == .queuePaused)
            try await bench.access.client.resumeQueue("GARBAGE_COLLECTION")
            await bench.standIn.jobs.hold(.garbageCollection)
            try await bench.standIn.jobs.startCollection()
            #expect(await bench.refusal(of: try bench.job()) == .busy)
            await bench.standIn.jobs.release(.garbageCollection)
            #expect(bench.standIn.faults.requests.allSatisfy { $0.method != "POST" })
        }
    }

    @Test("what goes though it is needed is found, with its images")
    func deletedNeeded() async throws {
        try await CollectionBench.with { bench in
            let image = try #require(bench.lab.images(.plain).first { !$0.tags.isEmpty })
            let layer = try #require(image.blobs.last)
            await bench.standIn.jobs.change { $0.wronglyDeletedBlobs = [layer] }
            let result = try await bench.job().run(bench.run, recorder: bench.recorder)
            #expect(result.outcome == .partial && bench.report.numbers["deleted_needed"] == 1)
            let finding = try #require(bench.recorder.findings.first { $0.code == "gc_deleted_needed" })
            #expect(finding.message.contains(layer) && finding.message.contains("\(image.repository):\(image.tags[0])"))
        }
    }

    @Test("what was missing before is not laid at its door")
    func missingBefore() async throws {
        try await CollectionBench.with { bench in
            let layer = try #require(bench.lab.images(.plain).first?.blobs.last)
            try FileManager.default.removeItem(atPath: bench.lab.blobFile(layer))
            #expect(try await bench.job().run(bench.run, recorder: bench.recorder).outcome == .succeeded)
            #expect(bench.report.numbers["missing_before"] == 1 && bench.report.numbers["deleted_needed"] == 0)
        }
    }

    @Test("a schedule of Harbor's own that begins nothing any more is said, with the refusal or without")
    func lostSchedule() async throws {
        try await CollectionBench.with { bench in
            try bench.lab.sql(
                """
                INSERT INTO schedule (vendor_type, vendor_id, cron, callback_func_name, callback_func_param, cron_type, extra_attrs, revision,
                    creation_time, update_time)
                VALUES ('GARBAGE_COLLECTION', -1, '0 0 * * * *', 'SCHEDULE_GARBAGE_COLLECTION_CALLBACK', '{}', 'Custom', '{}', 0,
                    now() - interval '9 d', now() - interval '9 d')
                """)
            let plan = try await bench.job().plan(recorder: bench.recorder)
            #expect(plan.findings.map(\.code) == ["gc_schedule_own", "gc_schedule_lost"])
        }
    }

    @Test("contents that Harbor could not delete are said")
    func deleteFailed() async throws {
        try await CollectionBench.with { bench in
            let retired = try bench.retired()
            await bench.standIn.jobs.change { $0.undeletableBlobs = [retired] }
            #expect(try await bench.job().run(bench.run, recorder: bench.recorder).outcome == .partial)
            #expect(bench.report.numbers["delete_failed"] == 1 && bench.codes.contains("gc_delete_failed"))
        }
    }

    @Test("a collection that stands still is stopped")
    func stall() async throws {
        try await CollectionBench.with { bench in
            await bench.standIn.jobs.hold(.garbageCollection, at: .midSweep)
            let settings = CollectionSettings(share: 1, requiresCoverage: false, stall: .seconds(2))
            let error = await #expect(throws: UpkeepError.self) { try await bench.job(settings).run(bench.run, recorder: bench.recorder) }
            #expect(error?.code == .failed && error?.problem.contains("made no progress for 2 s") == true)
            try await bench.standIn.jobs.waitUntilIdle()
            #expect(try await bench.access.client.collections(limit: 1).first?.status == .stopped)
        }
    }

    @Test("a cancelled run stops the collection")
    func cancellation() async throws {
        try await CollectionBench.with { bench in
            await bench.standIn.jobs.hold(.garbageCollection, at: .midSweep)
            let job = try bench.job()
            let end = await withTaskGroup(of: (any Error)?.self) { group in
                group.addTask {
                    do {
                        _ = try await job.run(bench.run, recorder: bench.recorder)
                        return nil
                    } catch { return error }
                }
                // A run that never gets there ends as something else than cancelled.
                try? await bench.waitUntilHeld()
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(end is CancellationError)
            try await bench.standIn.jobs.waitUntilIdle()
            #expect(try await bench.access.client.collections(limit: 1).first?.status == .stopped)
        }
    }

    @Test("a core that goes away meanwhile, or forgets the credential, is waited for", arguments: [true, false])
    func patience(_ isDown: Bool) async throws {
        try await CollectionBench.with { bench in
            await bench.standIn.jobs.hold(.garbageCollection, at: .midSweep)
            let job = try bench.job()
            try await withThrowingTaskGroup(of: RunOutcome.self) { group in
                group.addTask { try await job.run(bench.run, recorder: bench.recorder).outcome }
                try await bench.waitUntilHeld()
                if isDown { bench.standIn.faults.isCoreDown = true } else { bench.standIn.faults.expireCredentials(after: 0) }
                let before = bench.standIn.faults.requests.count
                let isAsked = try await eventually { bench.standIn.faults.requests.count >= before + 3 }
                #expect(isAsked)
                bench.standIn.faults.isCoreDown = false
                bench.standIn.faults.renewCredentials()
                await bench.standIn.jobs.release(.garbageCollection)
                #expect(try await group.next() == .succeeded)
            }
        }
    }

    @Test("one that cannot be followed any more goes on, and is not called done")
    func unobserved() async throws {
        try await CollectionBench.with { bench in
            await bench.standIn.jobs.hold(.garbageCollection, at: .midSweep)
            let job = try bench.job(CollectionSettings(share: 1, requiresCoverage: false, stall: .seconds(3)))
            let error = try await withThrowingTaskGroup(of: UpkeepError?.self) { group in
                group.addTask { await #expect(throws: UpkeepError.self) { try await job.run(bench.run, recorder: bench.recorder) } }
                try await bench.waitUntilHeld()
                bench.standIn.faults.expireCredentials(after: 0)
                return try await group.next() ?? nil
            }
            #expect(error?.code == .unreachable && error?.problem.contains("goes on without being watched") == true)
            bench.standIn.faults.renewCredentials()
            await bench.standIn.jobs.release(.garbageCollection)
            try await bench.standIn.jobs.waitUntilIdle()
            #expect(try await bench.access.client.collections(limit: 1).first?.status == .success)
        }
    }
}

/// Waits until the condition holds; false after a time that is longer than anything here takes.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let limit = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < limit else { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
    return true
}
