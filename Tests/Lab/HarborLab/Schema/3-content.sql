-- What is in the registry.

CREATE TABLE repository (
    repository_id serial PRIMARY KEY,
    name          varchar(255) NOT NULL UNIQUE,
    project_id    integer NOT NULL,
    description   text,
    pull_count    integer NOT NULL DEFAULT 0,
    star_count    integer NOT NULL DEFAULT 0,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE artifact (
    id                  serial PRIMARY KEY,
    project_id          integer NOT NULL,
    repository_name     varchar(255) NOT NULL,
    digest              varchar(255) NOT NULL,
    type                varchar(255) NOT NULL,
    pull_time           timestamp,
    push_time           timestamp,
    repository_id       integer NOT NULL,
    media_type          varchar(255) NOT NULL,
    manifest_media_type varchar(255) NOT NULL,
    size                bigint,
    extra_attrs         text,
    annotations         jsonb,
    icon                varchar(255),
    artifact_type       varchar(255) NOT NULL,
    CONSTRAINT unique_artifact UNIQUE (repository_id, digest)
);
CREATE INDEX idx_artifact_push_time ON artifact (push_time);
CREATE INDEX idx_artifact_repository_name ON artifact (repository_name);
CREATE INDEX idx_artifact_digest_project_id ON artifact (digest, project_id);

CREATE TABLE tag (
    id            serial PRIMARY KEY,
    repository_id integer NOT NULL,
    artifact_id   integer NOT NULL REFERENCES artifact (id),
    name          varchar(255) NOT NULL,
    push_time     timestamp DEFAULT CURRENT_TIMESTAMP,
    pull_time     timestamp,
    CONSTRAINT unique_tag UNIQUE (repository_id, name)
);
CREATE INDEX idx_tag_push_time ON tag (push_time);
CREATE INDEX idx_tag_artifact_id ON tag (artifact_id);

-- The children of an index.
CREATE TABLE artifact_reference (
    id           serial PRIMARY KEY,
    parent_id    integer NOT NULL REFERENCES artifact (id),
    child_id     integer NOT NULL REFERENCES artifact (id),
    child_digest varchar(255) NOT NULL,
    platform     varchar(255),
    urls         varchar(1024),
    annotations  jsonb,
    CONSTRAINT unique_reference UNIQUE (parent_id, child_id)
);
CREATE INDEX idx_artifact_reference_child_id ON artifact_reference (child_id);

-- Signatures and the like: artifact_id is the accessory itself.
CREATE TABLE artifact_accessory (
    id                      serial PRIMARY KEY,
    artifact_id             bigint REFERENCES artifact (id),
    subject_artifact_id     bigint,
    type                    varchar(256),
    size                    bigint,
    digest                  varchar(1024),
    creation_time           timestamp DEFAULT CURRENT_TIMESTAMP,
    subject_artifact_digest varchar(1024),
    subject_artifact_repo   varchar(1024),
    CONSTRAINT unique_artifact_accessory UNIQUE (artifact_id, subject_artifact_digest)
);
CREATE INDEX idx_artifact_accessory_subject_artifact_id ON artifact_accessory (subject_artifact_id);

-- Deleted artifacts that wait for garbage collection.
CREATE TABLE artifact_trash (
    id                  serial PRIMARY KEY,
    media_type          varchar(255) NOT NULL,
    manifest_media_type varchar(255) NOT NULL,
    repository_name     varchar(255) NOT NULL,
    digest              varchar(255) NOT NULL,
    creation_time       timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT unique_artifact_trash UNIQUE (repository_name, digest)
);

CREATE TABLE blob (
    id            serial PRIMARY KEY,
    digest        varchar(255) NOT NULL UNIQUE,
    content_type  varchar(1024) NOT NULL,
    size          bigint NOT NULL,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    status        varchar(255) DEFAULT 'none',
    version       bigint DEFAULT 0
);
CREATE INDEX idx_status ON blob (status);
CREATE INDEX idx_version ON blob (version);

CREATE TABLE project_blob (
    id            serial PRIMARY KEY,
    project_id    integer NOT NULL,
    blob_id       integer NOT NULL,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT unique_project_blob UNIQUE (project_id, blob_id)
);

CREATE TABLE artifact_blob (
    id            serial PRIMARY KEY,
    digest_af     varchar(255) NOT NULL,
    digest_blob   varchar(255) NOT NULL,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT unique_artifact_blob UNIQUE (digest_af, digest_blob)
);
CREATE INDEX idx_artifact_blob_digest_blob ON artifact_blob (digest_blob);

CREATE TABLE harbor_label (
    id            serial PRIMARY KEY,
    name          varchar(128) NOT NULL,
    description   text,
    color         varchar(16),
    level         char(1) NOT NULL,
    scope         char(1) NOT NULL,
    project_id    integer,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    deleted       boolean NOT NULL DEFAULT false,
    CONSTRAINT unique_label UNIQUE (name, scope, project_id)
);

CREATE TABLE label_reference (
    id            serial PRIMARY KEY,
    label_id      integer NOT NULL REFERENCES harbor_label (id),
    artifact_id   integer NOT NULL REFERENCES artifact (id),
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT unique_label_reference UNIQUE (label_id, artifact_id)
);

-- Files that Harbor itself keeps in the registry's storage, such as exported CVE lists.
CREATE TABLE system_artifact (
    id          serial PRIMARY KEY,
    repository  varchar(256) NOT NULL,
    digest      varchar(255) NOT NULL DEFAULT '',
    size        bigint NOT NULL DEFAULT 0,
    vendor      varchar(255) NOT NULL DEFAULT '',
    type        varchar(255) NOT NULL DEFAULT '',
    create_time timestamp DEFAULT CURRENT_TIMESTAMP,
    extra_attrs text NOT NULL DEFAULT '',
    UNIQUE (repository, digest, vendor)
);

CREATE TRIGGER repository_update_time_at_modtime BEFORE UPDATE ON repository
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
CREATE TRIGGER harbor_label_update_time_at_modtime BEFORE UPDATE ON harbor_label
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
