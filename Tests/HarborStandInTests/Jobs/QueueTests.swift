import HarborLab
import Testing

@testable import HarborStandIn

@Suite("job queues", .enabled(if: HarborLab.available(), JobBench.skipReason))
struct QueueTests {
    private static func queue(_ bench: JobBench, _ type: JobType) async throws -> JSONValue? {
        try await bench.document("GET", "/jobservice/queues").array?.first { $0["job_type"]?.text == type.rawValue }
    }

    @Test("keep what waits while they are paused, and let go on what runs")
    func pause() async throws {
        try await JobBench.run { bench in
            await bench.jobs.hold(.garbageCollection)
            let first = try await bench.jobs.startCollection()
            try await bench.jobs.waitUntilHeld(.garbageCollection)
            #expect(try await bench.call("PUT", "/jobservice/queues/garbage_collection", body: #"{"action":"pause"}"#).status == 200)
            let second = try await bench.jobs.startCollection()
            let busy = try await bench.document("GET", "/jobservice/pools/all/workers").array?.filter { $0["job_name"] != nil }
            #expect(busy?.count == 1 && busy?.first?["job_name"] == "GARBAGE_COLLECTION")
            await bench.jobs.release(.garbageCollection)
            while try await bench.document("GET", "/system/gc/\(first)")["job_status"] != "Success" { await Task.yield() }
            #expect(try await Self.queue(bench, .garbageCollection)?["count"] == 1)
            #expect(try bench.lab.sql("SELECT status FROM task WHERE execution_id = \(second)") == "Pending")
            #expect(try bench.lab.sql("SELECT paused FROM job_queue_status WHERE job_type = 'GARBAGE_COLLECTION'") == "t")
            _ = try await bench.call("PUT", "/jobservice/queues/all", body: #"{"action":"resume"}"#)
            try await bench.jobs.waitUntilIdle()
            #expect(try await bench.document("GET", "/system/gc/\(second)")["job_status"] == "Success")
            #expect(try await Self.queue(bench, .replication)?["paused"] == false)
        }
    }

    @Test("stop what waits, and jobs that run")
    func stop() async throws {
        try await JobBench.run { bench in
            await bench.jobs.hold(.garbageCollection)
            let first = try await bench.jobs.startCollection()
            let second = try await bench.jobs.startCollection()
            try await bench.jobs.waitUntilHeld(.garbageCollection)
            _ = try await bench.call("PUT", "/jobservice/queues/GARBAGE_COLLECTION", body: #"{"action":"stop"}"#)
            #expect(try await bench.document("GET", "/system/gc/\(second)")["job_status"] == "Stopped")
            let job = try bench.lab.sql("SELECT job_id FROM task WHERE execution_id = \(first)")
            _ = try await bench.call("PUT", "/jobservice/jobs/\(job)", body: #"{"action":"stop"}"#)
            try await bench.jobs.waitUntilIdle()
            #expect(try await bench.document("GET", "/system/gc/\(first)")["job_status"] == "Stopped")
        }
    }

    @Test("leave the rows of running jobs as they are when the service is cut off")
    func cutOff() async throws {
        try await JobBench.run { bench in
            let other = JobService(
                database: bench.database, storage: bench.lab.storage, deletion: CoreDeletion(database: bench.database))
            let working = Task { try await other.run() }
            await other.hold(.garbageCollection)
            let id = try await other.startCollection()
            try await other.waitUntilHeld(.garbageCollection)
            working.cancel()
            try await working.value
            #expect(try await bench.document("GET", "/system/gc/\(id)")["job_status"] == "Running")
            try await bench.jobs.stop(execution: id)
            #expect(try await bench.document("GET", "/system/gc/\(id)")["job_status"] == "Stopped")
        }
    }

    @Test("tell whether all schedules are paused, and list them")
    func schedules() async throws {
        try await JobBench.run { bench in
            #expect(try await bench.document("GET", "/schedules/all/paused")["paused"] == false)
            _ = try await bench.call("PUT", "/jobservice/queues/SCHEDULER", body: #"{"action":"pause"}"#)
            #expect(try await bench.document("GET", "/schedules/all/paused")["paused"] == true)
            #expect(try await bench.document("GET", "/schedules").array?.count == 6)
            #expect(try await Self.queue(bench, .replication)?["paused"] == true)
        }
    }

    @Test("are seen and changed only by whoever may", arguments: [Principal.anonymous, .user(name: "grace", isAdministrator: false)])
    func permissions(_ principal: Principal) async throws {
        try await JobBench.run { bench in
            let refusal = principal == .anonymous ? StandInFailure.unauthorized : .forbidden
            for path in ["/jobservice/queues", "/schedules", "/system/gc", "/scanners", "/system/scanAll/schedule"] {
                await #expect(throws: refusal) { try await bench.call("GET", path, as: principal) }
            }
        }
    }
}
