-- Who there is, and what they may do.

CREATE TABLE harbor_user (
    user_id          serial PRIMARY KEY,
    username         varchar(255) UNIQUE,
    email            varchar(255) UNIQUE,
    password         varchar(40) NOT NULL,
    realname         varchar(255) NOT NULL,
    comment          varchar(30),
    deleted          boolean NOT NULL DEFAULT false,
    reset_uuid       varchar(40) DEFAULT NULL::varchar,
    salt             varchar(40) DEFAULT NULL::varchar,
    sysadmin_flag    boolean NOT NULL DEFAULT false,
    creation_time    timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time      timestamp DEFAULT CURRENT_TIMESTAMP,
    password_version varchar(16) DEFAULT 'sha256'
);

CREATE TABLE user_group (
    id            serial PRIMARY KEY,
    group_name    varchar(255) NOT NULL CONSTRAINT unique_group_name UNIQUE,
    group_type    smallint DEFAULT 0,
    ldap_group_dn varchar(512) NOT NULL,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE oidc_user (
    id            serial PRIMARY KEY,
    user_id       integer NOT NULL REFERENCES harbor_user (user_id),
    secret        varchar(255) NOT NULL,
    subiss        varchar(255) NOT NULL UNIQUE,
    token         text,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE access (
    access_id   serial PRIMARY KEY,
    access_code char(1),
    comment     varchar(30)
);

CREATE TABLE role (
    role_id   serial PRIMARY KEY,
    role_mask integer NOT NULL DEFAULT 0,
    role_code varchar(20),
    name      varchar(20)
);

CREATE TABLE project (
    project_id    serial PRIMARY KEY,
    owner_id      integer NOT NULL REFERENCES harbor_user (user_id),
    name          varchar(255) NOT NULL UNIQUE,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    deleted       boolean NOT NULL DEFAULT false,
    registry_id   integer
);

CREATE TABLE project_member (
    id            serial PRIMARY KEY,
    project_id    integer NOT NULL,
    entity_id     integer NOT NULL,
    entity_type   char(1) NOT NULL,
    role          integer NOT NULL,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT unique_project_entity_type UNIQUE (project_id, entity_id, entity_type)
);

CREATE TABLE project_metadata (
    id            serial PRIMARY KEY,
    project_id    integer NOT NULL REFERENCES project (project_id),
    name          varchar(255) NOT NULL,
    value         varchar(255),
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT unique_project_id_and_name UNIQUE (project_id, name)
);

CREATE TABLE robot (
    id            serial PRIMARY KEY,
    name          varchar(255),
    description   varchar(1024),
    project_id    integer,
    expiresat     bigint,
    disabled      boolean NOT NULL DEFAULT false,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    visible       boolean NOT NULL DEFAULT true,
    secret        varchar(2048),
    salt          varchar(64),
    duration      integer,
    creator_ref   integer DEFAULT 0,
    creator_type  varchar(255),
    CONSTRAINT unique_robot UNIQUE (name, project_id)
);

CREATE TABLE permission_policy (
    id            bigserial PRIMARY KEY,
    scope         varchar(255) NOT NULL,
    resource      varchar(255),
    action        varchar(255),
    effect        varchar(255),
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT unique_rbac_policy UNIQUE (scope, resource, action, effect)
);

CREATE TABLE role_permission (
    id                   bigserial PRIMARY KEY,
    role_type            varchar(255) NOT NULL,
    role_id              integer NOT NULL,
    permission_policy_id bigint NOT NULL,
    creation_time        timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT unique_role_permission UNIQUE (role_type, role_id, permission_policy_id)
);

CREATE TRIGGER harbor_user_update_time_at_modtime BEFORE UPDATE ON harbor_user
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
CREATE TRIGGER user_group_update_time_at_modtime BEFORE UPDATE ON user_group
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
CREATE TRIGGER oidc_user_update_time_at_modtime BEFORE UPDATE ON oidc_user
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
CREATE TRIGGER project_update_time_at_modtime BEFORE UPDATE ON project
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
CREATE TRIGGER project_member_update_time_at_modtime BEFORE UPDATE ON project_member
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
CREATE TRIGGER project_metadata_update_time_at_modtime BEFORE UPDATE ON project_metadata
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
CREATE TRIGGER robot_update_time_at_modtime BEFORE UPDATE ON robot
    FOR EACH ROW EXECUTE FUNCTION update_update_time_at_column();
