package import OCIImage
internal import Postgres

extension HarborDatabase {
    /// Digests that go into one question, so that a parameter stays below a few hundred kilobytes.
    private static let batchSize = 2000

    /// The artifacts that need any of `digests`, themselves or through the children of an index, ordered by repository and digest.
    ///
    /// A manifest that is among the digests affects itself. Rows whose names no registry could hold are left out.
    package func imagesAffected(by digests: [Digest]) async throws -> [AffectedImage] {
        var found: [ImageKey: (tags: Set<TagName>, digests: Set<Digest>)] = [:]
        for batch in Self.batches(digests) {
            let rows = try await connection.query(Self.affectedQuery, [Self.array(batch.map(\.description))])
            for row in rows {
                // A name that cannot be parsed belongs to nothing that a registry holds.
                guard let repository = try? RepositoryName(parsing: row.text("repository_name")),
                    let digest = try? Digest(parsing: row.text("digest")),  // as above
                    let cause = try? Digest(parsing: row.text("cause"))  // as above: it is one of ours
                else { continue }
                let key = ImageKey(repository: repository, digest: digest)
                found[key, default: ([], [])].digests.insert(cause)
                if let tag = row["tag"].flatMap({ try? TagName(parsing: $0) }) { found[key]?.tags.insert(tag) }  // as above
            }
        }
        return found.sorted { $0.key < $1.key }.map { key, value in
            AffectedImage(repository: key.repository, digest: key.digest, tags: value.tags.sorted(), digests: value.digests.sorted())
        }
    }

    /// Which of `digests` artifacts still need, now: as ``neededBlobs(onBlob:)``, without those that are unreferenced or foreign.
    package func stillNeeded(_ digests: [Digest]) async throws -> Set<Digest> {
        var needed: Set<Digest> = []
        for batch in Self.batches(digests) {
            for row in try await connection.query(Self.stillNeededQuery, [Self.array(batch.map(\.description))]) {
                needed.insert(try Digest(parsing: try row.text("digest")))
            }
        }
        return needed
    }

    private struct ImageKey: Hashable, Comparable {
        let repository: RepositoryName
        let digest: Digest

        static func < (left: ImageKey, right: ImageKey) -> Bool {
            left.repository == right.repository ? left.digest < right.digest : left.repository < right.repository
        }
    }

    private static func batches(_ digests: [Digest]) -> [ArraySlice<Digest>] {
        let unique = Set(digests).sorted()
        return stride(from: 0, to: unique.count, by: batchSize).map { unique[$0..<min($0 + batchSize, unique.count)] }
    }

    /// An index can hold indexes, so parents are followed to the top; UNION ends it even where rows form a circle.
    private static let affectedQuery = """
        WITH RECURSIVE asked AS (SELECT unnest($1::text[]) AS digest),
        hit AS (
            (SELECT artifact.id, asked.digest AS cause FROM asked JOIN public.artifact AS artifact ON artifact.digest = asked.digest
             UNION
             SELECT artifact.id, asked.digest FROM asked JOIN public.artifact_blob AS part ON part.digest_blob = asked.digest
             JOIN public.artifact AS artifact ON artifact.digest = part.digest_af)
            UNION
            SELECT reference.parent_id, hit.cause FROM hit JOIN public.artifact_reference AS reference ON reference.child_id = hit.id)
        SELECT artifact.repository_name, artifact.digest, hit.cause, tag.name AS tag
        FROM hit JOIN public.artifact AS artifact ON artifact.id = hit.id LEFT JOIN public.tag AS tag ON tag.artifact_id = artifact.id
        """

    private static let stillNeededQuery = """
        SELECT asked.digest FROM unnest($1::text[]) AS asked(digest)
        WHERE EXISTS (SELECT FROM public.artifact AS artifact WHERE artifact.digest = asked.digest)
        OR (
            EXISTS (
                SELECT FROM public.artifact_blob AS part JOIN public.artifact AS artifact ON artifact.digest = part.digest_af
                LEFT JOIN public.project AS project ON project.project_id = artifact.project_id
                WHERE part.digest_blob = asked.digest AND NOT (
                    coalesce(project.registry_id, 0) > 0
                    AND artifact.manifest_media_type IN (
                        'application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json')))
            AND NOT EXISTS (
                SELECT FROM public.blob AS blob WHERE blob.digest = asked.digest
                AND (\(MediaType.foreignLayerPrefixes.map { "blob.content_type LIKE '\($0)%'" }.joined(separator: " OR ")))))
        """
}
