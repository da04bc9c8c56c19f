import Foundation
import Postgres

/// One manifest that a scan looks at.
struct ScanTarget: Sendable {
    let artifact: Int64
    let digest: String
    /// The report whose place is held already.
    let report: String
    /// The scanner's registration.
    let scanner: String
    /// What the last scan found.
    let lastFindings: [ScanFinding]
}

/// One scan: finds, and writes what it found into the rows.
struct ScanRun: Sendable {
    let context: JobContext
    let target: ScanTarget

    /// Answers nothing to add to the task. Throws `JobStopped`, and when the scan fails.
    func run() async throws -> String {
        try await context.heedStop()
        let switches = await context.service.switches
        await context.log("scanning \(target.digest)")
        // The scanner pulls the image, whether the scan succeeds or not.
        _ = try await context.database.query(
            """
            UPDATE artifact SET pull_time = now() WHERE id = $1::integer
            AND NOT EXISTS (SELECT FROM properties WHERE k = 'scanner_skip_update_pulltime' AND v = 'true')
            """, ["\(target.artifact)"])
        if await context.service.takeFailingScan() { throw ScanFailure(reason: "the scanner's analysis failed") }
        guard switches.isScannerHealthy else { throw ScanFailure(reason: "the scanner does not answer") }
        let findings = switches.findings[target.digest] ?? target.lastFindings
        for finding in findings { try await record(finding) }
        try await recordSummary(findings)
        await context.log("\(findings.count) vulnerabilities")
        return "{}"
    }

    private func record(_ finding: ScanFinding) async throws {
        _ = try await context.database.query(
            """
            WITH record AS (INSERT INTO vulnerability_record (cve_id, registration_uuid, package, package_version, severity, fixed_version, urls,
                    cvss_score_v3, cvss_vector_v3, description, cwe_ids, vendor_attributes, status)
                VALUES ($1, $2, $3, $4, $5, $6, 'https://avd.aquasec.com/nvd/' || lower($1), $7::double precision, '', '', '', '{}',
                    CASE WHEN $6 = '' THEN 'affected' ELSE 'fixed' END)
                ON CONFLICT (cve_id, registration_uuid, package, package_version)
                DO UPDATE SET severity = excluded.severity, fixed_version = excluded.fixed_version RETURNING id)
            INSERT INTO report_vulnerability_record (report_uuid, vuln_record_id) SELECT $8, id FROM record ON CONFLICT DO NOTHING
            """,
            [
                finding.identifier, target.scanner, finding.package, finding.version, finding.severity.rawValue, finding.fixedVersion,
                "\(finding.score)", target.report,
            ])
    }

    /// The report keeps its head only: what was found stands in rows of its own.
    private func recordSummary(_ findings: [ScanFinding]) async throws {
        func count(_ severities: ScanFinding.Severity...) -> String { "\(findings.count { severities.contains($0.severity) })" }
        _ = try await context.database.query(
            """
            UPDATE scan_report SET critical_cnt = $2::bigint, high_cnt = $3::bigint, medium_cnt = $4::bigint, low_cnt = $5::bigint,
                none_cnt = $6::bigint, unknown_cnt = $7::bigint, fixable_cnt = $8::bigint,
                report = json_build_object('generated_at', to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'scanner',
                    json_build_object('name', 'Trivy', 'vendor', 'Aqua Security', 'version', 'v0.72.0'), 'severity', $9::text,
                    'vulnerabilities', NULL)
            WHERE uuid = $1
            """,
            [
                target.report, count(.critical), count(.high), count(.medium), count(.low, .negligible), count(.none), count(.unknown),
                "\(findings.count { !$0.fixedVersion.isEmpty })", (findings.map(\.severity).max() ?? .none).rawValue,
            ])
    }
}

/// A scan that came to nothing.
struct ScanFailure: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
