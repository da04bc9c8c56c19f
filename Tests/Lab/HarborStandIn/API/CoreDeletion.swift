import Postgres

/// How Harbor's core deletes, whoever asks: rows go, others follow, blobs stay until garbage collection. Each deletion is one transaction.
struct CoreDeletion: ArtifactDeletion {
    let database: StandInDatabase

    /// What an artifact's deletion needs to know of it.
    private struct Artifact {
        let id: Int64
        let project: Int
        let repository: String
        let digest: String

        init(_ row: PostgresRow) throws {
            id = try row.int64("id")
            project = Int(try row.int64("project_id"))
            repository = try row.text("repository_name")
            digest = try row.text("digest")
        }
    }

    /// Deletes an artifact with all its tags, its accessories and its untagged children. Throws 404, and 412 where a tag is immutable or
    /// an index needs it.
    func delete(artifact id: Int64, user: String) async throws {
        try await database.transaction { connection in
            guard let artifact = try await find(id, connection) else { throw StandInFailure.notFound("artifact with ID \(id) not found") }
            let rules = try await ImmutabilityRules(ofProject: artifact.project, in: database)
            try await deleteDeeply(artifact, isRoot: true, rules, connection)
            try await refreshQuota(artifact.project, connection)
            try await audit("artifact", "\(artifact.repository)@\(artifact.digest)", artifact.project, user, connection)
        }
    }

    /// Takes a tag from an artifact, which stays. Throws 404, and 412 where the tag is immutable.
    func delete(tag name: String, artifact id: Int64, user: String) async throws {
        try await database.transaction { connection in
            guard let artifact = try await find(id, connection) else { throw StandInFailure.notFound("artifact with ID \(id) not found") }
            let rules = try await ImmutabilityRules(ofProject: artifact.project, in: database)
            let rows = try await connection.query("SELECT id FROM tag WHERE artifact_id = $1 AND name = $2", ["\(id)", name])
            guard !rows.isEmpty else { throw StandInFailure.notFound("tag \(name) attached to artifact \(id) not found") }
            try await delete(tags: [name], of: artifact, rules, connection)
            try await audit("tag", "\(artifact.repository):\(name)", artifact.project, user, connection)
        }
    }

    /// Deletes a repository with all its artifacts; one immutable tag keeps everything. Throws 404, 412.
    func delete(repository name: String, user: String) async throws {
        try await database.transaction { connection in
            let rows = try await connection.query("SELECT repository_id, project_id FROM repository WHERE name = $1", [name])
            guard let row = rows.first else { throw StandInFailure.notFound("repository \(name) not found") }
            let project = Int(try row.int64("project_id"))
            let rules = try await ImmutabilityRules(ofProject: project, in: database)
            // Indexes before their children: what an index needs cannot go.
            while let root = try await nextRoot(in: name, connection) { try await deleteDeeply(root, isRoot: true, rules, connection) }
            _ = try await connection.query("DELETE FROM repository WHERE name = $1", [name])
            try await refreshQuota(project, connection)
            try await audit("repository", name, project, user, connection)
        }
    }

    private static let columns = "a.id, a.project_id, a.repository_name, a.digest"

    private func find(_ id: Int64, _ connection: PostgresConnection) async throws -> Artifact? {
        try await connection.query("SELECT \(Self.columns) FROM artifact a WHERE a.id = $1", ["\(id)"]).first.map(Artifact.init)
    }

    private func nextRoot(in repository: String, _ connection: PostgresConnection) async throws -> Artifact? {
        try await connection.query(
            """
            SELECT \(Self.columns) FROM artifact a WHERE a.repository_name = $1
            AND NOT EXISTS (SELECT FROM artifact_reference f WHERE f.child_id = a.id) ORDER BY a.id LIMIT 1
            """, [repository]
        ).first.map(Artifact.init)
    }

    private func deleteDeeply(
        _ artifact: Artifact, isRoot: Bool, _ rules: ImmutabilityRules, _ connection: PostgresConnection
    ) async throws {
        let id = "\(artifact.id)"
        let tags = try await connection.query("SELECT name FROM tag WHERE artifact_id = $1", [id]).map { try $0.text("name") }
        if !isRoot, !tags.isEmpty { return }
        guard try await connection.query("SELECT 1 FROM artifact_reference WHERE child_id = $1 LIMIT 1", [id]).isEmpty else {
            guard isRoot else { return }
            throw StandInFailure.precondition("the deleting artifact is referenced by others")
        }
        let accessories = try await connection.query(
            """
            SELECT \(Self.columns) FROM artifact_accessory x JOIN artifact a ON a.id = x.artifact_id
            WHERE x.subject_artifact_digest = $1 AND x.subject_artifact_repo = $2 ORDER BY x.id
            """, [artifact.digest, artifact.repository])
        _ = try await connection.query("DELETE FROM artifact_accessory WHERE artifact_id = $1", [id])
        for accessory in accessories { try await deleteDeeply(try Artifact(accessory), isRoot: true, rules, connection) }
        let children = try await connection.query(
            "SELECT \(Self.columns) FROM artifact_reference f JOIN artifact a ON a.id = f.child_id WHERE f.parent_id = $1 ORDER BY f.id",
            [id])
        _ = try await connection.query("DELETE FROM artifact_reference WHERE parent_id = $1", [id])
        for child in children { try await deleteDeeply(try Artifact(child), isRoot: false, rules, connection) }
        try await delete(tags: tags, of: artifact, rules, connection)
        try await remove(artifact, connection)
    }

    private func delete(
        tags: [String], of artifact: Artifact, _ rules: ImmutabilityRules, _ connection: PostgresConnection
    ) async throws {
        for name in tags {
            guard !rules.cover(repository: artifact.repository, tag: name) else {
                let short = artifact.repository.drop { $0 != "/" }.dropFirst()
                throw StandInFailure.precondition("the tag \(name) configured as immutable cannot be deleted (repository \(short))")
            }
            _ = try await connection.query("DELETE FROM tag WHERE artifact_id = $1 AND name = $2", ["\(artifact.id)", name])
        }
    }

    /// The row goes to the trash; the project gives up those blobs that none of its other artifacts needs.
    private func remove(_ artifact: Artifact, _ connection: PostgresConnection) async throws {
        let id = "\(artifact.id)"
        _ = try await connection.query("DELETE FROM label_reference WHERE artifact_id = $1", [id])
        _ = try await connection.query(
            """
            INSERT INTO artifact_trash (media_type, manifest_media_type, repository_name, digest)
            SELECT media_type, manifest_media_type, repository_name, digest FROM artifact WHERE id = $1 ON CONFLICT DO NOTHING
            """, [id])
        _ = try await connection.query("DELETE FROM artifact WHERE id = $1", [id])
        _ = try await connection.query(
            """
            DELETE FROM project_blob pb USING blob b, artifact_blob gone
            WHERE pb.project_id = $1 AND b.id = pb.blob_id AND gone.digest_af = $2 AND gone.digest_blob = b.digest AND NOT EXISTS (
                SELECT FROM artifact_blob ab JOIN artifact a ON a.digest = ab.digest_af AND a.project_id = $1 WHERE ab.digest_blob = b.digest)
            """, ["\(artifact.project)", artifact.digest])
    }

    private func refreshQuota(_ project: Int, _ connection: PostgresConnection) async throws {
        _ = try await connection.query(Self.quotaRefresh, ["\(project)"])
    }

    /// Counts a project's stored use anew, foreign layers left out; `$1` is the project's id.
    static let quotaRefresh = """
        UPDATE quota_usage u SET version = version + 1, update_time = now(), used = jsonb_build_object('storage', coalesce(
        (SELECT sum(b.size) FROM project_blob pb JOIN blob b ON b.id = pb.blob_id WHERE pb.project_id = $1::integer
        AND b.content_type NOT LIKE 'application/vnd.docker.image.rootfs.foreign.%'), 0))
        WHERE u.reference = 'project' AND u.reference_id = $1::integer::text
        """

    private func audit(
        _ type: String, _ resource: String, _ project: Int, _ user: String, _ connection: PostgresConnection
    ) async throws {
        _ = try await connection.query(
            """
            INSERT INTO audit_log_ext (project_id, operation, resource_type, resource, username, op_desc, op_result)
            VALUES ($1, 'delete', $2::text, $3::text, $4, 'delete ' || $2::text || ': ' || $3::text, true)
            """, ["\(project)", type, resource, user])
    }
}
