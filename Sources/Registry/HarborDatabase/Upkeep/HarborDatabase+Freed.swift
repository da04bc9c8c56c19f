import Foundation
package import OCIImage
import Postgres

extension HarborDatabase {
    /// What garbage collections free once these artifacts are removed: the contents that no other artifact needs.
    ///
    /// `artifacts` are rows, accessories and children that follow among them; unknown ones change nothing. In the total a shared content
    /// counts once; a repository gets what its own removals would free if they were the only ones, so that the total can be more
    /// than the sum. Foreign layers, which the registry does not hold, and repositories whose name none could hold are left out.
    package func freedBytes(
        removing artifacts: [Int64]
    ) async throws -> (total: FreedBytes, byRepository: [RepositoryName: FreedBytes]) {
        var total = FreedBytes()
        var byRepository: [RepositoryName: FreedBytes] = [:]
        guard !artifacts.isEmpty else { return (total, byRepository) }
        for row in try await byHashing({ try await connection.query(Self.freedQuery, [Self.array(artifacts)]) }) {
            let freed = FreedBytes(blobs: Int(try row.int64("blobs")), bytes: try row.int64("bytes"))
            total.blobs += freed.blobs
            total.bytes += freed.bytes
            // Without a name it is shared by several repositories, or in one that no registry could hold: in the total only.
            if let name = row["name"].flatMap({ try? RepositoryName(parsing: $0) }) {  // as said above
                byRepository[name] = freed
            }
        }
        return (total, byRepository)
    }

    /// A parameter of type `bigint[]`.
    static func array(_ numbers: [Int64]) -> String {
        var text = "{"
        text.reserveCapacity(numbers.count * 8)
        for number in numbers {
            if text.utf8.count > 1 { text += "," }
            text += String(number)
        }
        return text + "}"
    }

    /// Whether the layer in `blob` is fetched elsewhere.
    static let isForeignBlob =
        "(" + MediaType.foreignLayerPrefixes.map { "blob.content_type LIKE '\($0)%'" }.joined(separator: " OR ") + ")"

    /// Whether `artifact` of `project` is an index in a proxy cache. Its children are there only if somebody pulled them, and then they are
    /// artifacts themselves.
    static let isCachedIndex = """
        (coalesce(project.registry_id, 0) > 0 AND artifact.manifest_media_type IN ('\(MediaType.ociIndex)', '\(MediaType.dockerManifestList)'))
        """

    /// As ``overWholeTables(_:)``, and without merge joins: sorting millions of digests, by the database's own collation, costs many times
    /// what hashing them costs.
    func byHashing<Value>(_ query: () async throws -> Value) async throws -> Value {
        try await overWholeTables {
            _ = try await connection.query("SELECT set_config('enable_mergejoin', 'off', true)")
            let value = try await query()
            // After an error the transaction is over, and the setting with it.
            _ = try await connection.query("SELECT set_config('enable_mergejoin', 'on', true)")
            return value
        }
    }

    private static let freedQuery = """
        WITH removed AS MATERIALIZED (SELECT DISTINCT id FROM unnest($1::bigint[]) AS given(id)),
        going AS MATERIALIZED (
            SELECT artifact.digest, artifact.repository_id, \(isCachedIndex) AS is_cached_index FROM public.artifact AS artifact
            JOIN removed ON removed.id = artifact.id LEFT JOIN public.project AS project ON project.project_id = artifact.project_id),
        staying AS MATERIALIZED (
            SELECT DISTINCT artifact.digest FROM public.artifact AS artifact
            WHERE NOT EXISTS (SELECT FROM removed WHERE removed.id = artifact.id)),
        candidate AS MATERIALIZED (
            SELECT digest, min(repository_id) AS first, max(repository_id) AS last FROM (
                SELECT part.digest_blob AS digest, going.repository_id
                FROM going JOIN public.artifact_blob AS part ON part.digest_af = going.digest WHERE NOT going.is_cached_index
                UNION ALL SELECT digest, repository_id FROM going) AS named
            GROUP BY digest),
        kept AS (
            SELECT part.digest_blob AS digest FROM candidate JOIN public.artifact_blob AS part ON part.digest_blob = candidate.digest
            JOIN staying ON staying.digest = part.digest_af
            UNION SELECT digest FROM staying),
        freed AS (
            SELECT CASE WHEN candidate.first = candidate.last THEN candidate.first END AS repository_id, count(*) AS blobs,
                sum(blob.size)::bigint AS bytes
            FROM candidate JOIN public.blob AS blob ON blob.digest = candidate.digest
            LEFT JOIN kept ON kept.digest = candidate.digest
            WHERE kept.digest IS NULL AND NOT \(isForeignBlob)
            GROUP BY 1)
        SELECT repository.name, freed.blobs, freed.bytes FROM freed
        LEFT JOIN public.repository AS repository ON repository.repository_id = freed.repository_id
        """
}
