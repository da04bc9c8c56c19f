-- Who did what. The first table is kept for its history only: nothing has been written to it since 2.13.

CREATE TABLE audit_log (
    id            serial PRIMARY KEY,
    project_id    integer NOT NULL,
    operation     varchar(20) NOT NULL,
    resource_type varchar(255) NOT NULL,
    resource      varchar(1024) NOT NULL,
    username      varchar(255) NOT NULL,
    op_time       timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_audit_log_op_time ON audit_log (op_time);
CREATE INDEX idx_audit_log_project_id_optime ON audit_log (project_id, op_time);

CREATE TABLE audit_log_ext (
    id            bigserial PRIMARY KEY,
    project_id    bigint,
    operation     varchar(50),
    resource_type varchar(255),
    resource      varchar(1024),
    username      varchar(255),
    op_desc       varchar(1024),
    op_result     boolean DEFAULT true,
    payload       text,
    source_ip     varchar(50),
    op_time       timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_audit_log_ext_op_time ON audit_log_ext (op_time);
CREATE INDEX idx_audit_log_ext_project_id_optime ON audit_log_ext (project_id, op_time);
CREATE INDEX idx_audit_log_ext_project_id_resource_type ON audit_log_ext (project_id, resource_type);
CREATE INDEX idx_audit_log_ext_project_id_operation ON audit_log_ext (project_id, operation);
