import Foundation
package import OCIImage
import Postgres

extension HarborDatabase {
    /// What artifacts consist of: their manifests, and all that their `artifact_blob` rows name; each content with one of the repositories
    /// that need it.
    ///
    /// `artifacts` are rows; unknown ones consist of nothing. Foreign layers are left out, and of an index in a proxy cache all but its
    /// manifest: children that were pulled have rows of their own. A digest or a name that no registry could hold is left out too.
    package func contents(of artifacts: [Int64]) async throws -> [Digest: RepositoryName] {
        guard !artifacts.isEmpty else { return [:] }
        var contents: [Digest: RepositoryName] = [:]
        for row in try await overWholeTables({ try await connection.query(Self.contentsQuery, [Self.array(artifacts)]) }) {
            guard let digest = Digest(parsing: Array(try row.text("digest").utf8)),
                let name = try? RepositoryName(parsing: try row.text("name"))  // left out, as said above
            else { continue }
            contents[digest] = name
        }
        return contents
    }

    /// Those of `artifacts`, which are rows, that are there.
    package func existing(_ artifacts: [Int64]) async throws -> Set<Int64> {
        guard !artifacts.isEmpty else { return [] }
        let rows = try await connection.query("SELECT id FROM public.artifact WHERE id = ANY ($1::bigint[])", [Self.array(artifacts)])
        return Set(try rows.map { try $0.int64("id") })
    }

    private static let contentsQuery = """
        WITH given AS MATERIALIZED (SELECT DISTINCT id FROM unnest($1::bigint[]) AS given(id)),
        chosen AS MATERIALIZED (
            SELECT artifact.digest, artifact.repository_name AS name,
                coalesce(project.registry_id, 0) > 0 AND artifact.manifest_media_type IN (
                    '\(MediaType.ociIndex)', '\(MediaType.dockerManifestList)') AS is_cached_index
            FROM public.artifact AS artifact JOIN given ON given.id = artifact.id
            LEFT JOIN public.project AS project ON project.project_id = artifact.project_id)
        SELECT digest, min(name) AS name FROM (
            SELECT chosen.digest, chosen.name FROM chosen
            UNION ALL
            SELECT part.digest_blob, chosen.name FROM chosen JOIN public.artifact_blob AS part ON part.digest_af = chosen.digest
            LEFT JOIN public.blob AS blob ON blob.digest = part.digest_blob
            WHERE NOT chosen.is_cached_index AND NOT coalesce(\(isForeignBlob), false)
        ) AS named
        GROUP BY digest
        """
}
