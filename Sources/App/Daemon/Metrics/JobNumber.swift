import JobEngine
import OpsMetrics

/// A number that runs of a job write into the journal, and the metric that shows it.
struct JobNumber: Sendable {
    /// Which run's number is shown.
    enum Source: Sendable {
        /// The newest run that did its work, and 0 where it did none of this. It is shown as long as no other run has done its work.
        case lastDone
        /// The newest run that wrote the number, however it ended. What a run saw is true although a guard then said no, or the work failed.
        case latest
    }

    let metric: Metric
    /// As the job writes it.
    let name: String
    let source: Source

    private init(_ metric: Metric, _ name: String, _ source: Source) {
        self.metric = metric
        self.name = name
        self.source = source
    }

    func value(in summary: JobSummary) -> Int64? {
        switch source {
        case .lastDone: summary.lastNumbers.isEmpty ? nil : summary.lastNumbers[name] ?? 0
        case .latest: summary.latestNumbers[name]
        }
    }

    /// What runs of this kind tell.
    static func all(of kind: JobKind) -> [JobNumber] {
        switch kind {
        case .backup: backup
        case .gc: collection
        case .retention: retention
        case .rescan: rescan
        case .pinCheck: pinCheck
        case .restoreDrill, .verify, .prune, .audit: []
        }
    }

    private static let backup = [
        JobNumber(.backupNewBlobs, "new_blobs", .lastDone), JobNumber(.backupNewBytes, "new_bytes", .lastDone),
        JobNumber(.backupReadBytes, "read_bytes", .lastDone), JobNumber(.backupWrittenBytes, "written_bytes", .lastDone),
    ]

    private static let collection = [
        JobNumber(.gcCandidates, "candidates", .latest), JobNumber(.gcCandidateBytes, "candidate_bytes", .latest),
        JobNumber(.gcUncoveredCandidates, "uncovered", .latest), JobNumber(.gcPinnedCandidates, "pinned_candidates", .latest),
        JobNumber(.gcFreedBytes, "freed_bytes", .lastDone), JobNumber(.gcPurgedBlobs, "purged_blobs", .lastDone),
        JobNumber(.gcPurgedManifests, "purged_manifests", .lastDone), JobNumber(.gcDeleteFailedBlobs, "delete_failed", .latest),
        JobNumber(.gcStuckBlobs, "stuck", .latest), JobNumber(.gcTrashArtifacts, "trash", .latest),
        JobNumber(.gcDeletedNeededBlobs, "deleted_needed", .latest), JobNumber(.pins, "pins", .latest),
    ]

    private static let retention = [
        JobNumber(.retentionCandidates, "candidates", .latest), JobNumber(.retentionRemovals, "removals", .latest),
        JobNumber(.retentionRemovedArtifacts, "removed", .lastDone), JobNumber(.retentionSkippedArtifacts, "skipped", .lastDone),
        JobNumber(.retentionKeptUnmatched, "kept_unmatched", .latest), JobNumber(.retentionKeptPinned, "kept_pinned", .latest),
        JobNumber(.retentionKeptHeld, "kept_held", .latest), JobNumber(.retentionFreedBytes, "freed_bytes", .latest),
        JobNumber(.retentionRepositories, "repositories", .latest), JobNumber(.pins, "pins", .latest),
        JobNumber(.pinsUnmatched, "pins_unmatched", .latest),
    ]

    private static let rescan = [
        JobNumber(.scanImages, "images", .latest), JobNumber(.scanNeverScanned, "never_scanned", .latest),
        JobNumber(.scanStaleReports, "stale_reports", .latest), JobNumber(.scanWithoutReport, "without_report", .latest),
        JobNumber(.scanCritical, "critical", .latest), JobNumber(.scanHigh, "high", .latest), JobNumber(.scanFixable, "fixable", .latest),
        JobNumber(.scanPinnedAffected, "pinned_affected", .latest), JobNumber(.scanNewCritical, "new_critical", .lastDone),
        JobNumber(.scanNewHigh, "new_high", .lastDone), JobNumber(.scanScanned, "scanned", .lastDone),
        JobNumber(.scanFailed, "scan_failed", .latest), JobNumber(.scanStuck, "scan_stuck", .latest),
        JobNumber(.scanReportsLost, "reports_lost", .latest),
        JobNumber(.scanUnscannable, "unscannable", .lastDone), JobNumber(.scanLeftOver, "left_over", .lastDone),
    ]

    private static let pinCheck = [
        JobNumber(.pins, "pins", .latest), JobNumber(.pinsMissing, "pins_missing", .latest), JobNumber(.pinsDenied, "pins_denied", .latest),
    ]
}
