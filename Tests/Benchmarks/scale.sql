-- A registry of 2,000 repositories with 500 tagged artifacts each, and what they are made of, as rows alone: 1 M tags, 1 M artifacts,
-- 2.4 M contents with 5 M references. A tenth of the contents of the last project belongs to nobody any more. Nothing is in the storage.
-- psql -f scale.sql, in a lab's database. Takes minutes.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';

INSERT INTO project (owner_id, name, registry_id) SELECT 1, 'bench-' || p, 0 FROM generate_series(0, 19) AS p;
INSERT INTO repository (name, project_id)
    SELECT format('bench-%s/team/app-%s', r % 20, r), (SELECT project_id FROM project WHERE name = 'bench-' || r % 20)
    FROM generate_series(0, 1999) AS r;

CREATE TEMPORARY TABLE made AS
    SELECT i, i % 2000 AS r, i / 2000 AS v, 'sha256:' || encode(sha256(convert_to('manifest ' || i, 'UTF8')), 'hex') AS manifest,
        'sha256:' || encode(sha256(convert_to('config ' || i, 'UTF8')), 'hex') AS config,
        'sha256:' || encode(sha256(convert_to(format('layer %s %s', i % 2000, i / 2000 / 5), 'UTF8')), 'hex') AS layer,
        'sha256:' || encode(sha256(convert_to(format('base %s', i % 2000 % 50), 'UTF8')), 'hex') AS base,
        timestamp '2026-11-01' - make_interval(hours => (499 - i / 2000) * 24) AS pushed
    FROM generate_series(0, 999999) AS i;

INSERT INTO artifact (project_id, repository_name, digest, type, pull_time, push_time, repository_id, media_type, manifest_media_type, size, artifact_type)
    SELECT repository.project_id, repository.name, made.manifest, 'IMAGE', NULL, made.pushed, repository.repository_id,
        'application/vnd.oci.image.config.v1+json', 'application/vnd.oci.image.manifest.v1+json', 20000000,
        'application/vnd.oci.image.config.v1+json'
    FROM made JOIN repository ON repository.name = format('bench-%s/team/app-%s', made.r % 20, made.r);
INSERT INTO tag (repository_id, artifact_id, name, push_time, pull_time)
    SELECT artifact.repository_id, artifact.id,
        CASE WHEN made.v % 2 = 0 THEN format('%s.%s.%s', made.v / 100, made.v / 10 % 10, made.v % 10) ELSE 'build-' || made.v END,
        made.pushed, NULL
    FROM made JOIN artifact ON artifact.digest = made.manifest;

INSERT INTO blob (digest, content_type, size, creation_time, update_time)
    SELECT manifest, 'application/vnd.oci.image.manifest.v1+json', 1000, pushed, pushed FROM made
    UNION ALL SELECT config, 'application/vnd.oci.image.config.v1+json', 3000, pushed, pushed FROM made
    UNION ALL SELECT DISTINCT layer, 'application/vnd.oci.image.layer.v1.tar+gzip', 10000000, timestamp '2026-01-01', timestamp '2026-01-01' FROM made
    UNION ALL SELECT DISTINCT base, 'application/vnd.oci.image.layer.v1.tar+gzip', 30000000, timestamp '2026-01-01', timestamp '2026-01-01' FROM made
    UNION ALL SELECT 'sha256:' || encode(sha256(convert_to('orphan ' || o, 'UTF8')), 'hex'), 'application/octet-stream', 500000,
        timestamp '2026-01-01', timestamp '2026-01-01' FROM generate_series(0, 199999) AS o;
INSERT INTO artifact_blob (digest_af, digest_blob)
    SELECT manifest, manifest FROM made UNION ALL SELECT manifest, config FROM made UNION ALL SELECT manifest, layer FROM made
    UNION ALL SELECT manifest, base FROM made;
INSERT INTO project_blob (project_id, blob_id)
    SELECT DISTINCT artifact.project_id, blob.id
    FROM artifact JOIN artifact_blob ON artifact_blob.digest_af = artifact.digest JOIN blob ON blob.digest = artifact_blob.digest_blob
    WHERE artifact.repository_name LIKE 'bench-%';
ANALYZE;
