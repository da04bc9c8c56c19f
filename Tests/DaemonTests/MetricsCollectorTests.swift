import Assembly
import Foundation
import JobEngine
import LabServers
import OpsMetrics
import Testing

@testable import Daemon

@Suite("The page of metrics")
struct MetricsCollectorTests {
    private static let harbor = "harbor: {url: https://registry.example.com, username: robot$opsd, password_file: harbor-password}"

    @Test("each reason of each job is counted from the start, and by its guard afterwards")
    func refusals() async throws {
        let host = try await WatchedHost(harbor: Self.harbor)
        var samples = try await host.samples()
        for reason in ["requires", "share", "pins_stale", "queue_paused", "other"] {
            #expect(samples["opsd_job_refusals_total{job=\"gc\",reason=\"\(reason)\"}"] == 0, "\(reason)")
        }
        #expect(samples["opsd_job_refusals_total{job=\"backup\",reason=\"precondition\"}"] == 0)
        #expect(samples["opsd_job_refusals_total{job=\"backup\",reason=\"pins_stale\"}"] == nil)
        #expect(samples["opsd_job_last_result{job=\"gc\",outcome=\"refused\"}"] == nil)
        for number in 1...3 { try host.end(number, "gc", .gc, .refused, reason: number < 3 ? "share" : nil) }
        try host.end(4, "gc", .gc, .refused, reason: "tomorrow")
        samples = try await host.samples()
        #expect(samples["opsd_job_refusals_total{job=\"gc\",reason=\"share\"}"] == 2)
        #expect(samples["opsd_job_refusals_total{job=\"gc\",reason=\"other\"}"] == 1)
        #expect(samples["opsd_job_refusals_total{job=\"gc\",reason=\"tomorrow\"}"] == 1)
        #expect(samples["opsd_job_last_result{job=\"gc\",outcome=\"refused\"}"] == 1)
        #expect(samples["opsd_job_last_result{job=\"gc\",outcome=\"succeeded\"}"] == 0)
        #expect(samples["opsd_job_deadline_seconds{job=\"gc\"}"] == 28_800)
    }

    @Test("a refused collection shows what it saw, and what the one before did")
    func collection() async throws {
        let host = try await WatchedHost(harbor: Self.harbor)
        #expect(try await host.samples().keys.filter { $0.hasPrefix("opsd_gc_") } == [])
        try host.end(
            1, "gc", .gc, .succeeded,
            numbers: ["candidates": 10, "candidate_bytes": 1_000, "freed_bytes": 900, "purged_blobs": 9, "delete_failed": 1, "trash": 4])
        try host.end(2, "gc", .gc, .refused, reason: "uncovered", numbers: ["candidates": 70, "candidate_bytes": 9_000, "uncovered": 6])
        let samples = try await host.samples()
        let expected: [String: Double] = [
            "candidates": 70, "candidate_bytes": 9_000, "uncovered_candidates": 6, "freed_bytes": 900, "purged_blobs": 9,
            "delete_failed_blobs": 1, "trash_artifacts": 4,
        ]
        for (name, value) in expected { #expect(samples["opsd_gc_\(name){job=\"gc\"}"] == value, "\(name)") }
        #expect(samples["opsd_gc_deleted_needed_blobs{job=\"gc\"}"] == nil)
    }

    @Test("retention, rescan and the check of images in use tell theirs")
    func others() async throws {
        let host = try await WatchedHost(harbor: Self.harbor)
        try host.end(1, "retention", .retention, .succeeded, numbers: ["candidates": 500, "removals": 20, "kept_pinned": 3, "pins": 8])
        try host.end(2, "rescan", .rescan, .partial, numbers: ["images": 400, "never_scanned": 2, "critical": 7, "scanned": 30])
        try host.end(3, "pin-check", .pinCheck, .partial, numbers: ["pins": 9, "pins_missing": 1, "pins_denied": 0])
        let samples = try await host.samples()
        #expect(samples["opsd_retention_removals{job=\"retention\"}"] == 20)
        #expect(samples["opsd_retention_removed_artifacts{job=\"retention\"}"] == 0)
        #expect(samples["opsd_pins{job=\"retention\"}"] == 8 && samples["opsd_pins{job=\"pin-check\"}"] == 9)
        #expect(samples["opsd_pins_missing{job=\"pin-check\"}"] == 1 && samples["opsd_pins_denied{job=\"pin-check\"}"] == 0)
        #expect(samples["opsd_scan_never_scanned{job=\"rescan\"}"] == 2 && samples["opsd_scan_critical{job=\"rescan\"}"] == 7)
    }

    @Test("what the newest look at Harbor found is there, and what it could not learn is not")
    func look() async throws {
        let host = try await WatchedHost(harbor: Self.harbor)
        let isOfHarbor = { (name: String) in name.contains(/^opsd_(harbor|scanner|gc_queue|unprotected)/) }
        #expect(try await host.samples().keys.filter(isOfHarbor) == [])
        var facts = HarborFacts()
        host.state.saw(DaemonState.Look(harbor: facts, unprotectedArtifacts: nil))
        #expect(try await host.samples().filter { isOfHarbor($0.key) } == ["opsd_harbor_up": 0])
        facts.isUp = true
        facts.isHealthy = true
        facts.acceptsAccount = true
        facts.isReadOnly = false
        facts.space = HarborFacts.Space(total: 1_000, free: 40)
        facts.isCollectionQueuePaused = true
        facts.isScannerHealthy = false
        facts.scannerDatabase = Date(timeIntervalSince1970: 1_790_000_000)
        host.state.saw(DaemonState.Look(harbor: facts, unprotectedArtifacts: 12))
        #expect(
            try await host.samples().filter { isOfHarbor($0.key) } == [
                "opsd_harbor_up": 1, "opsd_harbor_healthy": 1, "opsd_harbor_account_accepted": 1, "opsd_harbor_read_only": 0,
                "opsd_harbor_volume_total_bytes": 1_000, "opsd_harbor_volume_free_bytes": 40, "opsd_gc_queue_paused": 1,
                "opsd_scanner_healthy": 0, "opsd_scanner_database_timestamp_seconds": 1_790_000_000, "opsd_unprotected_artifacts": 12,
            ])
    }

    @Test("a hold is told since its beginning, and no longer than it lasts")
    func hold() async throws {
        let host = try await WatchedHost()
        let run = RunID(startingAt: WatchedHost.now)
        let since = WatchedHost.now.addingTimeInterval(-3600)
        try host.journal.commit([.holdTaken(Hold(name: "gc", run: run, since: since))])
        #expect(try await host.samples()["opsd_gc_hold_since_timestamp_seconds"] == since.timeIntervalSince1970)
        try host.journal.commit([.holdReleased(name: "gc", run: run)])
        #expect(try await host.samples()["opsd_gc_hold_since_timestamp_seconds"] == nil)
    }

    @Test("promtool finds nothing to complain about (skipped where promtool is absent)", .enabled(if: Program.find("promtool") != nil))
    func promtool() async throws {
        let host = try await WatchedHost(harbor: Self.harbor)
        for (number, kind) in [JobKind.backup, .gc, .retention, .rescan, .pinCheck].enumerated() {
            let names = JobNumber.all(of: kind).map(\.name)
            try host.end(
                number, kind.rawValue, kind, .succeeded, numbers: Dictionary(names.map { ($0, 1) }, uniquingKeysWith: { first, _ in first })
            )
        }
        let collector = MetricsCollector(state: host.state, engine: host.engine, journal: host.journal, wallclock: SystemWallClock())
        let result = try Program.run("promtool", ["check", "metrics"], input: Array(try await collector.text().utf8))
        #expect(result.status == 0 && result.output == "" && result.errors == "")
    }
}
