import OCIImage
import Postgres
import Synchronization

extension HarborDatabase {
    /// What Harbor's garbage collection would delete if it began at this transaction's `now()`: first the artifacts that go because they
    /// have no tag, by repository and digest, then the contents, ordered by digest.
    ///
    /// `deletesUntagged` and `window` are the collection's parameters. As in Harbor a content goes when no artifact of the projects that
    /// have it needs it and nobody pushed or asked for it during the window; how long ago its artifact was deleted makes no difference.
    /// Immutability rules are not asked: a tagged signature that such a rule protects keeps its untagged subject, which is told here.
    ///
    /// Memory grows with the untagged artifacts and the children of indexes, 100 bytes each, not with the contents. Both closures run on
    /// the connection's thread; what they throw ends the transaction.
    package func garbage(
        deletesUntagged: Bool, window: Duration, onBlob: @Sendable (GarbageBlob) throws -> Void,
        onUntagged: @Sendable (UntaggedArtifact) throws -> Void
    ) async throws -> GarbageState {
        var state = try await garbageCounts()
        let gone = Self.array(deletesUntagged ? try await untaggedAndFollowing() : [])
        let malformed = Mutex<Int64>(0)
        _ = try await byHashing {
            _ = try await connection.copyOut("COPY (\(Self.untaggedQuery(gone))) TO STDOUT") { line in
                var fields = CopyFields(line)
                let id = try fields.wholeNumber()
                guard let repository = try? RepositoryName(parsing: fields.text() ?? ""),  // counted: no registry could hold it
                    let digest = try fields.bytes().flatMap({ Digest(parsing: $0) })
                else { return malformed.withLock { $0 += 1 } }
                try onUntagged(UntaggedArtifact(id: id, repository: repository, digest: digest))
            }
            return try await connection.copyOut("COPY (\(Self.garbageQuery(gone, window))) TO STDOUT") { line in
                guard let blob = try Self.garbageBlob(line) else { return malformed.withLock { $0 += 1 } }
                try onBlob(blob)
            }
        }
        state.malformed = malformed.withLock { $0 }
        return state
    }

    private func garbageCounts() async throws -> GarbageState {
        var state = GarbageState()
        guard let row = try await overWholeTables({ try await connection.query(Self.countsQuery) }).first else { return state }
        state.trash = try row.int64("trash")
        state.deleteFailed = try row.int64("failed")
        state.stuck = try row.int64("stuck")
        state.blobs = try row.int64("blobs")
        state.bytes = try row.int64("bytes")
        return state
    }

    private func untaggedAndFollowing() async throws -> [Int64] {
        let walk = Mutex(UntaggedWalk())
        _ = try await overWholeTables {
            try await connection.copyOut("COPY (\(Self.walkQuery)) TO STDOUT") { line in
                var fields = CopyFields(line)
                let (kind, from, to) = (try fields.wholeNumber(), try fields.wholeNumber(), try fields.wholeNumber())
                let isTagged = try fields.flag()
                walk.withLock { walk in
                    if kind == 0 {
                        walk.addRoot(to)
                    } else if kind == 1 {
                        walk.addChild(to, of: from, isTagged: isTagged)
                    } else {
                        walk.addAccessory(to, of: from)
                    }
                }
            }
        }
        return walk.withLock { $0.gone() }
    }

    /// Nil where the digest is none.
    private static func garbageBlob(_ line: UnsafeRawBufferPointer) throws -> GarbageBlob? {
        var fields = CopyFields(line)
        guard let digest = try fields.bytes().flatMap({ Digest(parsing: $0) }) else { return nil }
        let (size, number) = (try fields.wholeNumber(), try fields.wholeNumber())
        let reasons = GarbageBlob.Reason.allCases
        guard reasons.indices.contains(Int(number)) else { throw CopyFields.unexpected("an unknown reason") }
        return GarbageBlob(
            digest: digest, size: size, reason: reasons[Int(number)], isManifest: try fields.flag(), isNeeded: try fields.flag())
    }
}

extension HarborDatabase {
    /// Rows of the trash whose artifact was pushed again are none.
    private static let trashed = """
        trashed AS (
            SELECT trash.digest FROM public.artifact_trash AS trash LEFT JOIN public.artifact AS again
                ON again.repository_name = trash.repository_name AND again.digest = trash.digest
            WHERE again.id IS NULL)
        """

    private static let countsQuery = """
        WITH \(trashed)
        SELECT (SELECT count(*) FROM trashed) AS trash, count(*) FILTER (WHERE blob.status = 'deletefailed') AS failed,
            count(*) FILTER (WHERE blob.status = 'deleting') AS stuck, count(*) AS blobs,
            coalesce(sum(blob.size) FILTER (WHERE NOT \(isForeignBlob)), 0)::bigint AS bytes
        FROM public.blob AS blob
        """

    /// Roots, and whatever hangs on them: kind, from, to, whether the child has a tag. Of each child that a root leads to come all its
    /// parents, so that one that stays is seen. An accessory that came before its subject does not know its row, and Harbor leaves it.
    private static let walkQuery = """
        WITH RECURSIVE root AS MATERIALIZED (
            SELECT artifact.id::bigint AS id FROM public.artifact AS artifact
            WHERE NOT EXISTS (SELECT FROM public.tag AS tag WHERE tag.artifact_id = artifact.id)
                AND NOT EXISTS (SELECT FROM public.artifact_reference AS reference WHERE reference.child_id = artifact.id)
                AND NOT EXISTS (SELECT FROM public.artifact_accessory AS relation WHERE relation.artifact_id = artifact.id)),
        edge AS MATERIALIZED (
            SELECT 1 AS kind, reference.parent_id::bigint AS origin, reference.child_id::bigint AS target
            FROM public.artifact_reference AS reference
            UNION ALL
            SELECT 2, relation.subject_artifact_id, relation.artifact_id FROM public.artifact_accessory AS relation
            WHERE relation.subject_artifact_id IS NOT NULL AND relation.artifact_id IS NOT NULL),
        reached AS (
            SELECT id FROM root
            UNION SELECT edge.target FROM reached JOIN edge ON edge.origin = reached.id),
        tagged AS (SELECT DISTINCT tag.artifact_id FROM public.tag AS tag)
        SELECT 0 AS kind, 0::bigint AS origin, root.id AS target, false AS is_tagged FROM root
        UNION ALL
        SELECT edge.kind, edge.origin, edge.target, tagged.artifact_id IS NOT NULL
        FROM edge JOIN reached ON reached.id = CASE edge.kind WHEN 1 THEN edge.target ELSE edge.origin END
        LEFT JOIN tagged ON tagged.artifact_id = edge.target AND edge.kind = 1
        ORDER BY kind, origin, target
        """

    private static func untaggedQuery(_ gone: String) -> String {
        """
        SELECT artifact.id, artifact.repository_name, artifact.digest FROM public.artifact AS artifact
        JOIN unnest('\(gone)'::bigint[]) AS gone(id) ON gone.id = artifact.id
        ORDER BY artifact.repository_name COLLATE "C", artifact.digest COLLATE "C"
        """
    }

    private static let manifestTypes = [
        MediaType.dockerManifest, MediaType.dockerManifestList, MediaType.dockerSchema1, MediaType.dockerSignedSchema1,
        MediaType.ociManifest, MediaType.ociIndex,
    ].map { "'\($0)'" }.joined(separator: ", ")

    /// The columns are digest, size, number of the reason, whether it is a manifest, whether an artifact that stays needs it, which for
    /// a foreign layer means nothing: it is not in the storage. Nor are children that a proxy cache never pulled.
    ///
    /// A row of `project_blob` keeps its blob where an artifact of the project needs it. Of a deleted project Harbor looks at the rows only
    /// while it deletes an artifact of it. The millions of `artifact_blob` are joined once; all that follows is by number.
    private static func garbageQuery(_ gone: String, _ window: Duration) -> String {
        """
        WITH member AS (
            SELECT artifact.digest, artifact.project_id, gone.id IS NULL AS stays, \(isCachedIndex) AS is_cached_index
            FROM public.artifact AS artifact LEFT JOIN public.project AS project ON project.project_id = artifact.project_id
            LEFT JOIN unnest('\(gone)'::bigint[]) AS gone(id) ON gone.id = artifact.id),
        usage AS MATERIALIZED (
            SELECT blob.id, member.project_id, bool_or(member.stays) AS stays, bool_or(NOT member.stays) AS goes,
                bool_or(member.stays AND NOT member.is_cached_index) AS is_needed
            FROM member JOIN public.artifact_blob AS part ON part.digest_af = member.digest
            JOIN public.blob AS blob ON blob.digest = part.digest_blob GROUP BY blob.id, member.project_id),
        kept AS (
            SELECT DISTINCT owner.blob_id FROM public.project_blob AS owner
            LEFT JOIN usage ON usage.id = owner.blob_id AND usage.project_id = owner.project_id
            LEFT JOIN public.project AS project ON project.project_id = owner.project_id
            WHERE usage.stays OR coalesce(project.deleted, true) AND NOT coalesce(usage.goes, false)),
        candidate AS (
            SELECT blob.id, blob.digest, blob.size, \(isForeignBlob) AS is_foreign, blob.content_type IN (\(manifestTypes)) AS is_manifest
            FROM public.blob AS blob LEFT JOIN kept ON kept.blob_id = blob.id
            WHERE kept.blob_id IS NULL AND blob.status IN ('none', 'delete', 'deletefailed')
                AND blob.update_time <= (now() AT TIME ZONE 'UTC') - \(microseconds(window)) * interval '1 microsecond'),
        \(trashed),
        discarded AS (
            SELECT DISTINCT blob.id FROM trashed JOIN public.artifact_blob AS part ON part.digest_af = trashed.digest
            JOIN public.blob AS blob ON blob.digest = part.digest_blob),
        used AS (SELECT id, bool_or(goes) AS goes, bool_or(is_needed) AS is_needed FROM usage GROUP BY id),
        manifest AS (SELECT digest, bool_or(NOT stays) AS goes, bool_or(stays) AS is_needed FROM member GROUP BY digest)
        SELECT candidate.digest, CASE WHEN candidate.is_foreign THEN 0 ELSE candidate.size END,
            CASE WHEN used.goes OR manifest.goes THEN 0 WHEN discarded.id IS NOT NULL THEN 1 ELSE 2 END, candidate.is_manifest,
            (coalesce(used.is_needed, false) OR coalesce(manifest.is_needed, false)) AND NOT candidate.is_foreign
        FROM candidate LEFT JOIN used ON used.id = candidate.id LEFT JOIN discarded ON discarded.id = candidate.id
        LEFT JOIN manifest ON manifest.digest = candidate.digest
        ORDER BY candidate.digest COLLATE "C"
        """
    }

    private static func microseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
