import ControlProtocol
import Foundation
import JobEngine

/// Runs for people.
enum RunsText {
    /// One line a run.
    static func list(_ runs: [RunSummary]) -> String {
        guard !runs.isEmpty else { return "no runs\n" }
        var table = Table("RUN", "JOB", "STATE", "WHY", "STARTED", "TOOK")
        for run in runs {
            table.add(
                run.id, run.job, state(run), run.trigger.replacing("_", with: " "), run.started.map(HumanText.time) ?? "never",
                run.seconds.map(HumanText.seconds) ?? "-")
        }
        return table.text
    }

    /// An outcome, loud where it is not a good one.
    static func outcome(_ word: String) -> String {
        switch RunOutcome(rawValue: word) {
        case .succeeded, .skipped, nil: word
        case .partial, .failed, .refused, .interrupted, .missed: word.uppercased()
        }
    }

    private static func state(_ run: RunSummary) -> String { run.outcome.map(outcome) ?? run.state }

    /// Everything about one run.
    static func whole(_ document: RunDocument) -> String {
        var parts = [facts(document)]
        if !document.report.phases.isEmpty { parts.append(phases(document.report.phases)) }
        if !document.report.numbers.isEmpty {
            var table = Table("NUMBER", "VALUE")
            for (name, value) in document.report.numbers.sorted(by: { $0.key < $1.key }) { table.add(name, "\(value)") }
            parts.append(table.text)
        }
        if !document.report.findings.isEmpty {
            let lines = document.report.findings.map { finding in
                "  \(finding.severity == .warning ? "WARNING" : "remark") \(finding.code): \(finding.message)\n"
            }
            parts.append("FINDINGS\n" + lines.joined())
        }
        if !document.log.isEmpty {
            parts.append("LOG\n" + document.log.map { "  \(HumanText.time($0.time)) \($0.level) \($0.text)\n" }.joined())
        }
        return parts.joined(separator: "\n")
    }

    private static func facts(_ document: RunDocument) -> String {
        let run = document.run
        var rows: [(String, String?)] = [
            ("run", run.id), ("job", run.kind == run.job ? run.job : "\(run.job), a \(run.kind)"), ("vault", run.vault),
            ("state", [state(run), run.phase ?? run.waitingFor].compactMap { $0 }.joined(separator: ": ")), ("why it ran", origin(run)),
            ("attempt", run.attempt > 1 ? "\(run.attempt)" : nil), ("follows", run.retryOf), ("admitted", HumanText.time(run.admitted)),
            ("started", run.started.map(HumanText.time) ?? "never"), ("finished", run.finished.map(HumanText.time)),
            ("took", run.seconds.map(HumanText.seconds)), ("exit code", run.exitCode.map { "\($0)" }), ("failure", run.failure),
            ("refused by", run.reason),
            ("recovery point", document.report.recoveryPoint.map(HumanText.time)),
        ]
        rows += document.report.snapshots.sorted { $0.key < $1.key }.map { ("snapshot", "\($0.value) in vault '\($0.key)'") }
        return rows.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : name + String(repeating: " ", count: max(1, 16 - name.count)) + "\($0)\n" }
        }.joined()
    }

    private static func origin(_ run: RunSummary) -> String {
        var text = run.trigger.replacing("_", with: " ")
        if let time = run.scheduledFor { text += " of \(HumanText.time(time))" }
        if let uid = run.requestedByUid { text += ", asked for by \(run.requestedBy.map { "\($0) (uid \(uid))" } ?? "uid \(uid)")" }
        return text
    }

    private static func phases(_ phases: [PhaseReport]) -> String {
        var table = Table("PHASE", "TOOK", "BYTES", "ITEMS")
        for phase in phases {
            table.add(
                phase.name, HumanText.seconds(phase.seconds), phase.bytes > 0 ? HumanText.size(phase.bytes) : "-",
                phase.items > 0 ? "\(phase.items)" : "-")
        }
        return table.text
    }
}
