package import Foundation

/// The last scan of an artifact for vulnerabilities.
package struct ScanOverview: Sendable, Equatable {
    /// The report's id, for its log.
    package let reportID: String?
    /// How far it is; its numbers mean something after success only.
    package let status: JobStatus
    /// The worst finding; nil where there is no report.
    package let severity: FindingSeverity?
    /// How many findings there are.
    package let total: Int64
    /// How many of them have a fixed version.
    package let fixable: Int64
    /// How many there are of each severity.
    package let counts: [FindingSeverity: Int64]
    /// When it began.
    package let started: Date?
    /// When it ended.
    package let ended: Date?
    /// The scanner with its version, such as `Trivy v0.72.0`.
    package let scanner: String?
    /// For an index: how many per cent of its children are scanned.
    package let completePercent: Int64

    /// A scan's state.
    package init(
        reportID: String?, status: JobStatus, severity: FindingSeverity?, total: Int64, fixable: Int64,
        counts: [FindingSeverity: Int64], started: Date?, ended: Date?, scanner: String?, completePercent: Int64
    ) {
        self.reportID = reportID
        self.status = status
        self.severity = severity
        self.total = total
        self.fixable = fixable
        self.counts = counts
        self.started = started
        self.ended = ended
        self.scanner = scanner
        self.completePercent = completePercent
    }

    /// The report formats that we ask for, the preferred one first.
    static let mediaTypes = [
        "application/vnd.security.vulnerability.report; version=1.1",
        "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0",
    ]

    /// Of a map by report format; nil where none of the formats is in it.
    init?(_ map: AnswerObject) throws {
        guard let answer = try Self.mediaTypes.lazy.compactMap({ try map.object($0) }).first else { return nil }
        reportID = try answer.text("report_id")
        status = JobStatus(try answer.text("scan_status") ?? "")
        severity = try answer.text("severity").map { FindingSeverity($0) }
        let summary = try answer.object("summary")
        total = try summary?.integer("total") ?? 0
        fixable = try summary?.integer("fixable") ?? 0
        let words = try summary?.object("summary")
        counts =
            try (words?.members.keys).map { keys in
                try keys.reduce(into: [:]) { $0[FindingSeverity($1), default: 0] += try words?.integer($1) ?? 0 }
            } ?? [:]
        started = try answer.time("start_time")
        ended = try answer.time("end_time")
        let maker = try answer.object("scanner")
        let name = [try maker?.text("name"), try maker?.text("version")].compactMap(\.self).joined(separator: " ")
        scanner = name.isEmpty ? nil : name
        completePercent = try answer.integer("complete_percent")
    }
}
