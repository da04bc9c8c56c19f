-- What a Harbor that is in use writes: schedules, executions, scans, logs. Runs when all images are there.

INSERT INTO schedule (vendor_type, vendor_id, cron, callback_func_name, callback_func_param, cron_type, extra_attrs, revision) VALUES
    ('GARBAGE_COLLECTION', -1, '0 0 2 * * *', 'GARBAGE_COLLECTION', '{"Trigger":null,"DeleteUntagged":true,"DryRun":false,"Workers":1,"ExtraAttrs":{"delete_untagged":true,"dry_run":false,"redis_url_reg":"redis://:in-clear@redis:6379/1?idle_timeout_seconds=30","time_window":2,"workers":1}}', 'Daily', '{"delete_untagged":true,"dry_run":false,"redis_url_reg":"redis://:in-clear@redis:6379/1?idle_timeout_seconds=30","time_window":2,"workers":1}', 1),
    ('SCAN_ALL', 0, '0 0 3 * * *', 'SCAN_ALL', '', 'Daily', '{}', 1),
    ('RETENTION', 1, '0 30 3 * * *', 'RETENTION', '{"PolicyID":1,"Trigger":"SCHEDULE"}', '', '{}', 1),
    ('REPLICATION', 1, '0 0 4 * * *', 'REPLICATION_CALLBACK', '{"policy_id":1}', '', '{}', 1),
    ('SYSTEM_ARTIFACT_CLEANUP', 0, '0 0 0 * * *', 'SYSTEM_ARTIFACT_CLEANUP', '', 'Daily', '{}', 1),
    ('EXECUTION_SWEEP', 0, '0 0 * * * *', 'EXECUTION_SWEEP_CALLBACK', '', 'Hourly', '{}', 1);
-- A schedule lives by these companions: the task names the periodic job that the job service keeps.
INSERT INTO execution (vendor_type, vendor_id, status, trigger, extra_attrs, revision, update_time)
    SELECT 'SCHEDULER', id, 'Running', 'MANUAL', '{}', 0, now() FROM schedule ORDER BY id;
INSERT INTO task (execution_id, job_id, status, status_code, status_revision, run_count, extra_attrs, start_time, update_time, vendor_type)
    SELECT id, substr(md5('periodic ' || id), 1, 24), 'Scheduled', 1, 1700000000, 1, '{}', now(), now(), 'SCHEDULER' FROM execution ORDER BY id;

INSERT INTO execution (vendor_type, vendor_id, status, status_message, trigger, extra_attrs, start_time, end_time, revision, update_time) VALUES
    ('GARBAGE_COLLECTION', -1, 'Success', '', 'SCHEDULE', '{"delete_untagged":true,"dry_run":false,"freed_space":1048576,"purged_blobs":3,"purged_manifests":1,"redis_url_reg":"redis://redis:6379/1","time_window":2,"workers":1}', now() - interval '1 day', now() - interval '1 day' + interval '30 s', 2, now()),
    ('RETENTION', 1, 'Success', '', 'SCHEDULE', '{"dry_run":false}', now() - interval '22 h', now() - interval '22 h', 1, now());
INSERT INTO task (execution_id, job_id, status, status_code, status_revision, run_count, extra_attrs, start_time, update_time, end_time, vendor_type)
    SELECT id, substr(md5('job ' || id), 1, 24), 'Success', 3, 1700000000, 1, '{}', start_time, update_time, end_time, vendor_type
    FROM execution WHERE vendor_type IN ('GARBAGE_COLLECTION', 'RETENTION') ORDER BY id;

-- Scans: one report per image manifest; its task knows the report by report_uuids.
INSERT INTO scan_report (uuid, digest, registration_uuid, mime_type, report, critical_cnt, high_cnt, medium_cnt, low_cnt, none_cnt, unknown_cnt, fixable_cnt)
    SELECT md5('report ' || digest)::uuid::text, digest, '5c7f0fd1-23d4-4d5c-9d4c-0242ac120002', 'application/vnd.security.vulnerability.report; version=1.1',
        json_build_object('generated_at', '2026-01-01T03:00:00Z', 'scanner', json_build_object('name', 'Trivy', 'vendor', 'Aqua Security', 'version', 'v0.72.0'), 'severity', 'High', 'vulnerabilities', NULL),
        0, 1, 1, 0, 0, 0, 1
    FROM (SELECT DISTINCT digest FROM artifact WHERE type = 'IMAGE' AND media_type LIKE '%image%config%' OR media_type LIKE '%container.image%') images ORDER BY digest;
INSERT INTO vulnerability_record (cve_id, registration_uuid, package, package_version, package_type, severity, fixed_version, urls, cvss_score_v3, cvss_vector_v3, description, cwe_ids, vendor_attributes, status) VALUES
    ('CVE-2023-4911', '5c7f0fd1-23d4-4d5c-9d4c-0242ac120002', 'libc6', '2.36-9+deb12u1', '', 'High', '2.36-9+deb12u3', 'https://avd.aquasec.com/nvd/cve-2023-4911', 7.8, 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', E'A buffer overflow.\nSecond line with a\ttab and a \\ backslash', 'CWE-787', '{"CVSS":{"nvd":{"V3Score":7.8}}}', 'fixed'),
    ('CVE-2011-3374', '5c7f0fd1-23d4-4d5c-9d4c-0242ac120002', 'apt', '2.6.1', '', 'Low', '', 'https://avd.aquasec.com/nvd/cve-2011-3374', 3.7, NULL, 'It was found that apt-key', 'CWE-347', '{}', 'affected');
INSERT INTO report_vulnerability_record (report_uuid, vuln_record_id) SELECT r.uuid, v.id FROM scan_report r CROSS JOIN vulnerability_record v ORDER BY r.id, v.id;
INSERT INTO execution (vendor_type, vendor_id, status, trigger, extra_attrs, start_time, end_time, revision, update_time)
    SELECT 'IMAGE_SCAN', a.id, 'Success', 'MANUAL', json_build_object('artifact', json_build_object('digest', a.digest, 'id', a.id)), now() - interval '3 h', now() - interval '3 h', 1, now()
    FROM artifact a JOIN scan_report USING (digest) ORDER BY a.id;
INSERT INTO task (execution_id, job_id, status, status_code, status_revision, run_count, extra_attrs, start_time, update_time, end_time, vendor_type)
    SELECT e.id, substr(md5('scan ' || e.id), 1, 24), 'Success', 3, 1700000000, 1,
        json_build_object('artifact_id', a.id, 'report_uuids', json_build_array(r.uuid)), e.start_time, e.update_time, e.end_time, 'IMAGE_SCAN'
    FROM execution e JOIN artifact a ON e.vendor_type = 'IMAGE_SCAN' AND a.id = e.vendor_id JOIN scan_report r USING (digest) ORDER BY e.id;
INSERT INTO sbom_report (uuid, artifact_id, registration_uuid, mime_type, media_type, report)
    SELECT md5('sbom ' || id)::uuid::text, id, '5c7f0fd1-23d4-4d5c-9d4c-0242ac120002', 'application/vnd.security.sbom.report+json; version=1.0', 'application/spdx+json', '{"sbom_digest":"","scan_status":"Success"}'
    FROM artifact ORDER BY id LIMIT 1;

INSERT INTO label_reference (label_id, artifact_id) SELECT 1, min(id) FROM artifact;
INSERT INTO job_log (job_uuid, content)
    SELECT job_id, E'2026-01-01T02:00:00Z [INFO] [/jobservice/job/impl/gc/garbage_collection.go:1]: start to run gc\n2026-01-01T02:00:30Z [INFO]: done\n'
    FROM task WHERE vendor_type = 'GARBAGE_COLLECTION';
INSERT INTO audit_log (project_id, operation, resource_type, resource, username, op_time) VALUES
    (1, 'create', 'project', 'library', 'admin', '2023-05-05 05:05:05'), (2, 'create', 'project', 'team-a', 'admin', '2024-02-29 23:59:59.999999');
INSERT INTO audit_log_ext (project_id, operation, resource_type, resource, username, op_desc, op_result)
    SELECT project_id, 'push', 'artifact', repository_name || '@' || digest, 'robot$team-a+ci', 'push artifact: ' || repository_name || '@' || digest, true FROM artifact ORDER BY id;
INSERT INTO audit_log_ext (project_id, operation, resource_type, resource, username, op_desc, op_result) VALUES
    (0, 'login', 'user', 'mallory', 'mallory', 'login by mallory', false), (5, 'delete', 'project', 'legacy', 'grace', 'delete project: legacy', true);

UPDATE repository SET pull_count = 3 WHERE name LIKE 'library/%';
