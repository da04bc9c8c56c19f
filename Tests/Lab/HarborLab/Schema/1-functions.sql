-- Harbor 2.15's tables at schema version 180, in the shape that its migrations leave behind. Names that look odd (cve_whitelist,
-- replication_target) are what tables were called before they were renamed.

CREATE FUNCTION update_update_time_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.update_time = NOW();
    RETURN NEW;
END;
$$;

CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);

CREATE TABLE data_migrations (
    id            serial PRIMARY KEY,
    version       integer,
    creation_time timestamp DEFAULT CURRENT_TIMESTAMP,
    update_time   timestamp DEFAULT CURRENT_TIMESTAMP
);

-- Left over from the time before golang-migrate; the only table without a primary key.
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);

CREATE TABLE properties (
    id serial PRIMARY KEY,
    k  varchar(64) NOT NULL UNIQUE,
    v  text NOT NULL
);
