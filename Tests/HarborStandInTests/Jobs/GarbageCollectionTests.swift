import Foundation
import HarborLab
import Testing

@testable import HarborStandIn

@Suite("garbage collection", .enabled(if: HarborLab.available(), JobBench.skipReason))
struct GarbageCollectionTests {
    private static let retired = "SELECT digest FROM artifact_trash WHERE repository_name = 'library/retired'"

    @Test("frees what nothing needs and spares what something needs")
    func frees() async throws {
        try await JobBench.run { bench in
            try bench.age()
            let manifest = try bench.lab.sql(Self.retired)
            let untagged = try #require(bench.lab.images(.untagged).first)
            let estimate = try await bench.collect(#"{"delete_untagged":true,"dry_run":true}"#)
            let dry = try bench.parameters(of: estimate)
            #expect(estimate["job_status"]?.text == "Success" && dry["dry_run"] == true)
            #expect(bench.hasFile(manifest) && bench.hasFile(untagged.digest))

            let history = try await bench.collect(#"{"delete_untagged":true,"workers":3}"#)
            #expect(history["job_status"]?.text == "Success" && history["job_kind"]?.text == "MANUAL")
            let result = try bench.parameters(of: history)
            #expect(result["freed_space"]?.integer ?? 0 > 0 && result["purged_manifests"]?.integer ?? 0 >= 2)
            for count in ["freed_space", "purged_blobs", "purged_manifests"] { #expect(result[count] == dry[count], "\(count)") }
            #expect(result["time_window"] == 2 && result["workers"] == 3 && result["redis_url_reg"] != nil)
            #expect(!bench.hasFile(manifest) && !bench.hasFile(untagged.digest))
            #expect(try bench.lab.sql("SELECT count(*) FROM artifact_trash") == "0")
            #expect(try bench.lab.sql("SELECT count(*) FROM blob WHERE digest IN ('\(manifest)', '\(untagged.digest)')") == "0")
            let revision = "\(bench.lab.storage)/docker/registry/v2/repositories/library/retired/_manifests/revisions/sha256/"
            #expect(!FileManager.default.fileExists(atPath: revision + manifest.dropFirst("sha256:".count)))
            // The signature has no subject among the untagged, and the children have a live index.
            for image in bench.lab.images where image.kind != .untagged {
                for digest in [image.digest] + image.blobs { #expect(bench.hasFile(digest), "\(image.kind)") }
            }
        }
    }

    @Test("takes nothing that was touched within its window")
    func window() async throws {
        try await JobBench.run { bench in
            let manifest = try bench.lab.sql(Self.retired)
            let result = try await bench.parameters(of: bench.collect(#"{"time_window":0}"#))
            #expect(result["freed_space"] == 0 && result["time_window"] == 2)
            #expect(bench.hasFile(manifest))
        }
    }

    @Test("passes over a blob that somebody touches between mark and sweep")
    func touched() async throws {
        try await JobBench.run { bench in
            try bench.age()
            let manifest = try bench.lab.sql(Self.retired)
            await bench.jobs.hold(.garbageCollection, at: .beforeSweep)
            try await bench.jobs.startCollection()
            try await bench.jobs.waitUntilHeld(.garbageCollection, at: .beforeSweep)
            try bench.lab.sql("UPDATE blob SET status = 'none', version = version + 1 WHERE digest = '\(manifest)'")
            await bench.jobs.release(.garbageCollection)
            try await bench.jobs.waitUntilIdle()
            #expect(bench.hasFile(manifest))
            #expect(try bench.lab.sql("SELECT status FROM blob WHERE digest = '\(manifest)'") == "none")
        }
    }

    @Test("stops between blobs, and what is deleted stays deleted")
    func stop() async throws {
        try await JobBench.run { bench in
            try bench.age()
            await bench.jobs.hold(.garbageCollection, at: .midSweep)
            let id = try await bench.jobs.startCollection()
            try await bench.jobs.waitUntilHeld(.garbageCollection, at: .midSweep)
            #expect(try await bench.call("PUT", "/system/gc/\(id)").status == 200)
            try await bench.jobs.waitUntilIdle()
            let history = try await bench.document("GET", "/system/gc/\(id)")
            #expect(history["job_status"]?.text == "Stopped" && history["job_kind"]?.text == "SCHEDULE")
            #expect(try bench.parameters(of: history)["purged_blobs"]?.integer ?? 0 > 0)
            #expect(try bench.lab.sql("SELECT count(*) FROM blob WHERE status = 'delete'") != "0")
            let log = try await bench.call("GET", "/system/gc/\(id)/log")
            #expect(String(decoding: log.body, as: UTF8.self).contains("blobs are marked"))
        }
    }

    @Test("marks what the storage refuses as deletefailed, and takes it another time")
    func deleteFailed() async throws {
        try await JobBench.run { bench in
            try bench.age()
            let manifest = try bench.lab.sql(Self.retired)
            await bench.jobs.change { $0.undeletableBlobs = [manifest] }
            #expect(try await bench.collect()["job_status"]?.text == "Success")
            #expect(try bench.lab.sql("SELECT status FROM blob WHERE digest = '\(manifest)'") == "deletefailed")
            await bench.jobs.change { $0.undeletableBlobs = [] }
            _ = try await bench.collect()
            #expect(!bench.hasFile(manifest))
        }
    }

    @Test("takes a needed blob when it has the fault of old versions")
    func wrongDeletion() async throws {
        try await JobBench.run { bench in
            let image = try #require(bench.lab.images(.plain).first)
            let layer = try #require(image.blobs.last)
            await bench.jobs.change { $0.wronglyDeletedBlobs = [layer] }
            _ = try await bench.collect()
            #expect(!bench.hasFile(layer) && bench.hasFile(image.digest))
            #expect(try bench.lab.sql("SELECT count(*) FROM artifact_blob WHERE digest_blob = '\(layer)'") != "0")
        }
    }

    @Test("fails before the sweep while the instance is read-only, and can say so only when it is writable again")
    func readOnly() async throws {
        try await JobBench.run { bench in
            try bench.age()
            let manifest = try bench.lab.sql(Self.retired)
            await bench.jobs.hold(.garbageCollection, at: .beforeSweep)
            let id = try await bench.jobs.startCollection()
            try await bench.jobs.waitUntilHeld(.garbageCollection, at: .beforeSweep)
            try bench.lab.sql("UPDATE properties SET v = 'true' WHERE k = 'read_only'")
            await bench.jobs.release(.garbageCollection)
            #expect(try await bench.document("GET", "/system/gc/\(id)")["job_status"]?.text == "Running")
            try bench.lab.sql("UPDATE properties SET v = 'false' WHERE k = 'read_only'")
            try await bench.jobs.waitUntilIdle()
            #expect(try await bench.document("GET", "/system/gc/\(id)")["job_status"]?.text == "Error")
            #expect(bench.hasFile(manifest))
            #expect(try bench.lab.sql("SELECT status FROM blob WHERE digest = '\(manifest)'") == "delete")
        }
    }

    @Test("refuses workers outside 1 to 10", arguments: ["0", "11", "\"2\"", "1.5"])
    func workers(_ number: String) async throws {
        try await JobBench.run { bench in
            let body = #"{"schedule":{"type":"Manual"},"parameters":{"workers":\#(number)}}"#
            await #expect(throws: StandInFailure.badRequest("the workers must be an integer from 1 to 10")) {
                try await bench.call("POST", "/system/gc/schedule", body: body)
            }
        }
    }

    @Test("has a schedule that can be replaced and removed, with the rows it lives by")
    func schedule() async throws {
        try await JobBench.run { bench in
            let companions = "SELECT count(*) FROM task t JOIN execution e ON e.id = t.execution_id WHERE e.vendor_type = 'SCHEDULER'"
            let before = try bench.lab.sql(companions)
            let body = #"{"schedule":{"type":"Custom","cron":"0 15 4 * * *"},"parameters":{"delete_untagged":true}}"#
            #expect(try await bench.call("PUT", "/system/gc/schedule", body: body).status == 200)
            let schedule = try await bench.document("GET", "/system/gc/schedule")
            #expect(schedule["schedule"]?["cron"] == "0 15 4 * * *" && schedule["parameters"]?["delete_untagged"] == true)
            #expect(try bench.lab.sql(companions) == before)
            _ = try await bench.call("PUT", "/system/gc/schedule", body: #"{"schedule":{"type":"None"}}"#)
            #expect(try await bench.call("GET", "/system/gc/schedule").body.isEmpty)
            #expect(try bench.lab.sql("SELECT count(*) FROM schedule WHERE vendor_type = 'GARBAGE_COLLECTION'") == "0")
        }
    }

    @Test("keeps the last fifty executions, the newest first")
    func history() async throws {
        try await JobBench.run { bench in
            try bench.lab.sql(
                """
                INSERT INTO execution (vendor_type, vendor_id, status, trigger, extra_attrs, start_time)
                SELECT 'GARBAGE_COLLECTION', -1, 'Success', 'SCHEDULE', '{}', now() - interval '1 day' * n FROM generate_series(2, 61) n
                """)
            let id = try await bench.collect()["id"]
            let page = try await bench.call("GET", "/system/gc?page_size=2")
            #expect(page.header("X-Total-Count") == "50")
            #expect(try JSONValue(parsing: page.body).array?.first?["id"] == id)
        }
    }
}
