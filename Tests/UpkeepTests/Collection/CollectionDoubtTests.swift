import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import JobEngine
import LabServers
import Synchronization
import Testing
import Upkeep

/// A clock on which more than eleven minutes pass from one look to the next.
struct StridingClock: Clock {
    private let looks = Looks()

    var now: ContinuousClock.Instant { Self.start.advanced(by: .seconds(700 * looks.next())) }
    var minimumResolution: Duration { .nanoseconds(1) }

    private static let start = ContinuousClock.now

    private final class Looks: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock {
                $0 += 1
                return $0
            }
        }
    }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        try await Task.sleep(for: .milliseconds(10))
    }
}

@Suite(
    "A collection of which something is not known", .enabled(if: HarborLab.available(), CollectionBench.skipReason), .timeLimit(.minutes(5))
)
struct CollectionDoubtTests {
    @Test("the long look at the storage comes before the plan")
    func order() async throws {
        try await CollectionBench.with { bench in
            _ = try await bench.job().run(bench.run, recorder: bench.recorder)
            let phases = bench.report.phases.map(\.name)
            #expect(phases == ["checks", "storage_before", "dry_run", "plan", "collection", "storage_after"])
        }
    }

    @Test("a plan that is old when the collection would begin is refused")
    func oldPlan() async throws {
        try await CollectionBench.with { bench in
            let settings = CollectionSettings(share: 1, requiresCoverage: false, stall: .seconds(1 << 40))
            let job = try bench.job(settings, clock: StridingClock())
            #expect(await bench.refusal(of: job) == .worldChanged)
            #expect(try bench.realCollections() == "0")
        }
    }

    @Test("without the dry run's log, or its numbers, nothing is collected", arguments: [true, false])
    func lostEstimate(_ isLog: Bool) async throws {
        try await CollectionBench.with { bench in
            let (lab, target) = (bench.lab, isLog ? "/log" : "GET /api/v2.0/system/gc/")
            bench.standIn.faults.before(target) {
                if isLog {
                    try lab.sql("DELETE FROM job_log")
                } else {
                    try lab.sql(
                        """
                        CREATE OR REPLACE FUNCTION forget() RETURNS trigger AS
                            $$ BEGIN NEW.extra_attrs = '{"dry_run": true}'; RETURN NEW; END $$ LANGUAGE plpgsql;
                        CREATE TRIGGER forget BEFORE UPDATE ON execution FOR EACH ROW EXECUTE FUNCTION forget();
                        UPDATE execution SET status = status
                        """)
                }
            }
            let job = try bench.job()
            #expect(await bench.refusal(of: job) == .estimateUnknown)
            #expect(try bench.realCollections() == "0" && bench.hasFile(bench.retired()))
        }
    }

    @Test("what the dry run names and the plan lacks must not be pinned either")
    func unplanned() async throws {
        try await CollectionBench.with { bench in
            let image = try #require(bench.lab.images(.plain).first { !$0.tags.isEmpty })
            let (lab, layer) = (bench.lab, try #require(image.blobs.last))
            bench.standIn.faults.before("/log") {
                try lab.sql("UPDATE job_log SET content = content || E'\\nblob eligible for deletion: \(layer)\\n'")
            }
            #expect(await bench.refusal(of: try bench.job(pins: ["\(image.repository):\(image.tags[0])"])) == .pinned)
            #expect(try bench.realCollections() == "0")
        }
    }

    @Test("a pinned image whose manifest cannot be understood may need anything")
    func unreadablePin() async throws {
        try await CollectionBench.with { bench in
            let digest = try bench.retired()
            let pins = ["library/retired@\(digest)"]
            try Data("no manifest".utf8).write(to: URL(fileURLWithPath: bench.lab.blobFile(digest)))
            let job = try bench.job(pins: pins)
            let error = await #expect(throws: UpkeepError.self) { try await job.plan(recorder: bench.recorder) }
            #expect(error?.code == .failed && error?.problem.contains(digest) == true)
            let blind = try bench.job(pins: pins, hasStorage: false)
            #expect(try await blind.plan(recorder: bench.recorder).findings.map(\.code) == ["gc_pins_not_compared"])
        }
    }

    @Test("a run that is cancelled while Harbor begins the collection stops it")
    func cancelledStart() async throws {
        try await CollectionBench.with { bench in
            await bench.standIn.jobs.hold(.garbageCollection, at: .midSweep)
            let job = try bench.job()
            let (asked, signal) = AsyncStream.makeStream(of: Void.self)
            bench.standIn.faults.before("POST /api/v2.0/system/gc/schedule", number: 2) {
                signal.finish()
                try await Task.sleep(for: .milliseconds(300))
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await job.run(bench.run, recorder: bench.recorder) }
                    signal.finish()
                }
                for await _ in asked {}
                group.cancelAll()
            }
            try await bench.standIn.jobs.waitUntilIdle()
            #expect(try await bench.access.client.collections(limit: 1).first?.status == .stopped)
            #expect(try bench.realCollections() == "1")
        }
    }
}
