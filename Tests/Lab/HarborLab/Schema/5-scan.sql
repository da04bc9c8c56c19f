-- What scanners found.

CREATE TABLE scanner_registration (
    id                serial PRIMARY KEY,
    uuid              varchar(64) NOT NULL UNIQUE,
    url               varchar(256) NOT NULL UNIQUE,
    name              varchar(128) NOT NULL UNIQUE,
    description       varchar(1024),
    auth              varchar(16) NOT NULL,
    access_cred       varchar(512),
    disabled          boolean NOT NULL DEFAULT false,
    is_default        boolean NOT NULL DEFAULT false,
    use_internal_addr boolean NOT NULL DEFAULT false,
    immutable         boolean NOT NULL DEFAULT false,
    skip_cert_verify  boolean NOT NULL DEFAULT false,
    create_time       timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time       timestamp DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE scan_report (
    id                serial PRIMARY KEY,
    uuid              varchar(64) NOT NULL UNIQUE,
    digest            varchar(256) NOT NULL,
    registration_uuid varchar(64) NOT NULL,
    mime_type         varchar(256) NOT NULL,
    report            json,
    critical_cnt      bigint,
    high_cnt          bigint,
    medium_cnt        bigint,
    low_cnt           bigint,
    none_cnt          bigint,
    unknown_cnt       bigint,
    fixable_cnt       bigint,
    UNIQUE (digest, registration_uuid, mime_type)
);

CREATE TABLE sbom_report (
    id                serial PRIMARY KEY,
    uuid              varchar(64) NOT NULL UNIQUE,
    artifact_id       integer NOT NULL,
    registration_uuid varchar(64) NOT NULL,
    mime_type         varchar(256) NOT NULL,
    media_type        varchar(256) NOT NULL,
    report            json,
    UNIQUE (artifact_id, registration_uuid, mime_type, media_type)
);

CREATE TABLE vulnerability_record (
    id                bigserial PRIMARY KEY,
    cve_id            text NOT NULL DEFAULT '',
    registration_uuid text NOT NULL DEFAULT ''
        CONSTRAINT fk_registration_uuid REFERENCES scanner_registration (uuid) ON DELETE CASCADE,
    package           text NOT NULL DEFAULT '',
    package_version   text NOT NULL DEFAULT '',
    package_type      text NOT NULL DEFAULT '',
    severity          text NOT NULL DEFAULT '',
    fixed_version     text,
    urls              text,
    cvss_score_v3     double precision,
    cvss_score_v2     double precision,
    cvss_vector_v3    text,
    cvss_vector_v2    text,
    description       text,
    cwe_ids           text,
    vendor_attributes json,
    status            text,
    UNIQUE (cve_id, registration_uuid, package, package_version)
);
CREATE INDEX idx_vulnerability_record_cvss_score_v3 ON vulnerability_record (cvss_score_v3);
CREATE INDEX idx_vulnerability_registration_uuid ON vulnerability_record (registration_uuid);
CREATE INDEX idx_vulnerability_record_cve_id ON vulnerability_record (cve_id);
CREATE INDEX idx_vulnerability_record_severity ON vulnerability_record (severity);
CREATE INDEX idx_vulnerability_record_package ON vulnerability_record (package);

CREATE TABLE report_vulnerability_record (
    id             bigserial PRIMARY KEY,
    report_uuid    text NOT NULL DEFAULT '' CONSTRAINT fk_report_uuid REFERENCES scan_report (uuid) ON DELETE CASCADE,
    vuln_record_id bigint NOT NULL DEFAULT 0 CONSTRAINT fk_vuln_record_id REFERENCES vulnerability_record (id) ON DELETE CASCADE,
    UNIQUE (report_uuid, vuln_record_id)
);
CREATE INDEX idx_report_vulnerability_record_vuln_record_id ON report_vulnerability_record (vuln_record_id);
