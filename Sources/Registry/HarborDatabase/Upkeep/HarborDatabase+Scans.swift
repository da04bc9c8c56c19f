import OCIImage
import Postgres
import Synchronization

extension HarborDatabase {
    /// Hands out the state of every artifact that can be scanned, ordered by repository and row.
    ///
    /// These are images, and indexes that hold some, of projects that are not deleted; accessories and attestations are not. The scanner is
    /// the project's own, else the default one; without either the project has none. A report whose task is gone counts as failed, as in
    /// Harbor, and an index as what its children are together: running, else stopped, else scanned where one of them is.
    ///
    /// Memory does not grow with the number of rows. `onState` runs on the connection's thread; what it throws ends the transaction.
    @discardableResult
    package func scanStates(onState: @Sendable (ScanState) throws -> Void) async throws -> ScanStatesSummary {
        let reader = Mutex(ScanStateReader())
        _ = try await overWholeTables {
            try await connection.copyOut("COPY (\(Self.scanStatesQuery)) TO STDOUT") { line in
                if let state = try reader.withLock({ try $0.read(line) }) { try onState(state) }
            }
        }
        return reader.withLock { $0.summary }
    }

    /// A report belongs to a digest, its task names it in an array. What stands in `extra_attrs` may be no array at all.
    private static let reports = """
        report AS (
            SELECT report.uuid, report.digest, report.registration_uuid, report.critical_cnt, report.high_cnt, report.fixable_cnt
            FROM public.scan_report AS report
            WHERE report.mime_type = 'application/vnd.security.vulnerability.report; version=1.1'),
        run AS (
            SELECT DISTINCT ON (named.uuid) named.uuid, task.status, task.start_time, task.end_time FROM public.task AS task
            CROSS JOIN LATERAL jsonb_array_elements_text(
                CASE jsonb_typeof(task.extra_attrs::jsonb -> 'report_uuids')
                WHEN 'array' THEN task.extra_attrs::jsonb -> 'report_uuids' ELSE '[]' END) AS named(uuid)
            WHERE task.vendor_type = 'IMAGE_SCAN' ORDER BY named.uuid, task.id DESC)
        """

    /// What can be scanned, with its project's scanner.
    private static let images = """
        scanner AS MATERIALIZED (
            SELECT project.project_id, coalesce(own.uuid, usual.uuid) AS uuid FROM public.project AS project
            LEFT JOIN public.project_metadata AS metadata ON metadata.project_id = project.project_id AND metadata.name = 'projectScanner'
            LEFT JOIN public.scanner_registration AS own ON own.uuid = metadata.value
            LEFT JOIN (SELECT uuid FROM public.scanner_registration WHERE is_default ORDER BY id LIMIT 1) AS usual ON true
            WHERE NOT project.deleted AND coalesce(own.uuid, usual.uuid) IS NOT NULL),
        unscannable AS (
            SELECT relation.artifact_id AS id FROM public.artifact_accessory AS relation
            UNION
            SELECT artifact.id FROM public.blob AS blob JOIN public.artifact_blob AS part ON part.digest_blob = blob.digest
            JOIN public.artifact AS artifact ON artifact.digest = part.digest_af WHERE blob.content_type = 'application/vnd.in-toto+json'),
        image AS MATERIALIZED (
            SELECT artifact.id::bigint AS id, artifact.project_id, artifact.repository_name, artifact.digest, artifact.push_time, scanner.uuid,
                artifact.manifest_media_type IN ('\(MediaType.ociIndex)', '\(MediaType.dockerManifestList)') AS is_index
            FROM public.artifact AS artifact JOIN scanner ON scanner.project_id = artifact.project_id
            LEFT JOIN unscannable ON unscannable.id = artifact.id WHERE artifact.type = 'IMAGE' AND unscannable.id IS NULL)
        """

    private static let scanStatesQuery = """
        WITH RECURSIVE \(images), \(reports),
        leaf AS MATERIALIZED (
            SELECT image.id, CASE WHEN report.uuid IS NOT NULL THEN coalesce(run.status, 'Error') END AS status, run.start_time, run.end_time,
                report.critical_cnt, report.high_cnt, report.fixable_cnt
            FROM image LEFT JOIN report ON report.digest = image.digest AND report.registration_uuid = image.uuid
            LEFT JOIN run ON run.uuid = report.uuid WHERE NOT image.is_index),
        below AS (
            SELECT image.id AS top, image.id FROM image WHERE image.is_index
            UNION
            SELECT below.top, reference.child_id FROM below JOIN public.artifact_reference AS reference ON reference.parent_id = below.id),
        ranked(status, rank) AS (
            VALUES ('Pending', 1), ('Scheduled', 2), ('Error', 3), ('Success', 4), ('Stopped', 5), ('Running', 6)),
        state AS (
            SELECT * FROM leaf
            UNION ALL
            SELECT below.top, coalesce(
                    (ARRAY['Pending', 'Scheduled', 'Error', 'Success', 'Stopped', 'Running'])[max(ranked.rank)], max(leaf.status)),
                min(leaf.start_time), max(leaf.end_time), sum(leaf.critical_cnt)::bigint, sum(leaf.high_cnt)::bigint,
                sum(leaf.fixable_cnt)::bigint
            FROM below JOIN leaf ON leaf.id = below.id LEFT JOIN ranked ON ranked.status = leaf.status GROUP BY below.top),
        tags AS (
            SELECT tag.artifact_id, string_agg(translate(tag.name, '/', ' '), '/' ORDER BY tag.name COLLATE "C") AS list
            FROM public.tag AS tag GROUP BY tag.artifact_id)
        SELECT image.id, image.project_id, image.repository_name, image.digest, tags.list, image.push_time, image.is_index, state.status,
            state.start_time, state.end_time, state.critical_cnt, state.high_cnt, state.fixable_cnt
        FROM state JOIN image ON image.id = state.id LEFT JOIN tags ON tags.artifact_id = image.id
        ORDER BY image.repository_name COLLATE "C", image.id
        """
}
