internal import Postgres
internal import Synchronization

extension HarborDatabase {
    /// Hands out every content that Harbor's rows name, each once, ordered by digest.
    ///
    /// Needed are the manifests of all artifacts and everything their `artifact_blob` rows name. A foreign layer comes as unreferenced and
    /// with ``NeededBlob/isForeign``, since Harbor does not know whether the registry holds it. Other blobs come as unreferenced where they
    /// are not about to be collected and belong to a project. Rows of deleted artifacts that wait for garbage collection need nothing, nor
    /// do children that a proxy cache never pulled (``absentChildren()``).
    ///
    /// Memory does not grow with the number of rows. `onBlob` runs on the connection's thread; what it throws ends the transaction.
    @discardableResult
    package func neededBlobs(onBlob: @Sendable (NeededBlob) throws -> Void) async throws -> NeedsSummary {
        let reader = Mutex(NeededBlobReader())
        _ = try await overWholeTables {
            try await connection.copyOut("COPY (\(Self.needsQuery)) TO STDOUT") { line in
                if let blob = try reader.withLock({ try $0.read(line) }) { try onBlob(blob) }
            }
        }
        return reader.withLock { $0.summary }
    }

    /// How many children of indexes a proxy cache never pulled. They are neither needed nor lost: Harbor fetches them when asked.
    package func absentChildren() async throws -> Int {
        let rows = try await overWholeTables { try await connection.query(Self.absentChildrenQuery) }
        return Int(try rows.first?.int64("children") ?? 0)
    }

    /// The digests of all artifacts. Of an index that exists in proxy caches only, children may be missing, and those that are there have
    /// rows of their own: what it refers to needs no look. A project that caches nothing has `registry_id` 0 or NULL.
    static let liveArtifacts = """
        live AS MATERIALIZED (
            SELECT artifact.digest, bool_and(
                coalesce(project.registry_id, 0) > 0
                AND artifact.manifest_media_type IN (
                    'application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json')
            ) AS is_cached_index
            FROM public.artifact AS artifact LEFT JOIN public.project AS project ON project.project_id = artifact.project_id
            GROUP BY artifact.digest)
        """

    /// Each join is on one equality and can spill to disk, so the cost grows with the rows, whatever the planner knows of them.
    ///
    /// The sort key leaves out the algorithm, whose seven letters would fill PostgreSQL's abbreviated keys; a SHA-512 digest sorts after
    /// every SHA-256 one. It is the order of `COLLATE "C"` for everything that is a digest.
    private static let needsQuery = """
        WITH \(liveArtifacts),
        named AS (
            SELECT digest, min(role) AS role FROM (
                SELECT live.digest, 0 AS role FROM live
                UNION ALL
                SELECT part.digest_blob, 1 FROM public.artifact_blob AS part
                JOIN live ON live.digest = part.digest_af WHERE NOT live.is_cached_index
            ) AS every GROUP BY digest),
        owned AS (SELECT DISTINCT project_blob.blob_id FROM public.project_blob AS project_blob),
        needed AS (
            SELECT coalesce(named.digest, blob.digest) AS digest,
                CASE WHEN named.role IS NOT NULL THEN named.role WHEN blob.status = 'none' AND owned.blob_id IS NOT NULL THEN 2 END AS role,
                blob.size, blob.content_type
            FROM named FULL JOIN public.blob AS blob ON blob.digest = named.digest LEFT JOIN owned ON owned.blob_id = blob.id)
        SELECT digest, role, size, content_type FROM needed WHERE role IS NOT NULL
        ORDER BY CASE left(digest, 7)
            WHEN 'sha256:' THEN substr(digest, 8) WHEN 'sha512:' THEN 'g' || substr(digest, 8) ELSE 'z' || digest END COLLATE "C"
        """

    private static let absentChildrenQuery = """
        WITH \(liveArtifacts)
        SELECT count(*) AS children FROM (
            SELECT part.digest_blob AS digest FROM public.artifact_blob AS part
            JOIN live ON live.digest = part.digest_af AND live.is_cached_index
            UNION
            SELECT reference.child_digest FROM public.artifact_reference AS reference
            JOIN public.artifact AS parent ON parent.id = reference.parent_id
            JOIN live ON live.digest = parent.digest AND live.is_cached_index
        ) AS named
        WHERE NOT EXISTS (SELECT FROM live WHERE live.digest = named.digest)
        """
}
