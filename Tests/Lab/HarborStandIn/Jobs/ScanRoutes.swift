import Foundation

/// The calls that start, stop and read scans.
struct ScanRoutes: Sendable {
    let jobs: JobService

    /// The artifact in a path.
    private struct Subject {
        let id: Int64
        let project: Int64
    }

    private static let artifact = "/projects/{project}/repositories/{repository}/artifacts/{reference}"
    private var database: StandInDatabase { jobs.database }

    func add(to routes: Routes) {
        routes.on("POST", Self.artifact + "/scan") { request in
            let subject = try await subject("create", "scan", request)
            if !request.body.isEmpty, let type = try request.document()["scan_type"]?.text {
                guard type == "vulnerability" else { throw StandInFailure.badRequest("scan type \(type) is not supported") }
            }
            try await jobs.startScan(artifact: subject.id, project: subject.project)
            return .status(202)
        }
        routes.on("POST", Self.artifact + "/scan/stop") { request in
            let subject = try await subject("stop", "scan", request)
            guard try request.document()["scan_type"] != nil else { throw StandInFailure.unprocessable("scan_type in body is required") }
            try await jobs.stopScan(artifact: subject.id)
            return .status(202)
        }
        routes.on("GET", Self.artifact + "/scan/{report}/log") { request in
            _ = try await subject("read", "scan", request)
            return .text(try await log(ofReport: request.parameter("report")))
        }
        routes.on("GET", Self.artifact + "/additions/vulnerabilities") { request in
            let subject = try await subject("read", "artifact-addition", request)
            return .jsonText(try await report(subject, accepting: request.headers["x-accept-vulnerabilities"]))
        }
    }

    private func subject(_ action: String, _ resource: String, _ request: StandInRequest) async throws -> Subject {
        let project = try await database.project(request.parameter("project"), isName: true)
        try request.require(action, resource, in: project)
        let name = try "\(project.name)/\(request.parameter("repository"))"
        let reference = try request.parameter("reference")
        let id = try await database.value(
            """
            SELECT a.id FROM artifact a WHERE a.repository_name = $1
            AND (a.digest = $2 OR EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id AND t.name = $2))
            """, [name, reference])
        guard let id = id.flatMap(Int64.init) else { throw StandInFailure.notFound("artifact \(name):\(reference) not found") }
        return Subject(id: id, project: Int64(project.id))
    }

    /// One id, or several of an index: they come in Base64, a bar between them.
    private func log(ofReport text: String) async throws -> String {
        let decoded = Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) } ?? text
        let ids = decoded.contains("|") ? decoded.split(separator: "|").map(String.init) : [text]
        var logs: [String] = []
        for id in ids {
            let job = try await database.value(
                "SELECT job_id FROM task WHERE extra_attrs::jsonb -> 'report_uuids' ? $1 ORDER BY id DESC", [id])
            if let job { logs.append(try await jobs.logText(ofJob: job)) }
        }
        guard !logs.isEmpty else { throw StandInFailure.notFound("report with id \(text) does not exist") }
        return logs.joined(separator: "\n")
    }

    /// A map from kind of report to report; empty where the reader asks for another kind, or nothing was scanned.
    private func report(_ subject: Subject, accepting header: String?) async throws -> String {
        guard ScanReports.isAccepted(header) else { return "{}" }
        let states = try await jobs.reportStates(artifact: subject.id, project: subject.project)
        guard states.contains(where: { $0.status == .success }) else { return "{}" }
        let ids = "{" + states.map(\.uuid).joined(separator: ",") + "}"
        let json = try await database.value(
            """
            SELECT json_build_object($1::text, json_build_object('generated_at', min(r.report->>'generated_at'),
                'scanner', json_build_object('name', 'Trivy', 'vendor', 'Aqua Security', 'version', 'v0.72.0'), 'severity', $2::text,
                'vulnerabilities', (SELECT coalesce(json_agg(json_build_object('id', v.cve_id, 'package', v.package,
                    'version', v.package_version, 'fix_version', coalesce(v.fixed_version, ''), 'severity', v.severity,
                    'description', coalesce(v.description, ''), 'links', string_to_array(coalesce(v.urls, ''), '|'),
                    'artifact_digests', json_build_array(s.digest), 'preferred_cvss', json_build_object('score_v3', v.cvss_score_v3,
                        'score_v2', v.cvss_score_v2, 'vector_v3', coalesce(v.cvss_vector_v3, ''), 'vector_v2', coalesce(v.cvss_vector_v2, '')),
                    'cwe_ids', string_to_array(coalesce(v.cwe_ids, ''), ','), 'vendor_attributes', v.vendor_attributes,
                    'status', coalesce(v.status, '')) ORDER BY v.id, s.digest), '[]')
                    FROM scan_report s JOIN report_vulnerability_record rv ON rv.report_uuid = s.uuid
                    JOIN vulnerability_record v ON v.id = rv.vuln_record_id WHERE s.uuid = ANY($3::text[]))))
            FROM scan_report r WHERE r.uuid = ANY($3::text[])
            """, [ScanReports.mimeType, ScanOverview(states)?.severity ?? "Unknown", ids])
        return json ?? "{}"
    }
}
