import Foundation
import LabServers
import OpsMetrics
import Testing

@Suite("Alert rules")
struct AlertRulesTests {
    private static let folder = OperationsFiles.root.appending(path: "etc/prometheus").path()

    @Test("the alerts that operators count on are there")
    func present() throws {
        let names = try OperationsFiles.alerts().map(\.name)
        let promised = [
            "OpsdBackupOverdue", "OpsdRPOObjectiveBroken", "OpsdRunFailed", "OpsdRunPartial", "OpsdDown", "OpsdRunsMissed",
            "OpsdJobPausedTooLong",
            "OpsdReloadFailed", "OpsdVaultUnverifiedTooLong", "OpsdSchedulerStuck", "OpsdSourceBroken",
            "OpsdHarborDown", "OpsdHarborReadOnly", "OpsdHarborVolumeLow", "OpsdGCHeldTooLong", "OpsdGCQueuePausedTooLong",
            "OpsdGCDeletedNeeded", "OpsdGCDeleteFailed", "OpsdPinsMissing", "OpsdPinsUnusable", "OpsdScannerUnhealthy",
            "OpsdScannerDatabaseOld", "OpsdScanReportsStale",
        ]
        #expect(promised.filter { !names.contains($0) } == [])
        #expect(Set(names).count == names.count)
    }

    @Test("each alert has severity, patience, summary and description")
    func complete() throws {
        for alert in try OperationsFiles.alerts() {
            #expect(["{severity: critical}", "{severity: warning}"].contains(alert.value(of: "labels")), "\(alert.name)")
            for key in ["expr", "for", "annotations", "summary", "description", "runbook"] {
                #expect(alert.value(of: key) != nil, "\(alert.name) lacks \(key)")
            }
        }
    }

    @Test("the rules and their tests use only metrics that are declared, and only labels that these have")
    func metrics() throws {
        let declared = Dictionary(uniqueKeysWithValues: Metric.all.map { ($0.name, Set($0.labels)) })
        for file in try OperationsFiles.names(in: "etc/prometheus", endingWith: ".yml") {
            let found = try OperationsFiles.text("etc/prometheus/\(file)").matches(of: /\b(opsd_\w+)(?:\{([^}]*)\})?/)
            #expect(found.count > 10)
            for match in found {
                let name = String(match.output.1)
                let labels = Set((match.output.2 ?? "").matches(of: /(\w+)\s*[=!]/).map { String($0.output.1) })
                let own = try #require(declared[name], "\(file): \(name) is not declared")
                // A scrape adds `instance` and, where the metric has none of its own, `job`.
                #expect(labels.subtracting(own).subtracting(["instance", "job"]) == [], "\(file): \(match.output.0)")
            }
        }
    }

    @Test("the tests of each rule file let every alert fire and stay silent")
    func covered() throws {
        for file in try OperationsFiles.names(in: "etc/prometheus", endingWith: ".rules.yml") {
            let tests = try OperationsFiles.text("etc/prometheus/\(file.dropLast(4)).test.yml")
            #expect(tests.contains("rule_files: [\(file)]"))
            let cases = tests.split(separator: "eval_time:").dropFirst().compactMap { text -> (name: String, isSilent: Bool)? in
                text.firstMatch(of: /alertname: (\w+)/).map { (String($0.output.1), text.contains("exp_alerts: []")) }
            }
            for alert in AlertRule.all(in: try OperationsFiles.text("etc/prometheus/\(file)")) {
                #expect(cases.contains { $0.name == alert.name && !$0.isSilent }, "\(alert.name) never fires")
                #expect(cases.contains { $0.name == alert.name && $0.isSilent }, "\(alert.name) is never silent")
            }
        }
    }

    @Test("promtool accepts the rules (skipped where promtool is absent)", .enabled(if: Program.find("promtool") != nil))
    func check() throws {
        for file in try OperationsFiles.names(in: "etc/prometheus", endingWith: ".rules.yml") {
            let result = try Program.run("promtool", ["check", "rules", file], folder: Self.folder)
            #expect(result.status == 0 && result.output.contains("SUCCESS") && result.errors == "", "\(result.output)\(result.errors)")
        }
    }

    @Test(
        "promtool sees every alert fire and stay silent where it should (skipped where promtool is absent)",
        .enabled(if: Program.find("promtool") != nil))
    func fire() throws {
        for file in try OperationsFiles.names(in: "etc/prometheus", endingWith: ".rules.test.yml") {
            let result = try Program.run("promtool", ["test", "rules", file], folder: Self.folder)
            #expect(result.status == 0, "\(result.output)\(result.errors)")
        }
    }

    @Test(
        "promtool notices rules that were bent (skipped where promtool is absent)", .enabled(if: Program.find("promtool") != nil),
        arguments: [
            ("> 300\n", "> 3000\n"), ("unless opsd_job_paused == 1\n", "\n"), ("[1h] offset 1d) == 1", "[1h]) == 1"),
            ("failed|interrupted", "failed"), ("or opsd_job_known_since_timestamp_seconds\n", "\n"),
            (#"job_info{kind!="backup"}"#, #"job_info{kind=""}"#),
            ("max without (vault)", "min without (vault)"), ("[7d] offset 6h) > 0", "[7d] offset 6h) > 99"),
            ("critical", "warning"), ("summary: a run of", "summary: some run of"),
            (#"opsd_job_info{kind="backup"})\#n            or max"#, #"opsd_job_info)\#n            or max"#),
            ("unless on (instance) opsd_gc_hold_since_timestamp_seconds\n", "\n"), ("* 3600) < 0\n", "* 3600) < 1e9\n"),
            ("_total_bytes < 0.2", "_total_bytes < 2"), ("max_over_time(opsd_gc_deleted_needed_blobs[1d])", "opsd_gc_deleted_needed_blobs"),
            ("opsd_pins_missing > 0 or", "opsd_pins_missing > 1 and"), (#"reason=~"pins_.+""#, #"reason!="""#),
            ("min_over_time((opsd_scan", "max_over_time((opsd_scan"), ("for: 30m", "for: 0m"),
        ])
    func bent(_ sound: String, _ bent: String) throws {
        let rules = try OperationsFiles.text("etc/prometheus/opsd.rules.yml")
        let changed = rules.replacing(sound, with: bent)
        #expect(changed != rules)
        let folder = try TemporaryFolder()
        try changed.write(toFile: folder.file("opsd.rules.yml"), atomically: false, encoding: .utf8)
        let tests = try OperationsFiles.text("etc/prometheus/opsd.rules.test.yml")
        try tests.write(toFile: folder.file("opsd.rules.test.yml"), atomically: false, encoding: .utf8)
        let result = try Program.run("promtool", ["test", "rules", "opsd.rules.test.yml"], folder: folder.path)
        #expect(result.status != 0)
        #expect((result.output + result.errors).contains("FAILED"))
    }
}
