import Foundation
import HarborLab
import Testing

@testable import HarborStandIn

@Suite("scans", .enabled(if: HarborLab.available(), JobBench.skipReason))
struct ScanTests {
    private static func overview(_ bench: JobBench, _ image: LabImage, header: String? = nil) async throws -> JSONValue? {
        let id = try bench.lab.sql("SELECT id || ' ' || project_id FROM artifact WHERE digest = '\(image.digest)' ORDER BY id LIMIT 1")
        let numbers = id.split(separator: " ").compactMap { Int64($0) }
        let accepted = header ?? JobBench.acceptsTrivy["x-accept-vulnerabilities"]
        let json = try await bench.jobs.scanOverview(artifact: numbers[0], project: numbers[1], accepting: accepted)
        return try json.map { try JSONValue(parsing: $0) }?.object?.values.first
    }

    @Test("replace the old report, move the pull time and leave rows that SQL sees")
    func life() async throws {
        try await JobBench.run { bench in
            let image = try #require(bench.lab.images(.signed).first)
            let before = try #require(try await Self.overview(bench, image))
            #expect(before["scan_status"] == "Success" && before["summary"]?["summary"]?["High"] == 1)
            let finding = ScanFinding("CVE-2026-1", package: "zlib", fixedVersion: "2", severity: .critical)
            await bench.jobs.change { $0.findings[image.digest] = [finding] }
            await bench.jobs.hold(.imageScan)
            #expect(try await bench.call("POST", JobBench.path(image) + "/scan").status == 202)
            try await bench.jobs.waitUntilHeld(.imageScan)
            let running = try #require(try await Self.overview(bench, image))
            #expect(running["scan_status"] == "Running" && running["summary"] == nil && running["report_id"] != before["report_id"])
            await #expect(throws: StandInFailure.conflict("a previous scan process is not finished")) {
                try await bench.call("POST", JobBench.path(image) + "/scan")
            }
            await bench.jobs.release(.imageScan)
            try await bench.jobs.waitUntilIdle()
            let after = try #require(try await Self.overview(bench, image))
            #expect(after["scan_status"] == "Success" && after["severity"] == "Critical" && after["summary"]?["fixable"] == 1)
            let report = try await bench.document(
                "GET", JobBench.path(image) + "/additions/vulnerabilities", headers: JobBench.acceptsTrivy)
            let found = report.object?.values.first?["vulnerabilities"]?.array
            #expect(
                found?.count == 1 && found?.first?["id"] == "CVE-2026-1"
                    && found?.first?["artifact_digests"]?.array == [.text(image.digest)])
            #expect(
                try bench.lab.sql("SELECT pull_time > now() - interval '1 minute' FROM artifact WHERE digest = '\(image.digest)'") == "t")
            let log = try await bench.call("GET", JobBench.path(image) + "/scan/\(try #require(after["report_id"]?.text))/log")
            #expect(String(decoding: log.body, as: UTF8.self).contains("1 vulnerabilities"))
        }
    }

    @Test("show nothing to a reader who asks for another kind of report")
    func accepted() async throws {
        try await JobBench.run { bench in
            let image = try #require(bench.lab.images(.plain).first)
            #expect(try await Self.overview(bench, image, header: ScanReports.defaultMimeType) == nil)
            let both = ScanReports.defaultMimeType + ", " + ScanReports.mimeType
            #expect(try await Self.overview(bench, image, header: both) != nil)
            #expect(try await bench.document("GET", JobBench.path(image) + "/additions/vulnerabilities") == [:])
        }
    }

    @Test("lose the last good report when they fail, and find the same again")
    func failure() async throws {
        try await JobBench.run { bench in
            let image = try #require(bench.lab.images(.plain).first)
            let rows =
                "SELECT count(*) FROM report_vulnerability_record rv JOIN scan_report r ON r.uuid = rv.report_uuid WHERE r.digest = '\(image.digest)'"
            let before = try bench.lab.sql(rows)
            await bench.jobs.change { $0.failingScans = 1 }
            _ = try await bench.call("POST", JobBench.path(image) + "/scan")
            try await bench.jobs.waitUntilIdle()
            #expect(try await Self.overview(bench, image)?["scan_status"] == "Error")
            #expect(try bench.lab.sql(rows) == "0")
            _ = try await bench.call("POST", JobBench.path(image) + "/scan")
            try await bench.jobs.waitUntilIdle()
            #expect(try bench.lab.sql(rows) == before && before != "0")
        }
    }

    @Test("take the children of an index, and leave pull times alone when told to")
    func index() async throws {
        try await JobBench.run { bench in
            let image = try #require(bench.lab.images(.index).first)
            try bench.lab.sql("INSERT INTO properties (k, v) VALUES ('scanner_skip_update_pulltime', 'true')")
            _ = try await bench.call("POST", JobBench.path(image) + "/scan")
            try await bench.jobs.waitUntilIdle()
            let overview = try #require(try await Self.overview(bench, image))
            #expect(overview["scan_status"] == "Success" && overview["summary"]?["total"] == 4 && overview["complete_percent"] == 100)
            #expect(try bench.lab.sql("SELECT count(*) FROM artifact WHERE pull_time > '2000-01-01'") == "0")
        }
    }

    @Test("are refused without a scanner that is there and takes the artifact")
    func refused() async throws {
        try await JobBench.run { bench in
            let image = try #require(bench.lab.images(.plain).first)
            let chart = try #require(bench.lab.images(.artifact).first)
            func status(_ image: LabImage) async throws -> Int {
                do { return try await bench.call("POST", JobBench.path(image) + "/scan").status } catch let failure as StandInFailure {
                    return failure.status
                }
            }
            #expect(try await status(chart) == 400)
            await bench.jobs.change { $0.isScannerHealthy = false }
            #expect(try await status(image) == 400)
            #expect(try await bench.document("GET", "/scanners").array?.first?["health"] == "unhealthy")
            await bench.jobs.change { $0.isScannerHealthy = true }
            try bench.lab.sql("UPDATE scanner_registration SET disabled = true")
            #expect(try await status(image) == 412)
        }
    }

    @Test("of everything count what they did, and stop")
    func all() async throws {
        try await JobBench.run { bench in
            await bench.jobs.hold(.imageScan)
            let body = #"{"schedule":{"type":"Manual"}}"#
            #expect(try await bench.call("POST", "/system/scanAll/schedule", body: body).status == 201)
            let ongoing = try await bench.document("GET", "/scans/all/metrics")
            #expect(ongoing["ongoing"] == true && ongoing["completed"] == 0 && ongoing["trigger"] == "Manual")
            await #expect(throws: StandInFailure.self) { try await bench.call("POST", "/system/scanAll/schedule", body: body) }
            #expect(try await bench.call("POST", "/system/scanAll/stop").status == 202)
            try await bench.jobs.waitUntilIdle()
            let stopped = try await bench.document("GET", "/scans/all/metrics")
            #expect(stopped["ongoing"] == false && stopped["metrics"]?["Stopped"] == stopped["total"])
            await bench.jobs.release(.imageScan)
            try await bench.jobs.startScanAll(trigger: .schedule)
            try await bench.jobs.waitUntilIdle()
            let done = try await bench.document("GET", "/scans/schedule/metrics")
            #expect(done["metrics"]?["Success"] == done["total"] && done["total"]?.integer ?? 0 > 5 && done["trigger"] == "Schedule")
        }
    }

    @Test("say how old the database is, unless the scanner does not know")
    func databaseAge() async throws {
        try await JobBench.run { bench in
            let path = "/scanners/5c7f0fd1-23d4-4d5c-9d4c-0242ac120002/metadata"
            await bench.jobs.change { $0.scannerProperties?[ScannerProperty.databaseUpdatedAt] = "2026-02-03T04:05:06Z" }
            let told = try await bench.document("GET", path)
            #expect(told["properties"]?[ScannerProperty.databaseUpdatedAt] == "2026-02-03T04:05:06Z")
            await bench.jobs.change { $0.scannerProperties = nil }
            #expect(try await bench.document("GET", path)["properties"] == [:])
        }
    }
}
