import Foundation
import HarborAPI
import HarborDatabase
import JobEngine
import OCIImage
import Testing

@testable import Upkeep

@Suite("The plan of a garbage collection")
struct CollectionPlanTests {
    private static func digest(_ number: Int) throws -> Digest {
        let hex = String(number, radix: 16)
        return try Digest(parsing: "sha256:" + String(repeating: "0", count: 64 - hex.count) + hex)
    }

    /// `candidates` contents of 100 bytes each of `contents`, all covered.
    private static func plan(_ candidates: Int, of contents: Int64, _ settings: CollectionSettings = CollectionSettings()) throws
        -> CollectionPlan
    {
        var plan = CollectionPlan(takenAt: Date(timeIntervalSince1970: 0), settings: settings)
        plan.candidates = try (0..<candidates).map {
            GarbageBlob(digest: try digest($0), size: 100, reason: $0 % 2 == 0 ? .trash : .unreferenced, isManifest: $0 % 2 == 0)
        }
        plan.state.blobs = contents
        plan.coverage = .lacking([])
        return plan
    }

    private static func codes(_ plan: CollectionPlan) -> [UpkeepError.Code] { plan.refusals.map(\.code) }

    @Test("counts, bytes, share and reasons are those of the candidates")
    func sums() throws {
        let plan = try Self.plan(5, of: 50)
        #expect(plan.bytes == 500 && plan.share == 0.1 && plan.manifests == 3 && plan.reasons == [.trash: 3, .unreferenced: 2])
        #expect(Self.codes(plan) == [])
        #expect(try Self.plan(0, of: 0).share == 0)
    }

    @Test("each guard says no by itself")
    func guards() throws {
        var plan = try Self.plan(5, of: 50)
        plan.isReadOnly = true
        #expect(Self.codes(plan) == [.refused(.readOnly)])
        plan.isReadOnly = false
        plan.pinned = [CollectionPlan.PinnedCandidate(pin: "a/b:1 (shop)", digest: try Self.digest(1))]
        #expect(Self.codes(plan) == [.refused(.pinned)] && plan.refusals[0].problem.contains("a/b:1 (shop)"))
        plan.pinned = []
        plan.coverage = .lacking([try Self.digest(1)])
        #expect(Self.codes(plan) == [.refused(.uncovered)] && plan.uncovered.count == 1)
        plan.coverage = .noVault
        #expect(Self.codes(plan) == [.refused(.uncovered)])
        plan.coverage = .ignored
        #expect(Self.codes(plan) == [])
        plan.candidates.append(GarbageBlob(digest: try Self.digest(9), size: 1, reason: .unreferenced, isManifest: false, isNeeded: true))
        #expect(Self.codes(plan) == [.refused(.needed)])
        #expect(try Self.codes(Self.plan(11, of: 50)) == [.refused(.share)])
        #expect(try Self.codes(Self.plan(10, of: 50)) == [])
        #expect(try Self.codes(Self.plan(5, of: 50, CollectionSettings(count: 4))) == [.refused(.count)])
        #expect(try Self.codes(Self.plan(5, of: 50, CollectionSettings(count: 5))) == [])
    }

    @Test("nothing to collect needs neither vault nor share")
    func nothing() throws {
        var plan = try Self.plan(0, of: 0)
        plan.coverage = .noVault
        #expect(Self.codes(plan) == [])
    }

    @Test("where several hold, the gravest comes first")
    func order() throws {
        var plan = try Self.plan(30, of: 50, CollectionSettings(count: 1))
        plan.isReadOnly = true
        plan.pinned = [CollectionPlan.PinnedCandidate(pin: "a/b:1 (shop)", digest: try Self.digest(1))]
        plan.coverage = .lacking([try Self.digest(1)])
        #expect(Self.codes(plan) == [.readOnly, .pinned, .uncovered, .share, .count].map { .refused($0) })
    }
}

@Suite("Harbor's own schedule of collections")
struct CollectionScheduleTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)  // 2027-01-15 08:00 UTC

    private static func run(_ hoursAgo: Double, _ kind: CollectionRun.Kind, _ status: JobStatus = .success) -> CollectionRun {
        let date = now.addingTimeInterval(-hoursAgo * 3600)
        return CollectionRun(
            id: Int64(10_000 - hoursAgo), status: status, kind: kind, created: date, updated: date,
            parameters: CollectionParameters(deletesUntagged: false), freedBytes: 0, purgedBlobs: 0, purgedManifests: 0)
    }

    /// Of a schedule that was made so many hours ago.
    private static func codes(_ runs: [CollectionRun], cron: String = "0 0 2 * * *", age: Double = 1000) -> [String] {
        let since = now.addingTimeInterval(-age * 3600)
        return CollectionJob.judge(cron: cron, since: since, cacheHost: "redis-old:6379", runs: runs, now: now).map(\.code)
    }

    @Test("one that works is only said to be there")
    func sound() {
        #expect(Self.codes([Self.run(6, .schedule), Self.run(30, .schedule)]) == ["gc_schedule_own"])
        #expect(Self.codes([], age: 5) == ["gc_schedule_own"])
    }

    @Test("one that was due and did not begin is lost")
    func lost() {
        #expect(Self.codes([Self.run(1, .manual), Self.run(30, .schedule)]) == ["gc_schedule_own", "gc_schedule_lost"])
        #expect(Self.codes([]) == ["gc_schedule_own", "gc_schedule_lost"])
        // Made or changed after the time that it would have answered.
        #expect(Self.codes([Self.run(1, .manual), Self.run(30, .schedule)], age: 5) == ["gc_schedule_own"])
        // Harbor forgets: a full history of an hour says nothing of what was before.
        #expect(Self.codes([CollectionRun](repeating: Self.run(1, .manual), count: 50)) == ["gc_schedule_own"])
        #expect(Self.codes([Self.run(30, .schedule)], cron: "no cron") == ["gc_schedule_own"])
    }

    @Test("one that fails while collections by hand succeed keeps an old address of the cache")
    func stale() {
        let findings = CollectionJob.judge(
            cron: "0 0 2 * * *", since: nil, cacheHost: "redis-old:6379", runs: [Self.run(3, .manual), Self.run(6, .schedule, .error)],
            now: Self.now)
        #expect(findings.map(\.code) == ["gc_schedule_own", "gc_schedule_stale"] && findings[1].message.contains("(redis-old:6379)"))
        #expect(Self.codes([Self.run(3, .manual, .error), Self.run(6, .schedule, .error)]) == ["gc_schedule_own"])
    }
}

@Suite("The log of a garbage collection")
struct CollectionLogTests {
    @Test("names what is garbage, the window and the last error")
    func reading() throws {
        let digest = "sha256:" + String(repeating: "b", count: 64)
        let text = """
            2026-11-21T10:00:00Z [INFO] [/jobservice/job/impl/gc/garbage_collection.go:151]: Garbage Collection parameters: [delete_untagged: false, dry_run: true, time_window: 2, workers: 1]
            2026-11-21T10:00:01Z [INFO] [/jobservice/job/impl/gc/garbage_collection.go:300]: blob eligible for deletion: \(digest)
            2026-11-21T10:00:01Z [INFO] [/jobservice/job/impl/gc/garbage_collection.go:300]: blob eligible for deletion: rubbish
            2026-11-21T10:00:02Z [ERROR] [/jobservice/job/impl/gc/garbage_collection.go:400]: failed to connect to redis
            """
        let report = CollectionLog.read(text)
        #expect(report.eligible == [try Digest(parsing: digest)] && report.windowHours == 2)
        #expect(report.lastError?.hasSuffix("failed to connect to redis") == true)
        #expect(CollectionLog.read("") == CollectionLog.Report())
    }

    @Test(
        "no address of Redis is kept, however it is written",
        arguments: [
            "redis://:secret@redis:6379/1?idle_timeout_seconds=30", "rediss://user:secret@10.0.0.1:6380/1",
            "redis+sentinel://:secret@a:1,secret@b:2/mymaster/1", "REDIS://:secret@x",
        ])
    func masking(_ address: String) {
        let masked = CollectionLog.masked("params {\"redis_url_reg\":\"\(address)\"} and \(address) end")
        #expect(!masked.contains("secret") && masked.hasSuffix(" end") && masked.contains("<redacted>"))
    }
}
