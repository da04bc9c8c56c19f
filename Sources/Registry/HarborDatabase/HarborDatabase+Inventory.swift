internal import OCIImage
internal import Postgres
internal import Synchronization

extension HarborDatabase {
    /// Writes what the registry holds: a JSON object for each project, then one for each artifact, ordered by repository and digest.
    ///
    /// `onLine` gets each object without a line end, as UTF-8, valid during the call only and on the connection's thread; what it throws
    /// ends the transaction. ``InventoryArtifact`` and ``InventoryProject`` document the members. Rows whose digest, repository or tag no
    /// registry could hold are left out; ``neededBlobs(onBlob:)`` reports such digests.
    package func inventory(onLine: @Sendable (UnsafeRawBufferPointer) throws -> Void) async throws -> InventoryCounts {
        let projects = try await lines(Self.projectsQuery, onLine)
        let artifacts = try await overWholeTables { try await lines(Self.artifactsQuery, onLine) }
        return InventoryCounts(projects: Int(projects), artifacts: Int(artifacts))
    }

    private func lines(_ query: String, _ onLine: @Sendable (UnsafeRawBufferPointer) throws -> Void) async throws -> Int64 {
        let scratch = Mutex<[UInt8]>([])
        return try await connection.copyOut("COPY (\(query)) TO STDOUT") { row in
            let line = row.last == UInt8(ascii: "\n") ? UnsafeRawBufferPointer(rebasing: row.dropLast()) : row
            guard line.contains(UInt8(ascii: "\\")) else { return try onLine(line) }
            // JSON has no tab, newline or carriage return of its own, so COPY doubled backslashes and did nothing else.
            try scratch.withLock { unescaped in
                unescaped.removeAll(keepingCapacity: true)
                var isEscaped = false
                for byte in line {
                    isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                    if !isEscaped { unescaped.append(byte) }
                }
                try unescaped.withUnsafeBytes(onLine)
            }
        }
    }

    private static let projectsQuery = """
        SELECT json_build_object('kind', 'project', 'name', project.name, 'deleted', project.deleted)
        FROM public.project AS project ORDER BY project.name COLLATE "C"
        """

    /// A digest as ``Digest`` takes it, in PostgreSQL's words. A pattern that counts to 64, or one under the database's own collation,
    /// takes some twenty times longer.
    private static func isDigest(_ column: String) -> String {
        """
        (octet_length(\(column)) = 71 AND left(\(column), 7) = 'sha256:' OR octet_length(\(column)) = 135 AND left(\(column), 7) = 'sha512:')
        AND substr(\(column), 8) COLLATE "C" !~ '[^0-9a-f]'
        """
    }

    /// A name as ``RepositoryName`` takes it: no other character, and no separators at an end or beside each other but `__` and `--`.
    private static let isRepositoryName = """
        artifact.repository_name COLLATE "C" !~ '[^a-z0-9._/-]|^[._/-]|[._/-]$|[./][._/-]|-[._/]|_[./-]|___' AND artifact.repository_name <> ''
        """

    /// A name as ``TagName`` takes it.
    private static let isTagName = """
        tag.name COLLATE "C" !~ '[^A-Za-z0-9_.-]|^[.-]' AND octet_length(tag.name) BETWEEN 1 AND 128
        """

    private static let foreignLayer = MediaType.foreignLayerPrefixes.map { "content_type LIKE '\($0)%'" }.joined(separator: " OR ")

    /// Each list is aggregated once for all artifacts and then joined. An accessory may have come before its subject, which it then knows
    /// by repository and digest only.
    private static let artifactsQuery = """
        WITH \(liveArtifacts), tags AS (
            SELECT tag.artifact_id, json_agg(tag.name ORDER BY tag.name COLLATE "C") AS list FROM public.tag AS tag
            WHERE \(isTagName) GROUP BY tag.artifact_id),
        children AS (
            SELECT reference.parent_id, json_agg(DISTINCT reference.child_digest COLLATE "C") AS list FROM public.artifact_reference AS reference
            WHERE \(isDigest("reference.child_digest")) GROUP BY reference.parent_id),
        accessory AS (
            SELECT DISTINCT own.id, own.digest, relation.type, coalesce(subject.id, later.id) AS subject_id,
                coalesce(subject.digest, relation.subject_artifact_digest) AS subject_digest
            FROM public.artifact_accessory AS relation JOIN public.artifact AS own ON own.id = relation.artifact_id
            LEFT JOIN public.artifact AS subject ON subject.id = relation.subject_artifact_id
            LEFT JOIN public.artifact AS later
                ON later.digest = relation.subject_artifact_digest AND later.repository_name = relation.subject_artifact_repo),
        accessories AS (
            SELECT subject_id, json_agg(json_build_object('digest', digest, 'type', coalesce(type, '')) ORDER BY digest COLLATE "C") AS list
            FROM accessory WHERE subject_id IS NOT NULL AND \(isDigest("digest")) GROUP BY subject_id),
        subjects AS (
            SELECT id, min(subject_digest COLLATE "C") AS digest FROM accessory WHERE \(isDigest("subject_digest")) GROUP BY id),
        foreign_layers AS (SELECT blob.digest FROM public.blob AS blob WHERE \(foreignLayer)),
        parts AS (
            SELECT part.digest_af, json_agg(part.digest_blob ORDER BY part.digest_blob COLLATE "C") AS list FROM public.artifact_blob AS part
            JOIN live ON live.digest = part.digest_af LEFT JOIN live AS child ON child.digest = part.digest_blob
            WHERE \(isDigest("part.digest_blob")) AND (child.digest IS NOT NULL OR NOT live.is_cached_index)
                AND NOT EXISTS (SELECT FROM foreign_layers AS layer WHERE layer.digest = part.digest_blob)
            GROUP BY part.digest_af)
        SELECT json_build_object(
            'kind', 'artifact', 'repository', artifact.repository_name, 'digest', artifact.digest, 'type', artifact.type,
            'media_type', artifact.media_type, 'manifest_media_type', artifact.manifest_media_type, 'size', artifact.size,
            'push_time', to_char(artifact.push_time, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'tags', coalesce(tags.list, '[]'::json), 'children', coalesce(children.list, '[]'::json),
            'accessories', coalesce(accessories.list, '[]'::json), 'subject', subjects.digest, 'blobs', coalesce(parts.list, '[]'::json))
        FROM public.artifact AS artifact
        LEFT JOIN tags ON tags.artifact_id = artifact.id LEFT JOIN children ON children.parent_id = artifact.id
        LEFT JOIN accessories ON accessories.subject_id = artifact.id LEFT JOIN subjects ON subjects.id = artifact.id
        LEFT JOIN parts ON parts.digest_af = artifact.digest
        WHERE \(isDigest("artifact.digest")) AND \(isRepositoryName)
        ORDER BY artifact.repository_name COLLATE "C", artifact.digest COLLATE "C"
        """
}
