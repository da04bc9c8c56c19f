-- What jobs ran, run and will run.

CREATE TABLE execution (
    id             serial PRIMARY KEY,
    vendor_type    varchar(64) NOT NULL,
    vendor_id      integer,
    status         varchar(16),
    status_message text,
    trigger        varchar(16) NOT NULL,
    extra_attrs    json,
    start_time     timestamp DEFAULT CURRENT_TIMESTAMP,
    end_time       timestamp,
    revision       integer,
    update_time    timestamp
);
CREATE INDEX idx_execution_vendor_type_vendor_id ON execution (vendor_type, vendor_id);
CREATE INDEX idx_execution_start_time ON execution (start_time);

CREATE TABLE task (
    id              serial PRIMARY KEY,
    execution_id    integer NOT NULL REFERENCES execution (id),
    job_id          varchar(64),
    status          varchar(16) NOT NULL,
    status_code     integer NOT NULL,
    status_revision integer,
    status_message  text,
    run_count       integer,
    extra_attrs     json,
    creation_time   timestamp DEFAULT CURRENT_TIMESTAMP,
    start_time      timestamp,
    update_time     timestamp,
    end_time        timestamp,
    vendor_type     varchar(64) NOT NULL
);
CREATE INDEX task_execution_id_idx ON task (execution_id);
CREATE INDEX idx_task_job_id ON task (job_id);
CREATE INDEX idx_task_extra_attrs_report_uuids ON task USING gin ((extra_attrs::jsonb -> 'report_uuids'));

CREATE TABLE schedule (
    id                  serial PRIMARY KEY,
    creation_time       timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time         timestamp DEFAULT CURRENT_TIMESTAMP,
    vendor_type         varchar(64),
    vendor_id           integer,
    cron                varchar(64),
    callback_func_name  varchar(128),
    callback_func_param text,
    cron_type           varchar(64),
    extra_attrs         json,
    revision            integer,
    CONSTRAINT unique_schedule UNIQUE (vendor_type, vendor_id)
);

CREATE TABLE job_log (
    log_id        serial PRIMARY KEY,
    job_uuid      varchar(64) NOT NULL,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    content       text
);
CREATE UNIQUE INDEX job_log_uuid ON job_log (job_uuid);

CREATE TABLE job_queue_status (
    id          serial PRIMARY KEY,
    job_type    varchar(256) NOT NULL UNIQUE,
    paused      boolean NOT NULL DEFAULT false,
    update_time timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP
);
