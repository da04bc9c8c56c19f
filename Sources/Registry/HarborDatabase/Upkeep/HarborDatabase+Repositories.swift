import Postgres
import Synchronization

extension HarborDatabase {
    /// Hands out every repository of the projects that are not deleted, ordered by name, with all that decides what may go.
    ///
    /// Left out and counted is what no registry could hold; see ``RepositoriesSummary``. It is **never a candidate for a removal**, and
    /// neither is what hangs on it: a parent or a subject whose row is in no repository handed out has to be taken for one that stays.
    ///
    /// One repository is in memory at a time. `onRepository` runs on the connection's thread; what it throws ends the transaction.
    @discardableResult
    package func repositories(onRepository: @Sendable (StoredRepository) throws -> Void) async throws -> RepositoriesSummary {
        let reader = Mutex(RepositoryReader())
        _ = try await overWholeTables {
            try await connection.copyOut("COPY (\(Self.repositoriesQuery)) TO STDOUT") { line in
                if let repository = try reader.withLock({ try $0.read(line) }) { try onRepository(repository) }
            }
        }
        if let last = reader.withLock({ $0.finish() }) { try onRepository(last) }
        return reader.withLock { $0.summary }
    }

    /// One stream of several kinds of rows, since a connection has one COPY at a time: sorted, the rows of an artifact follow it.
    /// The kinds are numbered as in ``RepositoryReader/RowKind``. An accessory may have come before its subject, as in the inventory.
    private static let repositoriesQuery = """
        WITH repositories AS MATERIALIZED (
            SELECT repository.repository_id, repository.name, project.project_id, project.name AS project,
                row_number() OVER (ORDER BY repository.name COLLATE "C")::integer AS place
            FROM public.repository AS repository JOIN public.project AS project ON project.project_id = repository.project_id
            WHERE NOT project.deleted),
        located AS MATERIALIZED (
            SELECT artifact.id, repositories.place FROM public.artifact AS artifact
            JOIN repositories ON repositories.repository_id = artifact.repository_id)
        SELECT * FROM (
            SELECT place, NULL::bigint AS artifact, 0 AS kind, name::text AS one, project::text AS two, NULL::text AS three,
                repository_id::bigint AS number, project_id::bigint AS other, NULL::timestamp AS pushed, NULL::timestamp AS pulled
            FROM repositories
            UNION ALL
            SELECT located.place, artifact.id, 1, artifact.digest, artifact.type, artifact.manifest_media_type, artifact.size, NULL,
                artifact.push_time, artifact.pull_time
            FROM located JOIN public.artifact AS artifact ON artifact.id = located.id
            UNION ALL
            SELECT located.place, located.id, 2, tag.name, NULL, NULL, NULL, NULL, tag.push_time, tag.pull_time
            FROM located JOIN public.tag AS tag ON tag.artifact_id = located.id
            UNION ALL
            SELECT located.place, located.id, 3, label.name, NULL, NULL, NULL, NULL, NULL, NULL
            FROM located JOIN public.label_reference AS reference ON reference.artifact_id = located.id
            JOIN public.harbor_label AS label ON label.id = reference.label_id WHERE NOT label.deleted
            UNION ALL
            SELECT located.place, located.id, 4, NULL, NULL, NULL, reference.parent_id, NULL, NULL, NULL
            FROM located JOIN public.artifact_reference AS reference ON reference.child_id = located.id
            UNION ALL
            SELECT located.place, located.id, 5, coalesce(subject.digest, relation.subject_artifact_digest), relation.type, NULL,
                coalesce(subject.id, later.id), NULL, NULL, NULL
            FROM located JOIN public.artifact_accessory AS relation ON relation.artifact_id = located.id
            LEFT JOIN public.artifact AS subject ON subject.id = relation.subject_artifact_id
            LEFT JOIN public.artifact AS later
                ON later.digest = relation.subject_artifact_digest AND later.repository_name = relation.subject_artifact_repo
        ) AS row
        ORDER BY place, artifact NULLS FIRST, kind, one COLLATE "C", number
        """
}
