import Foundation

/// What an artifact's `scan_overview` says of one kind of report.
struct ScanOverview: Encodable, Sendable {
    struct Summary: Encodable, Sendable {
        var total: Int
        var fixable: Int
        var summary: [String: Int]
    }

    struct Scanner: Encodable, Sendable {
        var name = "Trivy"
        var vendor = "Aqua Security"
        var version = "v0.72.0"
    }

    let reportID: String
    let status: JobStatus
    let severity: String
    let duration: Int
    let summary: Summary?
    let startTime: String
    let endTime: String
    let completePercent: Int

    private enum CodingKeys: String, CodingKey {
        case severity, duration, summary, scanner
        case reportID = "report_id"
        case status = "scan_status"
        case startTime = "start_time"
        case endTime = "end_time"
        case completePercent = "complete_percent"
    }

    /// The reports of one artifact: its own, or those of its children. Empty: it was never scanned.
    init?(_ states: [ScanReports.State]) {
        guard let first = states.first else { return nil }
        reportID = states.count == 1 ? first.uuid : Data(states.map(\.uuid).joined(separator: "|").utf8).base64EncodedString()
        status = Self.merged(states.map(\.status))
        let counts = states.reduce(into: [:]) { $0.merge($1.counts, uniquingKeysWith: +) }
        severity = states.compactMap { $0.severity.flatMap(ScanFinding.Severity.init) }.max()?.rawValue ?? "Unknown"
        duration = states.map(\.duration).max() ?? 0
        summary =
            status == .success
            ? Summary(total: counts.values.reduce(0, +), fixable: states.map(\.fixable).reduce(0, +), summary: counts) : nil
        startTime = states.map(\.start).min() ?? first.start
        endTime = states.map(\.end).max() ?? first.end
        completePercent = 100 * states.count { $0.status.isFinal } / states.count
    }

    private static func merged(_ all: [JobStatus]) -> JobStatus {
        for status in [JobStatus.running, .pending, .scheduled, .error, .stopped] where all.contains(status) { return status }
        return .success
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(reportID, forKey: .reportID)
        try values.encode(status.rawValue, forKey: .status)
        try values.encode(severity, forKey: .severity)
        try values.encode(duration, forKey: .duration)
        try values.encodeIfPresent(summary, forKey: .summary)
        try values.encode(startTime, forKey: .startTime)
        try values.encode(endTime, forKey: .endTime)
        try values.encode(completePercent, forKey: .completePercent)
        try values.encode(Scanner(), forKey: .scanner)
    }
}
