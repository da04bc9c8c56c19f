import Foundation
import HarborDatabase
import JobEngine
import OCIImage
import Synchronization

extension RescanJob {
    /// Images that one finding names at most.
    private static let namedImages = 20

    /// Compares what is known now with what was known before, and tells it.
    func report(_ plan: Plan, _ outcome: ScanWave.Outcome, _ recorder: RunRecorder) async throws {
        let results = outcome.results
        recorder.add("left_over", Int64(plan.order.due - results.reduce(0) { $0 + $1.target.copies }))
        tellEnds(results, recorder)
        if case .queue(let state) = outcome.stop {
            recorder.note(
                Finding(
                    .warning, "queue_full",
                    "Harbor's queue of scans \(state), for \(Int64(settings.stuckAfter.seconds)) s: no further scan was begun. Hint: see what Harbor is busy with, or raise 'max_queue'"
                ))
        }
        let wanted = Set(results.map(\.target.state.artifact))
        let tally = try await access.withSnapshot { database, now in
            let order = RescanOrder(now: now, reportAge: settings.reportAge, stuckAfter: settings.stuckAfter, limit: 0)
            let tally = Mutex(
                ScanTally(
                    order: order, projects: plan.projects.wanted, pinned: plan.pinned, wanted: wanted, named: Self.namedImages))
            try await database.scanStates { state in tally.withLock { $0.add(state) } }
            return tally.withLock { $0 }
        }
        count(tally, recorder)
        let news = results.compactMap { ScanNews($0, after: tally.scanned[$0.target.state.artifact]) }
        tellNews(news, recorder)
        tellVanished(news, recorder)
    }

    private func count(_ tally: ScanTally, _ recorder: RunRecorder) {
        recorder.add("images", Int64(tally.order.images))
        recorder.add("never_scanned", Int64(tally.order.neverScanned))
        recorder.add("stale_reports", Int64(tally.order.stale))
        recorder.add("without_report", Int64(tally.order.failed + tally.order.overdue))
        recorder.add("critical", tally.critical)
        recorder.add("high", tally.high)
        recorder.add("fixable", tally.fixable)
        recorder.add("pinned_affected", tally.affectedCount)
        guard tally.affectedCount > 0 else { return }
        let names = tally.affected.map { "\($0.title) (\($0.critical ?? 0) critical, \($0.high ?? 0) high, \($0.fixable ?? 0) with a fix)" }
        recorder.note(
            Finding(
                .remark, "pinned_affected",
                "running images with critical vulnerabilities: \(Self.list(names, of: Int(tally.affectedCount)))"))
    }

    private func tellEnds(_ results: [ScanResult], _ recorder: RunRecorder) {
        func note(_ severity: Finding.Severity, _ code: String, _ found: [ScanResult], _ text: (String) -> String) {
            guard !found.isEmpty else { return }
            recorder.note(Finding(severity, code, text(Self.list(found.map(\.target.state.title)))))
        }
        note(.warning, "scan_stuck", results.filter(\.end.isStuck)) {
            "scans took longer than \(Int64(settings.stuckAfter.seconds)) s and were told to stop: \($0). Hint: look at the scanner's log, then at Harbor's queue IMAGE_SCAN"
        }
        note(.warning, "scan_not_stopped", results.filter { $0.end == .stuck(hasEnded: false) }) {
            "scans did not stop: \($0). Hint: stop them in Harbor, or restart its job service"
        }
        note(.warning, "report_lost", results.filter(\.lostReport)) {
            "images had a report and have none now, since their scan failed or was stopped: \($0). Where a project blocks vulnerable images they cannot be pulled until a scan succeeds. Hint: scan them again in Harbor and read the scan's log"
        }
        note(.warning, "scan_failed", results.filter { $0.end == .failed && !$0.lostReport }) {
            "scans failed of images that had no report before: \($0). Hint: read the scan's log in Harbor"
        }
        note(.remark, "scan_stopped", results.filter { $0.end == .stopped }) { "somebody stopped the scans of \($0)" }
        note(.remark, "unscannable", results.filter { $0.end == .unscannable }) { "Harbor's scanner cannot scan \($0)" }
        let idle = results.filter { if case .notBegun = $0.end { true } else { false } }
        if case .notBegun(let reason) = idle.first?.end {
            note(.warning, "scan_not_begun", idle) { "scans could not be begun, the first because \(reason): \($0)" }
        }
        let lost = results.filter { if case .unfollowed = $0.end { true } else { false } }
        if case .unfollowed(let reason) = lost.first?.end {
            note(.warning, "scan_unwatched", lost) { "it is not known how scans end, the first because \(reason): \($0)" }
        }
    }

    /// More critical or high findings than before, running images apart.
    private func tellNews(_ news: [ScanNews], _ recorder: RunRecorder) {
        recorder.add("new_critical", news.reduce(0) { $0 + Int64($1.critical) })
        recorder.add("new_high", news.reduce(0) { $0 + Int64($1.high) })
        let worse = news.filter { $0.critical > 0 || $0.high > 0 }.sorted { ($0.critical, $0.high) > ($1.critical, $1.high) }
        func note(_ severity: Finding.Severity, _ code: String, _ title: String, _ found: [ScanNews]) {
            guard !found.isEmpty else { return }
            recorder.note(Finding(severity, code, "\(title) \(Self.list(found.map(\.text)))"))
        }
        let running = worse.filter(\.isRunning)
        note(.warning, "new_critical", "new critical vulnerabilities in running images:", running.filter { $0.critical > 0 })
        note(.remark, "new_high", "new high vulnerabilities in running images:", running.filter { $0.critical == 0 })
        note(.remark, "new_vulnerabilities", "new vulnerabilities in images that run nowhere:", worse.filter { !$0.isRunning })
    }

    /// An empty database of the scanner's finds nothing anywhere, and every gate opens.
    private func tellVanished(_ news: [ScanNews], _ recorder: RunRecorder) {
        let before = news.filter(\.hadFindings)
        let vanished = before.filter(\.hasNone)
        recorder.add("findings_vanished", Int64(vanished.count))
        guard !vanished.isEmpty else { return }
        let isSuspicious = vanished.count >= 3 && vanished.count * 2 > before.count
        let names = Self.list(vanished.map(\.state.title))
        recorder.note(
            Finding(
                isSuspicious ? .warning : .remark, "findings_vanished",
                "\(vanished.count) of \(before.count) images with critical or high vulnerabilities have none any more: \(names). Hint: if that is too good to be true, see what the scanner's log says of its database"
            ))
    }

    /// The first of `texts`, of which there are `count` in all.
    private static func list(_ texts: [String], of count: Int? = nil) -> String {
        let shown = texts.prefix(namedImages)
        let rest = (count ?? texts.count) - shown.count
        return rest > 0 ? "\(shown.joined(separator: ", ")) and \(rest) more" : shown.joined(separator: ", ")
    }
}
