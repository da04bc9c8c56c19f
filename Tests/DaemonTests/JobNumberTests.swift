import Foundation
import JobEngine
import OpsMetrics
import Testing

@testable import Daemon

@Suite("Numbers of runs as metrics")
struct JobNumberTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("each number is one that the job's sources write", arguments: JobKind.allCases)
    func written(_ kind: JobKind) throws {
        let folders: [String] =
            switch kind {
            case .backup: ["Jobs/Backup"]
            case .gc: ["Upkeep/Collection"]
            case .retention: ["Upkeep/Retention"]
            case .rescan: ["Upkeep/Rescan"]
            case .pinCheck: ["Upkeep/Retention/PinCheckJob.swift", "Upkeep/Pins"]
            case .restoreDrill, .verify, .prune, .audit: []
            }
        let source = try folders.map { try Self.text(below: "Sources/Operations/\($0)") }.joined()
        for number in JobNumber.all(of: kind) { #expect(source.contains("\"\(number.name)\""), "\(kind.rawValue): \(number.name)") }
    }

    @Test("each metric of what runs tell is shown by some job, once for each kind")
    func shown() {
        let shown = JobKind.allCases.flatMap { kind in
            let names = JobNumber.all(of: kind).map(\.metric.name)
            #expect(Set(names).count == names.count, "\(kind.rawValue)")
            return names
        }
        let declared = Metric.all.filter { $0.labels == ["job"] && !$0.name.hasPrefix("opsd_job_") }.map(\.name)
        #expect(declared.count > 40)
        #expect(Set(shown) == Set(declared))
    }

    @Test("what a run did is of the newest that did its work, what it saw of the newest that looked")
    func sources() throws {
        let numbers = JobNumber.all(of: .gc)
        let freed = try #require(numbers.first { $0.name == "freed_bytes" })
        let candidates = try #require(numbers.first { $0.name == "candidates" })
        var summary = JobSummary(job: "gc")
        #expect(freed.value(in: summary) == nil && candidates.value(in: summary) == nil)
        summary.latestNumbers = ["candidates": 90, "freed_bytes": 1]
        #expect(freed.value(in: summary) == nil && candidates.value(in: summary) == 90)
        summary.lastNumbers = ["candidates": 10]
        #expect(freed.value(in: summary) == 0 && candidates.value(in: summary) == 90)
        summary.lastNumbers["freed_bytes"] = 7
        #expect(freed.value(in: summary) == 7)
    }

    /// All Swift files below a folder, or one file.
    private static func text(below path: String) throws -> String {
        let place = root.appending(path: path).resolvingSymlinksInPath()
        guard !path.hasSuffix(".swift") else { return try String(contentsOf: place, encoding: .utf8) }
        return try FileManager.default.subpathsOfDirectory(atPath: place.path()).filter { $0.hasSuffix(".swift") }
            .map { try String(contentsOf: place.appending(path: $0), encoding: .utf8) }.joined()
    }
}
