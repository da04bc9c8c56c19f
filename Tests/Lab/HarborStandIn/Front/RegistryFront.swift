import Foundation
import LabServers
import LocalIO
import Postgres

/// What Harbor puts before its registry: who may what, the gates before manifests, tags from the database, rows for what is pushed.
struct RegistryFront: Sendable {
    let database: StandInDatabase
    let registry: RegistryServer
    let tokens: BearerTokens
    let gate: PullGate
    let deletion: CoreDeletion
    /// How clients reach it, `https` or `http`.
    let scheme: String

    /// What a path below `/v2/` is about.
    private enum Subject {
        case base
        case catalog
        case manifest(repository: String, reference: String)
        case tags(repository: String)
        case referrers(repository: String, digest: String)
        case blob(repository: String)

        init?(_ path: String) {
            let parts = path.split(separator: "/").dropFirst().map(String.init)
            if parts.isEmpty {
                self = .base
                return
            }
            if parts == ["_catalog"] {
                self = .catalog
                return
            }
            let last = parts[parts.count - 1]
            let name = parts.dropLast(2).joined(separator: "/")
            if let blobs = parts.lastIndex(of: "blobs"), blobs > 0, blobs < parts.count - 1 {
                self = .blob(repository: parts[..<blobs].joined(separator: "/"))
            } else if parts.count >= 3, parts[parts.count - 2] == "manifests" {
                self = .manifest(repository: name, reference: last)
            } else if parts.count >= 3, parts.suffix(2) == ["tags", "list"] {
                self = .tags(repository: name)
            } else if parts.count >= 3, parts[parts.count - 2] == "referrers" {
                self = .referrers(repository: name, digest: last)
            } else {
                return nil
            }
        }
    }

    /// Answers a request below `/v2`. `scopes` are what a bearer token opens.
    func respond(to request: StandInRequest, scopes: [BearerTokens.Scope]?, hasAuthorization: Bool) async throws -> StandInResponse {
        guard let path = request.rawPath.removingPercentEncoding, let subject = Subject(path) else {
            throw StandInFailure.notFound("path \(request.rawPath) was not found")
        }
        let access = RegistryAccess(request: request, scopes: scopes, hasAuthorization: hasAuthorization, scheme: scheme)
        if !["GET", "HEAD", "OPTIONS"].contains(request.method), try await database.isReadOnly() { throw StandInFailure.readOnly }
        switch subject {
        case .base:
            guard hasAuthorization, request.principal != .anonymous || scopes != nil else { return try access.challenge(nil) }
            return try .json([:], headers: [("Docker-Distribution-Api-Version", "registry/2.0")])
        case .catalog:
            guard request.principal.isAdministrator || request.principal.may("read", "catalog") else { return try access.challenge(nil) }
            return try await catalog()
        case .manifest(let repository, let reference):
            let action = ["GET", "HEAD"].contains(request.method) ? "pull" : (request.method == "DELETE" ? "delete" : "push")
            let project = try await project(of: repository)
            guard access.may(action, repository, in: project), hasAuthorization else {
                return try access.challenge("\(repository):\(action)")
            }
            return try await manifest(request, repository, reference, project)
        case .tags(let repository):
            let project = try await project(of: repository)
            guard access.may("pull", repository, in: project) else { return try access.challenge("\(repository):pull") }
            return try await tags(of: repository)
        case .referrers(let repository, let digest):
            let project = try await project(of: repository)
            guard access.may("pull", repository, in: project) else { return try access.challenge("\(repository):pull") }
            return try await referrers(repository, digest, request.queryValue("artifactType"))
        case .blob(let repository):
            let action = ["GET", "HEAD"].contains(request.method) ? "pull" : "push"
            guard access.may(action, repository, in: try await project(of: repository)) else {
                return try access.challenge("\(repository):\(action == "push" ? "pull,push" : action)")
            }
            return try await blob(request, path)
        }
    }

    /// The token that a client gets for what it names and may.
    func token(for request: StandInRequest, projects: [String: StandInProject]) throws -> StandInResponse {
        let wanted = request.query.filter { $0.name == "scope" }.flatMap { $0.value.split(separator: " ") }
        var scopes: [BearerTokens.Scope] = []
        for scope in wanted {
            let parts = scope.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 3, parts[0] == "repository" else { continue }
            let name = parts[1..<(parts.count - 1)].joined(separator: ":")
            guard let project = projects[String(name.prefix { $0 != "/" })] else { continue }
            let actions = Set((parts.last ?? "").split(separator: ",").map(String.init))
            scopes.append(.init(repository: name, actions: actions.filter { request.principal.may($0, "repository", in: project) }))
        }
        let token = tokens.issue(.init(principal: request.principal, scopes: scopes))
        return try .json(["token": .text(token), "access_token": "", "expires_in": 1800, "issued_at": "2026-01-01T00:00:00Z"])
    }

    // MARK: - Manifests

    private func manifest(
        _ request: StandInRequest, _ repository: String, _ reference: String, _ project: StandInProject
    ) async throws -> StandInResponse {
        if request.method == "PUT" {
            return try await PushedManifest(request, repository: repository, reference: reference, project: project).record(in: self)
        }
        guard let id = try await database.artifact(reference, in: repository),
            let digest = try await database.value("SELECT digest FROM artifact WHERE id = $1", ["\(id)"])
        else { throw StandInFailure.notFound("artifact \(repository)\(reference.contains(":") ? "@" : ":")\(reference) not found") }
        if request.method == "DELETE" {
            try await deletion.delete(artifact: id, user: request.principal.name)
            return .status(202)
        }
        if !PullGate.isExempt(request, in: project) { try await gate.check(artifact: id, of: project) }
        let answer = try await pass(request, to: "/v2/\(repository)/manifests/\(digest)")
        if request.method == "GET", answer.status == 200 { try await recordPull(id, reference, repository, project, by: request.principal) }
        return answer
    }

    /// What a pull leaves: times, the count, an audit row. HEAD leaves nothing.
    private func recordPull(
        _ id: Int64, _ reference: String, _ repository: String, _ project: StandInProject, by principal: Principal
    ) async throws {
        try await database.query("UPDATE artifact SET pull_time = now() WHERE id = $1", ["\(id)"])
        try await database.query("UPDATE tag SET pull_time = now() WHERE artifact_id = $1 AND name = $2", ["\(id)", reference])
        try await database.query("UPDATE repository SET pull_count = pull_count + 1 WHERE name = $1", [repository])
        try await database.audit(
            "pull", "artifact", "\(repository)\(reference.contains(":") ? "@" : ":")\(reference)", project: project.id, user: principal.name
        )
    }

    // MARK: - The rest

    /// A blob that a collection is deleting does not exist for a pusher; one that is only marked is rescued.
    private func blob(_ request: StandInRequest, _ path: String) async throws -> StandInResponse {
        let digest = String(path.split(separator: "/").last ?? "")
        if request.method == "HEAD" {
            let status = try await database.value("SELECT status FROM blob WHERE digest = $1", [digest])
            if status == "deleting" || status == "deletefailed" { throw StandInFailure.notFound("blob \(digest) not found") }
            try await database.query(
                "UPDATE blob SET update_time = now(), status = 'none', version = version + 1 WHERE digest = $1 AND status IN ('none', 'delete')",
                [digest])
        }
        return try await pass(request, to: request.target)
    }

    private func project(of repository: String) async throws -> StandInProject {
        try await database.project(String(repository.prefix { $0 != "/" }), isName: true)
    }

    private func tags(of repository: String) async throws -> StandInResponse {
        let rows = try await database.query(
            "SELECT t.name FROM tag t JOIN repository r USING (repository_id) WHERE r.name = $1 ORDER BY t.name", [repository])
        guard !rows.isEmpty else { throw StandInFailure.notFound("repository \(repository) not found") }
        return try .json(["name": .text(repository), "tags": .array(try rows.map { .text(try $0.text("name")) })])
    }

    private func catalog() async throws -> StandInResponse {
        let rows = try await database.query("SELECT name FROM repository ORDER BY name")
        return try .json(["repositories": .array(try rows.map { .text(try $0.text("name")) })])
    }

    /// Answered from the accessories' rows; every manifest is read, so that one that is missing fails the whole call.
    private func referrers(_ repository: String, _ digest: String, _ artifactType: String?) async throws -> StandInResponse {
        let rows = try await database.query(
            """
            SELECT a.digest, a.manifest_media_type, a.artifact_type FROM artifact_accessory x JOIN artifact a ON a.id = x.artifact_id
            WHERE x.subject_artifact_digest = $1 AND x.subject_artifact_repo = $2 ORDER BY x.id
            """, [digest, repository])
        var descriptors: [JSONValue] = []
        for row in rows {
            let type = try row.text("artifact_type")
            if let artifactType, artifactType != type { continue }
            let own = try row.text("digest")
            let manifest = try await fetch("GET", "/v2/\(repository)/manifests/\(own)", ["Accept": try row.text("manifest_media_type")], [])
            guard manifest.status == 200 else { throw StandInFailure.notFound("manifest \(own) not found") }
            var descriptor: JSONValue = [
                "mediaType": .text(try row.text("manifest_media_type")), "size": .integer(Int64(manifest.body.count)), "digest": .text(own),
                "artifactType": .text(type),
            ]
            if let annotations = try JSONValue(parsing: manifest.body)["annotations"] { descriptor["annotations"] = annotations }
            descriptors.append(descriptor)
        }
        let index = "application/vnd.oci.image.index.v1+json"
        var answer = try StandInResponse.json(["schemaVersion": 2, "mediaType": .text(index), "manifests": .array(descriptors)])
        answer.headers = [("Content-Type", index)] + (artifactType == nil ? [] : [("OCI-Filters-Applied", "artifactType")])
        return answer
    }

    /// Asks the registry behind, off the threads that must not block.
    func fetch(_ method: String, _ target: String, _ headers: [String: String], _ body: [UInt8]) async throws -> HTTPAnswer {
        try await onBlockingThread { [registry] in try registry.request(method, target, headers: headers, body: body) }
    }

    /// The registry's own answer to a request, with locations that lead through the front again.
    func pass(_ request: StandInRequest, to target: String) async throws -> StandInResponse {
        let passed = ["accept", "content-type", "content-range", "range"]
        let answer = try await fetch(request.method, target, request.headers.filter { passed.contains($0.key) }, request.body)
        let own = ["connection", "transfer-encoding", "content-length", "date"]
        var response = StandInResponse(status: answer.status, body: answer.body)
        for (name, value) in answer.headers.sorted(by: { $0.key < $1.key }) where !own.contains(name) {
            response.headers.append((name, name == "location" ? value.replacing(registry.url, with: "") : value))
        }
        if request.method == "HEAD" { response.announcedLength = answer.headers["content-length"].flatMap { Int($0) } }
        return response
    }
}

extension StandInDatabase {
    /// Writes an audit row as core does. Throws `PostgresError`.
    func audit(_ operation: String, _ type: String, _ resource: String, project: Int, user: String) async throws {
        try await query(
            """
            INSERT INTO audit_log_ext (project_id, operation, resource_type, resource, username, op_desc, op_result)
            VALUES ($1, $2, $3, $4, $5, $6, true)
            """, ["\(project)", operation, type, resource, user, "\(operation) \(type): \(resource)"])
    }
}
