import Foundation
import JobEngine
import Testing

@Suite("the report of a run")
struct RunReportTests {
    private static let started = Date(timeIntervalSince1970: 1_767_225_600)

    private func sample() -> RunReport {
        var report = RunReport(run: RunID(startingAt: Self.started), job: "nightly", kind: "backup", started: Self.started)
        report.outcome = .partial
        report.finished = Self.started.addingTimeInterval(61)
        report.phases = [PhaseReport(name: "blobs", seconds: 12.5, bytes: 1 << 40, items: 3)]
        report.numbers = ["new_blobs": 3, "new_bytes": 1 << 40]
        report.findings = [Finding(.warning, "broken_at_source_missing", "sha256:... is missing")]
        report.snapshots = ["main": "20260101T000000Z-00000001", "off_site": "20260101T000000Z-00000001"]
        report.recoveryPoint = Self.started
        return report
    }

    private func encode(_ report: RunReport) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(report)
    }

    @Test("its JSON has snake-case keys, RFC 3339 times, words for outcomes, and names of numbers and vaults as they are")
    func keys() throws {
        let object = try #require(try JSONSerialization.jsonObject(with: encode(sample())) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "run", "job", "kind", "outcome", "started", "finished", "phases", "numbers", "findings", "snapshots", "recovery_point",
            ])
        #expect(object["outcome"] as? String == "partial")
        #expect(object["started"] as? String == "2026-01-01T00:00:00Z")
        #expect(object["finished"] as? String == "2026-01-01T00:01:01Z")
        #expect(object["recovery_point"] as? String == "2026-01-01T00:00:00Z")
        #expect((object["run"] as? String)?.hasPrefix("20260101T000000Z-") == true)
        #expect((object["numbers"] as? [String: Int])?["new_bytes"] == 1 << 40)
        #expect((object["snapshots"] as? [String: String])?.keys.sorted() == ["main", "off_site"])
        let finding = try #require((object["findings"] as? [[String: String]])?.first)
        #expect(finding == ["severity": "warning", "code": "broken_at_source_missing", "message": "sha256:... is missing"])
    }

    @Test("its JSON reads back as the same report")
    func roundTrip() throws {
        let first = try encode(sample())
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        let again = try decoder.decode(RunReport.self, from: first)
        #expect(again.outcome == .partial && again.recoveryPoint == Self.started)
        #expect(again.phases == sample().phases && again.findings == sample().findings)
        #expect(again.finished.timeIntervalSince(again.started) == 61)
        #expect(try encode(again) == first)
    }

    @Test("a run that has just started counts as failed until it says otherwise, and has no recovery point")
    func fresh() throws {
        let report = RunReport(run: RunID(startingAt: Self.started), job: "backup", kind: "backup", started: Self.started)
        #expect(report.outcome == .failed && report.recoveryPoint == nil && report.snapshots.isEmpty)
        let object = try #require(try JSONSerialization.jsonObject(with: encode(report)) as? [String: Any])
        #expect(object["recovery_point"] == nil)
    }
}

@Suite("the outcome of a run")
struct RunOutcomeTests {
    @Test(
        "each outcome has the exit code that the help promises",
        arguments: [
            (RunOutcome.succeeded, Int32(0)), (.failed, 1), (.interrupted, 1), (.missed, 1), (.partial, 2), (.refused, 3), (.skipped, 75),
        ])
    func exitCode(outcome: RunOutcome, code: Int32) {
        #expect(outcome.exitCode == code)
    }

    @Test("only success ends with 0")
    func onlySuccess() {
        #expect(RunOutcome.allCases.filter { $0.exitCode == 0 } == [.succeeded])
        #expect(RunOutcome.allCases.count == 7)
    }
}
