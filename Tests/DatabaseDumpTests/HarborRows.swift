/// Rows for Harbor's tables: enough to have something in each class of tables, and every awkward value in text columns.
enum HarborRows {
    static let sql = #"""
        INSERT INTO harbor_user (username, email, password, realname, comment, salt, sysadmin_flag)
        SELECT 'user' || g, 'user' || g || '@example.com', md5(g::text), E'tab\there, line\nbreak, cr\r, back\\slash, \\N, grüße 🦭', '', NULL, g = 1
        FROM generate_series(1, 50) AS g;
        INSERT INTO project (owner_id, name, deleted) SELECT 1, 'project' || g, false FROM generate_series(1, 5) AS g;
        INSERT INTO repository (name, project_id, description) SELECT 'project' || (1 + g % 5) || '/r' || g, 1 + g % 5, NULLIF(repeat(E'\\.\n', g % 3), '')
        FROM generate_series(1, 100) AS g;
        INSERT INTO artifact (project_id, repository_name, digest, type, repository_id, media_type, manifest_media_type, size, extra_attrs, annotations, artifact_type)
        SELECT 1 + g % 5, 'project' || (1 + g % 5) || '/r' || (1 + g % 100), 'sha256:' || md5(g::text) || md5((-g)::text), 'IMAGE', 1 + g % 100, 'a', 'b', g * 1000,
               '{"x": "' || g || '"}', jsonb_build_object('k', g, 'text', E'tab\t"quote"\\'), 'c'
        FROM generate_series(1, 2000) AS g;
        INSERT INTO tag (repository_id, artifact_id, name) SELECT 1 + g % 100, g, 't' || g FROM generate_series(1, 2000) AS g;
        INSERT INTO blob (digest, content_type, size) SELECT 'sha256:' || md5(g::text) || md5((-g)::text), 'x', g FROM generate_series(1, 5000) AS g;
        INSERT INTO scanner_registration (uuid, url, name, auth) VALUES ('s1', 'http://trivy', 'Trivy', '');
        INSERT INTO scan_report (uuid, digest, registration_uuid, mime_type, report)
        SELECT 'r' || g, 'sha256:' || g, 's1', 'm', E'{"spaces" :   "kept \\t as written"}' FROM generate_series(1, 100) AS g;
        INSERT INTO vulnerability_record (cve_id, registration_uuid, package, package_version, cvss_score_v3, vendor_attributes)
        SELECT 'CVE-' || g, 's1', 'p' || g, '1.0', g / 7.0::float8, '{"CVSS": null}' FROM generate_series(1, 3000) AS g;
        INSERT INTO report_vulnerability_record (report_uuid, vuln_record_id) SELECT 'r' || (1 + g % 100), g FROM generate_series(1, 3000) AS g;
        INSERT INTO execution (vendor_type, vendor_id, status, trigger, extra_attrs)
        SELECT CASE WHEN g % 2 = 0 THEN 'IMAGE_SCAN' ELSE 'GARBAGE_COLLECTION' END, g, 'Success', 'MANUAL', '{}' FROM generate_series(1, 100) AS g;
        INSERT INTO task (execution_id, job_id, status, status_code, run_count, vendor_type, extra_attrs)
        SELECT g, 'j' || g, 'Success', 3, 1, CASE WHEN g % 2 = 0 THEN 'IMAGE_SCAN' ELSE 'GARBAGE_COLLECTION' END, '{"report_uuids": ["r1"]}'
        FROM generate_series(1, 100) AS g;
        INSERT INTO audit_log (project_id, operation, resource_type, resource, username) SELECT 1, 'create', 'artifact', 'x' || g, 'u' FROM generate_series(1, 1000) AS g;
        SELECT setval('tag_id_seq', 123456, false);
        UPDATE harbor_user SET realname = '' WHERE user_id = 7;
        """#
}
