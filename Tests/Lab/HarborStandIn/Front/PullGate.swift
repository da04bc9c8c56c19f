import Postgres

/// What Harbor asks before it gives out a manifest: is it signed where the project wants signatures, and free of what the project forbids?
struct PullGate: Sendable {
    let database: StandInDatabase
    let isScannerHealthy: @Sendable () async -> Bool

    /// A signing client that may push is let through: it must read what it is about to sign.
    static func isExempt(_ request: StandInRequest, in project: StandInProject) -> Bool {
        let agent = request.headers["user-agent"]?.lowercased() ?? ""
        return (agent.contains("cosign") || agent.contains("notation")) && request.principal.may("push", "repository", in: project)
    }

    /// Throws 412 PROJECTPOLICYVIOLATION for an artifact that may not be pulled.
    func check(artifact: Int64, of project: StandInProject) async throws {
        guard try await database.value("SELECT 1 FROM artifact_accessory WHERE artifact_id = $1 LIMIT 1", ["\(artifact)"]) == nil else {
            return
        }
        for (setting, type, name) in [
            ("enable_content_trust_cosign", "signature.cosign", "cosign"), ("enable_content_trust", "signature.notation", "notation"),
        ] where project.isSet(setting) {
            let signature = try await database.value(
                """
                SELECT 1 FROM artifact a JOIN artifact_accessory x ON x.subject_artifact_digest = a.digest
                AND x.subject_artifact_repo = a.repository_name WHERE a.id = $1 AND x.type = $2 LIMIT 1
                """, ["\(artifact)", type])
            guard signature != nil else { throw Self.violation("The image is not signed by \(name).") }
        }
        if project.isSet("prevent_vul") { try await checkFindings(of: artifact, project) }
    }

    private func checkFindings(of artifact: Int64, _ project: StandInProject) async throws {
        let reports = ScanReports(database: database)
        let manifests = try await reports.manifests(of: artifact)
        guard !manifests.isEmpty, let scanner = try await reports.scanner(ofProject: Int64(project.id)) else { return }
        let limit = ScanFinding.Severity(lowercased: project.metadata["severity"] ?? "low")
        let policy =
            "due to configured policy in 'Prevent images with vulnerability severity of \"\(limit.rawValue)\" or higher from running.'"
        var states: [ScanReports.State] = []
        for manifest in manifests {
            if let state = try await reports.state(of: manifest.digest, scanner: scanner.uuid) { states.append(state) }
        }
        guard let overview = ScanOverview(states) else {
            guard await isScannerHealthy() else { return }
            throw Self.violation("current image without vulnerability scanning cannot be pulled \(policy)")
        }
        guard overview.status == .success else {
            throw Self.violation(
                "current image with \"\(overview.status.rawValue)\" status of vulnerability scanning cannot be pulled \(policy)")
        }
        let allowed = try await allowlist(project)
        var number = 0
        for manifest in manifests {
            number += try await reports.findings(of: manifest.digest, scanner: scanner.uuid)
                .count { $0.severity >= limit && !allowed.contains($0.identifier) }
        }
        guard number == 0 else { throw Self.violation("current image with \(number) vulnerabilities cannot be pulled \(policy)") }
    }

    /// What the project, or the installation in its stead, lets pass; an expired list lets nothing pass.
    private func allowlist(_ project: StandInProject) async throws -> Set<String> {
        let id = project.isSet("reuse_sys_cve_allowlist") ? 0 : project.id
        let text = try await database.value(
            """
            SELECT items FROM cve_allowlist WHERE project_id = $1 AND (expires_at IS NULL OR expires_at > extract(epoch FROM now()))
            """, ["\(id)"])
        guard let text else { return [] }
        return Set((try JSONValue(parsing: text).array ?? []).compactMap { $0["cve_id"]?.text })
    }

    private static func violation(_ message: String) -> StandInFailure { StandInFailure(412, "PROJECTPOLICYVIOLATION", message) }
}

extension ScanFinding.Severity {
    /// As projects write it; an unknown word counts as the mildest.
    init(lowercased text: String) { self = Self.allCases.first { $0.rawValue.lowercased() == text } ?? .none }
}
