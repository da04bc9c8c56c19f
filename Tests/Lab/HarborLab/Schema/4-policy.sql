-- Limits, rules, and other servers.

CREATE TABLE quota (
    id            serial PRIMARY KEY,
    reference     varchar(255) NOT NULL,
    reference_id  varchar(255) NOT NULL,
    hard          jsonb NOT NULL,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    version       bigint DEFAULT 0,
    UNIQUE (reference, reference_id)
);

CREATE TABLE quota_usage (
    id            serial PRIMARY KEY,
    reference     varchar(255) NOT NULL,
    reference_id  varchar(255) NOT NULL,
    used          jsonb NOT NULL,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    version       bigint DEFAULT 0,
    UNIQUE (reference, reference_id)
);

CREATE TABLE retention_policy (
    id              serial PRIMARY KEY,
    scope_level     varchar(20),
    scope_reference integer,
    trigger_kind    varchar(20),
    data            text,
    create_time     timestamp,
    update_time     timestamp
);

CREATE TABLE immutable_tag_rule (
    id            serial PRIMARY KEY,
    project_id    integer NOT NULL,
    tag_filter    text,
    disabled      boolean NOT NULL DEFAULT false,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (project_id, tag_filter)
);

CREATE SEQUENCE cve_whitelist_id_seq AS integer;
CREATE TABLE cve_allowlist (
    id            integer NOT NULL DEFAULT nextval('cve_whitelist_id_seq') CONSTRAINT cve_whitelist_pkey PRIMARY KEY,
    project_id    integer CONSTRAINT cve_whitelist_project_id_key UNIQUE,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    expires_at    bigint,
    items         text NOT NULL
);
ALTER SEQUENCE cve_whitelist_id_seq OWNED BY cve_allowlist.id;

-- Webhooks.
CREATE TABLE notification_policy (
    id            serial PRIMARY KEY,
    name          varchar(256),
    project_id    integer NOT NULL,
    enabled       boolean NOT NULL DEFAULT true,
    description   text,
    targets       text,
    event_types   text,
    creator       varchar(256),
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (name, project_id)
);

CREATE SEQUENCE replication_target_id_seq AS integer;
CREATE TABLE registry (
    id              integer NOT NULL DEFAULT nextval('replication_target_id_seq') CONSTRAINT replication_target_pkey PRIMARY KEY,
    name            varchar(64) CONSTRAINT unique_target_name UNIQUE,
    url             varchar(256),
    access_key      varchar(255),
    access_secret   varchar(4096),
    insecure        boolean NOT NULL DEFAULT false,
    creation_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time     timestamp DEFAULT CURRENT_TIMESTAMP,
    credential_type varchar(16),
    type            varchar(32),
    description     text,
    health          varchar(16),
    ca_certificate  text
);
ALTER SEQUENCE replication_target_id_seq OWNED BY registry.id;

CREATE TABLE replication_policy (
    id                           serial PRIMARY KEY,
    name                         varchar(256) CONSTRAINT unique_policy_name UNIQUE,
    dest_registry_id             integer,
    enabled                      boolean NOT NULL DEFAULT true,
    description                  text,
    deleted                      boolean NOT NULL DEFAULT false,
    trigger                      varchar(256),
    filters                      varchar(1024),
    replicate_deletion           boolean NOT NULL DEFAULT false,
    start_time                   timestamp,
    creation_time                timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time                  timestamp DEFAULT CURRENT_TIMESTAMP,
    creator                      varchar(256),
    src_registry_id              integer,
    dest_namespace               varchar(256),
    override                     boolean,
    dest_namespace_replace_count integer,
    speed_kb                     integer,
    copy_by_chunk                boolean,
    single_active_replication    boolean
);

CREATE TABLE p2p_preheat_instance (
    id              serial PRIMARY KEY,
    name            varchar(255) NOT NULL UNIQUE,
    description     varchar(255),
    vendor          varchar(255) NOT NULL,
    endpoint        varchar(255) NOT NULL,
    auth_mode       varchar(255),
    auth_data       text,
    enabled         boolean,
    is_default      boolean,
    insecure        boolean,
    setup_timestamp integer
);

CREATE TABLE p2p_preheat_policy (
    id            serial PRIMARY KEY,
    name          varchar(255) NOT NULL,
    description   varchar(1024),
    project_id    integer NOT NULL,
    provider_id   integer NOT NULL,
    filters       varchar(1024),
    trigger       varchar(255),
    enabled       boolean,
    creation_time timestamp,
    update_time   timestamp,
    extra_attrs   text,
    UNIQUE (name, project_id)
);

CREATE TRIGGER replication_policy_update_time_at_modtime BEFORE UPDATE ON replication_policy
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
