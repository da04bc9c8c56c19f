import Crypto
import Foundation
import LabServers
import Postgres

/// A manifest that a client pushes, and the rows that core writes for it.
struct PushedManifest: Sendable {
    private let request: StandInRequest
    private let repository: String
    private let tag: String?
    private let project: StandInProject
    private let digest: String
    private let document: JSONValue
    private let mediaType: String

    /// Reads the body of `request`. Throws 400 for what is no manifest, or another one than the digest says, 405 in a proxy cache.
    init(_ request: StandInRequest, repository: String, reference: String, project: StandInProject) throws {
        guard !project.isProxyCache else {
            throw StandInFailure(405, "METHOD_NOT_ALLOWED", "cannot push artifact to a proxy project: \(project.name)")
        }
        self.request = request
        self.repository = repository
        self.project = project
        digest = "sha256:" + SHA256.hash(data: request.body).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        tag = reference.contains(":") ? nil : reference
        guard tag != nil || reference == digest else {
            throw StandInFailure(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        }
        do {
            document = try JSONValue(parsing: request.body)
        } catch {
            throw StandInFailure(400, "MANIFEST_INVALID", "manifest invalid: no JSON document")
        }
        mediaType = request.headers["content-type"] ?? document["mediaType"]?.text ?? ""
    }

    private var children: [JSONValue] { document["manifests"]?.array ?? [] }
    private var references: [JSONValue] { (document["config"].map { [$0] } ?? []) + (document["layers"]?.array ?? []) + children }
    private var configType: String { document["config"]?["mediaType"]?.text ?? mediaType }

    /// Passes it on by its digest, since Harbor keeps tags to itself, and writes the rows.
    func record(in front: RegistryFront) async throws -> StandInResponse {
        try await checkImmutability(front.database)
        let answer = try await front.fetch(
            "PUT", "/v2/\(repository)/manifests/\(digest)", ["Content-Type": mediaType], request.body)
        guard answer.status == 201 else {
            return StandInResponse(status: answer.status, headers: [("Content-Type", "application/json")], body: answer.body)
        }
        try await front.database.transaction { try await write($0) }
        try await front.database.audit(
            "push", "artifact", "\(repository)@\(digest)", project: project.id, user: request.principal.name)
        return .status(201, headers: [("Docker-Content-Digest", digest), ("Location", "/v2/\(repository)/manifests/\(digest)")])
    }

    private func checkImmutability(_ database: StandInDatabase) async throws {
        guard let tag, try await database.artifact(tag, in: repository) != nil else { return }
        guard try await ImmutabilityRules(ofProject: project.id, in: database).cover(repository: repository, tag: tag) else { return }
        throw StandInFailure.precondition("Failed to process request due to '\(repository):\(tag)' configured as immutable.")
    }

    private func write(_ connection: PostgresConnection) async throws {
        let project = "\(project.id)"
        _ = try await connection.query(
            "INSERT INTO repository (name, project_id) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", [repository, project])
        var size = Int64(request.body.count)
        for reference in references {
            guard let digest = reference["digest"]?.text, let length = reference["size"]?.integer else { continue }
            size += length
            try await writeBlob(digest, reference["mediaType"]?.text ?? "", length, connection)
        }
        try await writeBlob(digest, mediaType, Int64(request.body.count), connection)
        let type = Self.imageTypes.contains(configType) ? "IMAGE" : (configType.contains("helm") ? "CHART" : "UNKNOWN")
        let annotations = try document["annotations"].map { String(decoding: try $0.bytes(), as: UTF8.self) }
        _ = try await connection.query(
            """
            INSERT INTO artifact (project_id, repository_name, digest, type, pull_time, push_time, repository_id, media_type,
            manifest_media_type, size, extra_attrs, annotations, icon, artifact_type)
            SELECT r.project_id, r.name, $2, $3, '0001-01-01', now(), r.repository_id, $4, $5, $6::bigint, '{}', $7::jsonb, '', $8
            FROM repository r WHERE r.name = $1 ON CONFLICT (repository_id, digest) DO UPDATE SET push_time = now()
            """,
            [repository, digest, type, configType, mediaType, "\(size)", annotations, document["artifactType"]?.text ?? configType])
        _ = try await connection.query("DELETE FROM artifact_trash WHERE repository_name = $1 AND digest = $2", [repository, digest])
        if let tag { try await writeTag(tag, connection) }
        for child in children { try await writeChild(child, connection) }
        if let (type, subject) = accessory { try await writeAccessory(type, of: subject, connection) }
        // An accessory may have come first.
        _ = try await connection.query(
            """
            UPDATE artifact_accessory x SET subject_artifact_id = a.id FROM artifact a WHERE x.subject_artifact_digest = $2
            AND x.subject_artifact_repo = $1 AND a.repository_name = $1 AND a.digest = $2 AND x.subject_artifact_id IS NULL
            """, [repository, digest])
        _ = try await connection.query(CoreDeletion.quotaRefresh, [project])
    }

    private static let imageTypes: Set<String> = [
        "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json",
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
    ]

    /// What this is to another artifact: by its tag, or by the subject that it names.
    private var accessory: (type: String, subject: String)? {
        if let tag, tag.hasPrefix("sha256-"), tag.hasSuffix(".sig") {
            return ("signature.cosign", "sha256:" + tag.dropFirst(7).dropLast(4))
        }
        guard let subject = document["subject"]?["digest"]?.text else { return nil }
        let type =
            switch document["artifactType"]?.text ?? configType {
            case "application/vnd.cncf.notary.signature": "signature.notation"
            case "application/vnd.goharbor.harbor.sbom.v1": "sbom.harbor"
            case let type where type.hasPrefix("application/vnd.dev.cosign.") || type.hasPrefix("application/vnd.dev.sigstore.bundle"):
                "signature.cosign"
            default: "subject.accessory"
            }
        return (type, subject)
    }

    private func writeBlob(_ blob: String, _ type: String, _ size: Int64, _ connection: PostgresConnection) async throws {
        _ = try await connection.query(
            """
            INSERT INTO blob (digest, content_type, size) VALUES ($1, $2, $3::bigint)
            ON CONFLICT (digest) DO UPDATE SET update_time = now(), status = 'none', version = blob.version + 1
            """, [blob, type, "\(size)"])
        _ = try await connection.query(
            "INSERT INTO artifact_blob (digest_af, digest_blob) VALUES ($1, $2) ON CONFLICT DO NOTHING", [digest, blob])
        _ = try await connection.query(
            "INSERT INTO project_blob (project_id, blob_id) SELECT $1::integer, id FROM blob WHERE digest = $2 ON CONFLICT DO NOTHING",
            ["\(project.id)", blob])
    }

    private func writeTag(_ tag: String, _ connection: PostgresConnection) async throws {
        _ = try await connection.query(
            """
            INSERT INTO tag (repository_id, artifact_id, name, pull_time) SELECT repository_id, id, $3, '0001-01-01' FROM artifact
            WHERE repository_name = $1 AND digest = $2
            ON CONFLICT (repository_id, name) DO UPDATE SET artifact_id = excluded.artifact_id, push_time = now()
            """, [repository, digest, tag])
    }

    private func writeChild(_ child: JSONValue, _ connection: PostgresConnection) async throws {
        let platform = try child["platform"].map { String(decoding: try $0.bytes(), as: UTF8.self) } ?? ""
        _ = try await connection.query(
            """
            INSERT INTO artifact_reference (parent_id, child_id, child_digest, platform, urls, annotations)
            SELECT p.id, c.id, c.digest, $4, '', NULL FROM artifact p JOIN artifact c USING (repository_name)
            WHERE p.repository_name = $1 AND p.digest = $2 AND c.digest = $3 ON CONFLICT DO NOTHING
            """, [repository, digest, child["digest"]?.text, platform])
    }

    private func writeAccessory(_ type: String, of subject: String, _ connection: PostgresConnection) async throws {
        _ = try await connection.query(
            """
            INSERT INTO artifact_accessory (artifact_id, subject_artifact_id, type, size, digest, subject_artifact_digest, subject_artifact_repo)
            SELECT a.id, s.id, $3, a.size, a.digest, $4, a.repository_name FROM artifact a
            LEFT JOIN artifact s ON s.repository_name = a.repository_name AND s.digest = $4
            WHERE a.repository_name = $1 AND a.digest = $2 ON CONFLICT DO NOTHING
            """, [repository, digest, type, subject])
    }
}
