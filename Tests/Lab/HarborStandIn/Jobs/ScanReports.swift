import Foundation
import Postgres

/// What is known of scans, read from the rows as Harbor does: the state from the task that a report belongs to, the findings from the
/// vulnerability rows.
struct ScanReports: Sendable {
    /// The only kind of report that Harbor's scanner makes.
    static let mimeType = "application/vnd.security.vulnerability.report; version=1.1"

    /// What a reader gets who names no kind; the scanner does not make it.
    static let defaultMimeType = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"

    let database: StandInDatabase

    /// A manifest that a scan of an artifact scans: itself, or the children of an index.
    struct Manifest: Sendable {
        let artifact: Int64
        let digest: String
    }

    /// The scanner of a project.
    struct Scanner: Sendable {
        let id: Int64
        let uuid: String
        let name: String
        let isDisabled: Bool
    }

    /// The state of one report.
    struct State: Sendable {
        let uuid: String
        let status: JobStatus
        let severity: String?
        let counts: [String: Int]
        let fixable: Int
        let start: String
        let end: String
        let duration: Int
    }

    /// Whether a reader with this `X-Accept-Vulnerabilities` header sees the scanner's reports.
    static func isAccepted(_ header: String?) -> Bool {
        (header ?? defaultMimeType).split(separator: ",").contains { $0.trimmingCharacters(in: .whitespaces) == mimeType }
    }

    /// Empty for what no scanner takes: charts, accessories, lists whose children are not there.
    func manifests(of artifact: Int64) async throws -> [Manifest] {
        try await database.query(
            """
            SELECT a.id, a.digest FROM artifact a WHERE a.type = 'IMAGE'
            AND a.manifest_media_type IN ('application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.oci.image.manifest.v1+json')
            AND (a.id = $1::integer OR a.id IN (SELECT child_id FROM artifact_reference WHERE parent_id = $1::integer))
            AND NOT EXISTS (SELECT FROM artifact_accessory x WHERE x.artifact_id = a.id) ORDER BY a.id
            """, ["\(artifact)"]
        ).map { Manifest(artifact: try $0.int64("id"), digest: try $0.text("digest")) }
    }

    /// The scanner that a project chose, else the default one.
    func scanner(ofProject project: Int64) async throws -> Scanner? {
        try await database.query(
            """
            SELECT id, uuid, name, disabled FROM scanner_registration s
            ORDER BY EXISTS (SELECT FROM project_metadata WHERE project_id = $1::integer AND name = 'projectScanner' AND value = s.uuid) DESC,
                is_default DESC LIMIT 1
            """, ["\(project)"]
        ).first.map {
            Scanner(id: try $0.int64("id"), uuid: try $0.text("uuid"), name: try $0.text("name"), isDisabled: try $0.bool("disabled"))
        }
    }

    /// The report of a manifest by a scanner; nil when it was never scanned. A report without a task counts as failed.
    func state(of digest: String, scanner: String) async throws -> State? {
        let rows = try await database.query(
            """
            SELECT r.uuid, r.report->>'severity' AS severity, coalesce(t.status, 'Error') AS status, coalesce(r.fixable_cnt, 0) AS fixable,
                \(Self.time("t.start_time")) AS start, \(Self.time("t.end_time")) AS finish,
                coalesce(extract(epoch FROM t.end_time - t.start_time)::bigint, 0) AS duration,
                (SELECT coalesce(json_object_agg(severity, number), '{}') FROM (SELECT v.severity, count(*) AS number
                    FROM report_vulnerability_record rv JOIN vulnerability_record v ON v.id = rv.vuln_record_id
                    WHERE rv.report_uuid = r.uuid GROUP BY v.severity) s) AS counts
            FROM scan_report r LEFT JOIN LATERAL (SELECT * FROM task WHERE extra_attrs::jsonb -> 'report_uuids' ? r.uuid
                ORDER BY id DESC LIMIT 1) t ON true
            WHERE r.digest = $1 AND r.registration_uuid = $2 AND r.mime_type = $3
            """, [digest, scanner, Self.mimeType])
        guard let row = rows.first else { return nil }
        return State(
            uuid: try row.text("uuid"), status: JobStatus(rawValue: try row.text("status")) ?? .error, severity: row["severity"],
            counts: try JSONDecoder().decode([String: Int].self, from: Data(row.text("counts").utf8)),
            fixable: Int(try row.int64("fixable")),
            start: try row.text("start"), end: try row.text("finish"), duration: Int(try row.int64("duration")))
    }

    /// What the last scan of a manifest found.
    func findings(of digest: String, scanner: String) async throws -> [ScanFinding] {
        try await database.query(
            """
            SELECT v.cve_id, v.package, v.package_version, coalesce(v.fixed_version, '') AS fixed, v.severity, coalesce(v.cvss_score_v3, 0) AS score
            FROM scan_report r JOIN report_vulnerability_record rv ON rv.report_uuid = r.uuid JOIN vulnerability_record v ON v.id = rv.vuln_record_id
            WHERE r.digest = $1 AND r.registration_uuid = $2 ORDER BY v.id
            """, [digest, scanner]
        ).map { row in
            ScanFinding(
                try row.text("cve_id"), package: try row.text("package"), version: try row.text("package_version"),
                fixedVersion: try row.text("fixed"), severity: ScanFinding.Severity(rawValue: try row.text("severity")) ?? .unknown,
                score: Double(try row.text("score")) ?? 0)
        }
    }

    /// Removes the old report and holds the place of the new one.
    func replaceReport(_ uuid: String, of digest: String, scanner: String) async throws {
        let parameters = [digest, scanner, Self.mimeType]
        _ = try await database.query(
            "DELETE FROM scan_report WHERE digest = $1 AND registration_uuid = $2 AND mime_type = $3", parameters)
        _ = try await database.query(
            "INSERT INTO scan_report (uuid, digest, registration_uuid, mime_type) VALUES ($4, $1, $2, $3)", parameters + [uuid])
    }

    /// A time as the API writes it; the zero time where there is none.
    static func time(_ column: String) -> String {
        "coalesce(to_char(\(column), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), '0001-01-01T00:00:00.000Z')"
    }
}
