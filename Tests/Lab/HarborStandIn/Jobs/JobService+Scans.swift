import Foundation
import Postgres

extension JobService {
    /// What an artifact's answer says of its scans, as JSON: a map from kind of report to overview. Nil: nothing to say to a reader with this
    /// `X-Accept-Vulnerabilities` header.
    package func scanOverview(artifact: Int64, project: Int64, accepting header: String?) async throws -> String? {
        guard ScanReports.isAccepted(header) else { return nil }
        guard let overview = ScanOverview(try await reportStates(artifact: artifact, project: project)) else { return nil }
        return String(decoding: try JSONEncoder().encode([ScanReports.mimeType: overview]), as: UTF8.self)
    }

    /// The reports of all manifests of an artifact; none while one of them has no report.
    func reportStates(artifact: Int64, project: Int64) async throws -> [ScanReports.State] {
        let reports = ScanReports(database: database)
        guard let scanner = try await reports.scanner(ofProject: project) else { return [] }
        var states: [ScanReports.State] = []
        for manifest in try await reports.manifests(of: artifact) {
            guard let state = try await reports.state(of: manifest.digest, scanner: scanner.uuid) else { return [] }
            states.append(state)
        }
        return states
    }

    /// Queues a scan of an artifact, in an execution of its own where none is given. Throws `StandInFailure` as Harbor answers.
    func startScan(artifact: Int64, project: Int64, execution: Int64? = nil) async throws {
        let reports = ScanReports(database: database)
        guard let scanner = try await reports.scanner(ofProject: project) else {
            throw StandInFailure.precondition("no available scanner for project: \(project)")
        }
        guard !scanner.isDisabled else { throw StandInFailure.precondition("scanner \(scanner.name) is deactivated") }
        // An unreachable scanner tells no capabilities, so that nothing counts as scannable.
        let manifests = switches.isScannerHealthy ? try await reports.manifests(of: artifact) : []
        guard !manifests.isEmpty else {
            throw StandInFailure.badRequest("the configured scanner \(scanner.name) does not support scanning this artifact")
        }
        var free: [ScanReports.Manifest] = []
        for manifest in manifests {
            let state = try await reports.state(of: manifest.digest, scanner: scanner.uuid)
            if state?.status.isFinal != false { free.append(manifest) }
        }
        guard !free.isEmpty else { throw StandInFailure.conflict("a previous scan process is not finished") }
        let execution =
            if let execution { execution } else {
                try await records.startExecution(
                    .imageScan, of: artifact, trigger: .manual,
                    attributes: #"{"artifact":{"id":\#(artifact),"project_id":\#(project)},"registration":{"id":\#(scanner.id)}}"#)
            }
        for manifest in free { try await queueScan(of: manifest, by: scanner.uuid, execution: execution) }
    }

    private func queueScan(of manifest: ScanReports.Manifest, by scanner: String, execution: Int64) async throws {
        let reports = ScanReports(database: database)
        let uuid = UUID().uuidString.lowercased()
        let findings = lastFindings(of: manifest.digest, inRows: try await reports.findings(of: manifest.digest, scanner: scanner))
        try await reports.replaceReport(uuid, of: manifest.digest, scanner: scanner)
        let target = ScanTarget(
            artifact: manifest.artifact, digest: manifest.digest, report: uuid, scanner: scanner, lastFindings: findings)
        try await queue(
            .imageScan, execution: execution, attributes: #"{"artifact_id":\#(manifest.artifact),"report_uuids":["\#(uuid)"]}"#,
            work: .scan(target))
    }

    /// Writes a task's row and queues its job.
    func queue(_ type: JobType, execution: Int64, attributes: String, work: Work) async throws {
        let id = Self.makeJobID()
        let task = try await records.addTask(type, to: execution, job: id, attributes: attributes)
        submit(Job(id: id, type: type, execution: execution, task: task, work: work))
    }

    /// 24 hexadecimal digits.
    private static func makeJobID() -> String { String(UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(24)) }

    /// Stops the scans of an artifact. Throws `StandInFailure` when none is alive.
    func stopScan(artifact: Int64) async throws {
        let manifests = try await ScanReports(database: database).manifests(of: artifact)
        let ids = "{" + (manifests.map(\.artifact) + [artifact]).map(String.init).joined(separator: ",") + "}"
        let live = try await database.query(
            """
            SELECT DISTINCT execution_id FROM task WHERE vendor_type = 'IMAGE_SCAN' AND status_code < 3
            AND (extra_attrs->>'artifact_id')::integer = ANY($1::integer[])
            """, [ids])
        guard !live.isEmpty else { throw StandInFailure.notFound("no scan of this artifact is running") }
        for row in live { try await stop(execution: row.int64("execution_id")) }
    }

    /// Scans everything that can be scanned; answers the execution's id. Throws `StandInFailure` while an earlier one runs.
    @discardableResult
    package func startScanAll(trigger: JobTrigger = .manual) async throws -> Int64 {
        let running = try await database.query(
            "SELECT id FROM execution WHERE vendor_type = 'SCAN_ALL' AND status NOT IN ('Success', 'Error', 'Stopped')")
        guard running.isEmpty else { throw StandInFailure.conflict("a previous scan all job already exists, its status is Running") }
        let execution = try await records.startExecution(.scanAll, of: 0, trigger: trigger, attributes: "{}")
        var count = 0
        let artifacts = try await database.query(
            """
            SELECT a.id, a.project_id FROM artifact a WHERE NOT EXISTS (SELECT FROM artifact_accessory x WHERE x.artifact_id = a.id)
            AND (EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id) OR NOT EXISTS (SELECT FROM artifact_reference r WHERE r.child_id = a.id))
            ORDER BY a.id
            """)
        for row in artifacts {
            do {
                try await startScan(artifact: row.int64("id"), project: row.int64("project_id"), execution: execution)
                count += 1
            } catch is StandInFailure {
                // Harbor logs what cannot be scanned, and goes on.
            }
        }
        if count == 0 { try await records.finishEmpty(execution: execution, message: "no task found") }
        return execution
    }
}
