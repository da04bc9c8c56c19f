import Foundation
import LabServers
import OpsMetrics
import Testing

@Suite("The metrics of opsd")
struct MetricDeclarationsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("names are those that dashboards and alerts are built on")
    func names() {
        let promised = """
            opsd_build_info opsd_job_runs_total opsd_job_running opsd_job_last_start_timestamp_seconds opsd_job_last_success_timestamp_seconds
            opsd_job_last_duration_seconds opsd_job_next_run_timestamp_seconds opsd_job_expected_interval_seconds opsd_job_missed_runs_total
            opsd_job_paused opsd_recovery_point_timestamp_seconds opsd_rpo_seconds opsd_rpo_objective_seconds opsd_rto_seconds
            opsd_rto_objective_seconds opsd_drill_last_success_timestamp_seconds opsd_unprotected_artifacts opsd_source_broken_blobs
            opsd_vault_snapshots opsd_vault_objects opsd_vault_bytes opsd_vault_oldest_unverified_timestamp_seconds opsd_vault_chain_sequence
            opsd_gc_hold_since_timestamp_seconds opsd_backup_new_blobs opsd_backup_new_bytes opsd_backup_read_bytes opsd_backup_written_bytes
            opsd_job_last_result opsd_job_refusals_total opsd_job_deadline_seconds opsd_gc_candidates opsd_gc_freed_bytes
            opsd_gc_delete_failed_blobs opsd_gc_trash_artifacts opsd_gc_queue_paused opsd_retention_candidates
            opsd_retention_removed_artifacts opsd_pins opsd_pins_missing opsd_scan_never_scanned opsd_scan_stale_reports
            opsd_scanner_healthy opsd_scanner_database_timestamp_seconds opsd_harbor_up opsd_harbor_read_only
            opsd_harbor_volume_free_bytes opsd_harbor_volume_total_bytes
            """
        let names = Set(Metric.all.map(\.name))
        #expect(promised.split(whereSeparator: \.isWhitespace).map(String.init).filter { !names.contains($0) } == [])
    }

    @Test("each declaration is in the list, once")
    func complete() throws {
        let source = try String(
            contentsOf: Self.root.appending(path: "Sources/App/OpsMetrics/Metric+Declared.swift"), encoding: .utf8)
        let declared = source.matches(of: /static let (\w+) = Metric\(\s*"(opsd_\w+)"/).map { String($0.output.2) }
        #expect(declared.count > 30)
        #expect(declared == Metric.all.map(\.name))
        #expect(Set(declared).count == declared.count)
    }

    @Test("no other file declares a metric")
    func oneFile() throws {
        let sources = Self.root.appending(path: "Sources").resolvingSymlinksInPath()
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path()).filter { $0.hasSuffix(".swift") }
        #expect(files.contains("App/OpsMetrics/Metric+Declared.swift"))
        for file in files where !file.hasSuffix("OpsMetrics/Metric+Declared.swift") {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            #expect(!text.contains(/\bMetric\(\s*"/), "\(file)")
        }
    }

    @Test("names, kinds, labels and help follow the rules", arguments: Metric.all)
    func rules(_ metric: Metric) {
        #expect(metric.name.wholeMatch(of: /opsd(_[a-z]+)+/) != nil)
        #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"))
        #expect((metric.kind == .info) == metric.name.hasSuffix("_info"))
        // Labels whose values come from the configuration or from a closed list; never a path, a digest or an error.
        #expect(Set(metric.labels).isSubset(of: ["job", "kind", "outcome", "phase", "reason", "vault", "version"]))
        #expect(Set(metric.labels).count == metric.labels.count)
        #expect(metric.help.hasSuffix(".") && metric.help.count > 10 && !metric.help.contains("\n"))
        // `job` and `instance` of the scrape would hide ours otherwise: what is about a job says which.
        let ofJobs = metric.name.contains(/^opsd_(job|backup|gc|retention|pins|scan)(_|$)/)
        let ofHarbor = metric.name.hasPrefix("opsd_gc_hold_") || metric.name == "opsd_gc_queue_paused"
        #expect((ofJobs && !ofHarbor) == metric.labels.contains("job"))
    }

    @Test("the page of the module lists exactly these metrics")
    func page() throws {
        let page = try String(
            contentsOf: Self.root.appending(path: "Sources/App/OpsMetrics/OpsMetrics.docc/OpsMetrics.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `opsd_") }.map { row in
            row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
        let expected = Metric.all.map { metric in
            ["`\(metric.name)`", metric.kind.rawValue, metric.labels.map { "`\($0)`" }.joined(separator: " "), metric.help]
        }
        #expect(rows == expected)
    }

    @Test(
        "promtool finds nothing to complain about in a full page (skipped where promtool is absent)",
        .enabled(if: Program.find("promtool") != nil))
    func promtool() throws {
        var page = MetricsPage()
        for (number, metric) in Metric.all.enumerated() {
            for job in ["backup", "a \"quoted\" one", "back\\slash", "line\nfeed", "Prüfung"] {
                page.set(metric, labelValues: metric.labels.map { _ in job }, to: Double(number) * 1e9 + 0.1)
            }
        }
        page.set(.rpo, "nan", to: .nan)
        page.set(.rpo, "infinite", to: .infinity)
        page.set(.rpo, "large", to: .greatestFiniteMagnitude)
        let result = try Program.run("promtool", ["check", "metrics"], input: Array(page.text.utf8))
        #expect(result.status == 0 && result.output == "" && result.errors == "")
        let control = try Program.run("promtool", ["check", "metrics"], input: Array("opsd_runs_total{job=\"a\"b\"} 1\n".utf8))
        #expect(control.status != 0)
    }
}
