import Foundation
import HarborAPI
import OCIImage
import Testing

@Suite("Harbor's answers become values", .timeLimit(.minutes(5)))
struct ValueTests {
    @Test(
        "times",
        arguments: [
            ("2026-07-01T12:00:00Z", 1_782_907_200.0), ("2026-07-01T12:00:00.5Z", 1_782_907_200.5),
            ("2026-07-01T12:00:00.123456789Z", 1_782_907_200.123456789), ("2026-07-01T14:00:00+02:00", 1_782_907_200),
            ("2024-02-29T23:59:59Z", 1_709_251_199), ("1969-12-31T23:59:59Z", -1), ("0001-01-01T00:00:00.000Z", nil), ("", nil),
        ] as [(String, Double?)])
    func times(_ text: String, _ seconds: Double?) async throws {
        let server = try RecordingServer { _ in .json(#"{"current_time":"\#(text)"}"#) }
        let time = try await client(server).systemInfo().currentTime?.timeIntervalSince1970
        #expect((time == nil) == (seconds == nil))
        #expect(abs((time ?? 0) - (seconds ?? 0)) < 0.000_001)
    }

    @Test("what is no time is an error", arguments: ["today", "2026-13-01T00:00:00Z", "2026-07-01T12:00:00", "2026-07-01T12:00:00.Z"])
    func noTimes(text: String) async throws {
        let server = try RecordingServer { _ in .json(#"{"current_time":"\#(text)"}"#) }
        #expect(try await harborError { _ = try await client(server).systemInfo() }.code == .unexpectedAnswer)
    }

    @Test("an artifact with all that it has")
    func artifact() async throws {
        let server = try RecordingServer { _ in .json("[\(ExercisedCall.artifact)]", total: 1) }
        let artifact = try #require(try await client(server).artifacts(in: Sample.repository()).first)
        #expect(artifact.pulled == nil && artifact.pushed != nil && artifact.references.isEmpty && artifact.labels == ["prod"])
        #expect(artifact.tags.map(\.name.description) == ["v1"] && artifact.tags.first?.isImmutable == true)
        let scan = try #require(artifact.scan)
        #expect(scan.status == .success && scan.severity == .high && scan.total == 3 && scan.fixable == 2)
        #expect(scan.counts == [.high: 1, .low: 2] && scan.scanner == "Trivy v0.72.0" && scan.reportID == "r-1")
    }

    @Test("a collection keeps its numbers and nothing of Redis")
    func collection() async throws {
        let server = try RecordingServer { _ in
            .json(
                #"""
                {"id":3,"job_status":"Frozen","job_kind":"SCHEDULE","creation_time":"0001-01-01T00:00:00.000Z",
                 "job_parameters":"{\"delete_untagged\":true,\"dry_run\":true,\"workers\":4,\"freed_space\":12345678901,\"purged_blobs\":7,\"purged_manifests\":2,\"redis_url_reg\":\"redis://:hunter2@redis/1\"}"}
                """#)
        }
        let run = try await client(server).collection(3)
        #expect(run.status == .other("Frozen") && !run.status.isFinal && run.kind == .schedule && run.created == nil)
        #expect(run.deletesUntagged && run.isDryRun && run.parameters.workers == 4)
        #expect(run.freedBytes == 12_345_678_901 && run.purgedBlobs == 7 && run.purgedManifests == 2)
        var shown = ""
        dump(run, to: &shown)
        #expect(!shown.contains("hunter2"))
    }

    @Test("parameters that cannot be read are not quoted")
    func brokenParameters() async throws {
        let server = try RecordingServer { _ in .json(#"{"id":3,"job_status":"Success","job_parameters":"{redis://:hunter2@"}"#) }
        let error = try await harborError { _ = try await client(server).collection(3) }
        #expect(error.code == .unexpectedAnswer)
        #expect(!"\(error) \(error.cause ?? "")".contains("hunter2"))
    }

    @Test("collections come newest first, and no more are asked for than Harbor gives")
    func collections() async throws {
        let server = try RecordingServer { _ in .json(#"[{"id":1,"job_status":"Success"},{"id":3,"job_status":"Running"}]"#, total: 2) }
        #expect(try await client(server).collections(limit: 5000).map(\.id) == [3, 1])
        #expect(server.requests.first?.query == ["page": "1", "page_size": "100", "sort": "-id"])
    }

    @Test(
        "nothing scheduled is no schedule",
        arguments: ["", "{}", #"{"schedule":null}"#, #"{"schedule":{"type":"None"}}"#, #"{"schedule":{"type":""}}"#])
    func noSchedule(body: String) async throws {
        let server = try RecordingServer { _ in .json(body) }
        #expect(try await client(server).collectionSchedule() == nil)
    }

    @Test("Harbor's words for states", arguments: ["Pending", "Scheduled", "Running", "Stopped", "Error", "Success"])
    func states(word: String) {
        #expect(JobStatus(word).description == word)
        #expect(JobStatus(word).isFinal == ["Stopped", "Error", "Success"].contains(word))
    }

    @Test("a scanner without a database says no time")
    func scanner() async throws {
        let server = try RecordingServer { request in
            request.number == 1
                ? .json(#"{"properties":{"harbor.scanner-adapter/vulnerability-database-updated-at":"2026-07-01T12:00:00.1234Z","x":"y"}}"#)
                : .json("{}")
        }
        let properties = try await client(server).scannerProperties("u")
        #expect(properties.databaseUpdated != nil && properties.databaseNextUpdate == nil && properties.all["x"] == "y")
        #expect(try await client(server).scannerProperties("u") == ScannerProperties(all: [:]))
    }

    @Test("a report in the older format is read as well, and one in no format is none")
    func report() async throws {
        let finding = #"{"id":"CVE-1","package":"ssl","version":"1","fix_version":"2","severity":"Sinister"}"#
        let older = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
        let server = try RecordingServer { request in
            request.number == 1 ? .json(#"{"\#(older)":{"severity":"Low","vulnerabilities":[\#(finding)]}}"#) : .json("{}")
        }
        let report = try #require(try await client(server).vulnerabilities(of: Sample.digest(), in: Sample.repository()))
        #expect(report.severity == .low && report.generated == nil)
        #expect(report.findings == [.init(id: "CVE-1", package: "ssl", version: "1", fixVersion: "2", severity: .unknown)])
        #expect(try await client(server).vulnerabilities(of: Sample.digest(), in: Sample.repository()) == nil)
    }
}
