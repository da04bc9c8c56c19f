-- What a new Harbor writes, and then what its administrators set up. Values that depend on the secret key come in as psql variables.

INSERT INTO schema_migrations (version, dirty) VALUES (180, false);
INSERT INTO data_migrations (version) VALUES (30);
INSERT INTO alembic_version VALUES ('1.6.0');

INSERT INTO access (access_code, comment) VALUES
    ('M', 'Management access for project'), ('R', 'Read access for project'), ('W', 'Write access for project'),
    ('D', 'Delete access for project'), ('S', 'Search access for project');
INSERT INTO role (role_code, name) VALUES
    ('MDRWS', 'projectAdmin'), ('RWS', 'developer'), ('RS', 'guest'), ('DRWS', 'maintainer'), ('LRS', 'limitedGuest');

INSERT INTO harbor_user (username, email, password, realname, comment, deleted, salt, sysadmin_flag, password_version) VALUES
    ('admin', 'admin@example.com', :'admin_password', 'system admin', 'admin user', false, :'admin_salt', true, 'sha256'),
    ('anonymous', 'anonymous@example.com', '', 'anonymous user', 'anonymous user', true, NULL, false, 'sha256'),
    ('grace', 'grace@example.com', :'admin_password', E'Grace \\ "Höpper"\t', NULL, false, :'admin_salt', false, 'sha256'),
    ('alice', 'alice@example.com', '', 'Alice', 'Onboarded via OIDC provider', false, NULL, false, ''),
    ('bob#5', 'bob@example.com#5', :'admin_password', 'Bob', NULL, true, :'admin_salt', false, 'sha1');
INSERT INTO oidc_user (user_id, secret, subiss, token) VALUES (4, :'oidc_secret', 'alice-subhttps://idp.example.com', :'oidc_token');
INSERT INTO user_group (group_name, group_type, ldap_group_dn) VALUES ('developers', 3, ''), ('ops', 1, 'cn=ops,ou=groups,dc=example,dc=com');

INSERT INTO registry (name, url, access_key, access_secret, insecure, credential_type, type, description, health) VALUES
    ('docker-hub', 'https://hub.docker.com', 'company', :'registry_secret', false, 'basic', 'docker-hub', '', 'healthy'),
    ('second-site', 'https://registry.second.example.com', 'robot$mirror', :'registry_secret', false, 'basic', 'harbor', 'the other site', 'healthy');

INSERT INTO project (owner_id, name, deleted, registry_id) VALUES
    (1, 'library', false, 0), (1, 'team-a', false, 0), (3, 'team-b', false, 0), (1, 'dockerhub-cache', false, 1), (3, 'legacy#5', true, 0);
INSERT INTO project_metadata (project_id, name, value) VALUES
    (1, 'public', 'true'), (2, 'public', 'false'), (2, 'auto_scan', 'true'), (2, 'prevent_vul', 'true'), (2, 'severity', 'high'),
    (2, 'retention_id', '1'), (3, 'public', 'false'), (3, 'enable_content_trust_cosign', 'true'), (4, 'public', 'true'), (5, 'public', 'false');
INSERT INTO project_member (project_id, entity_id, entity_type, role) VALUES
    (1, 1, 'u', 1), (2, 1, 'u', 1), (2, 3, 'u', 4), (2, 1, 'g', 2), (3, 3, 'u', 1), (3, 2, 'g', 5), (4, 1, 'u', 1), (5, 3, 'u', 1);

INSERT INTO quota (reference, reference_id, hard) VALUES
    ('project', '1', '{"storage": -1}'), ('project', '2', '{"storage": 107374182400}'), ('project', '3', '{"storage": -1}'),
    ('project', '4', '{"storage": -1}');
INSERT INTO quota_usage (reference, reference_id, used) SELECT reference, reference_id, '{"storage": 0}' FROM quota;

INSERT INTO robot (name, description, project_id, expiresat, secret, salt, duration, creator_ref, creator_type) VALUES
    ('opsd', 'backup and maintenance', 0, -1, :'robot_secret', :'robot_salt', -1, 1, 'local'),
    ('team-a+ci', '', 2, 1924992000, :'robot_secret', :'robot_salt', 1460, 3, 'local');
INSERT INTO permission_policy (scope, resource, action, effect) VALUES
    ('/system', 'garbage-collection', 'read', ''), ('/system', 'jobservice-monitor', 'list', ''), ('/system', 'jobservice-monitor', 'stop', ''),
    ('/project/*', 'repository', 'pull', ''), ('/project/2', 'repository', 'push', ''), ('/project/2', 'repository', 'pull', '');
INSERT INTO role_permission (role_type, role_id, permission_policy_id) VALUES
    ('robotaccount', 1, 1), ('robotaccount', 1, 2), ('robotaccount', 1, 3), ('robotaccount', 1, 4), ('robotaccount', 2, 5), ('robotaccount', 2, 6);

INSERT INTO properties (k, v) VALUES
    ('auth_mode', 'oidc_auth'), ('read_only', 'false'), ('project_creation_restriction', 'adminonly'), ('self_registration', 'false'),
    ('oidc_name', 'idp'), ('oidc_endpoint', 'https://idp.example.com'), ('oidc_client_id', 'harbor'), ('oidc_client_secret', :'oidc_client_secret'),
    ('ldap_url', 'ldaps://ldap.example.com'), ('ldap_search_password', :'ldap_password'), ('robot_token_duration', '30'),
    ('skip_audit_log_database', 'false'), ('notification_enable', 'true');

INSERT INTO cve_allowlist (project_id, expires_at, items) VALUES (0, NULL, '[]'), (2, 1924992000, '[{"cve_id":"CVE-2023-4911"}]');
INSERT INTO immutable_tag_rule (project_id, tag_filter) VALUES
    (2, '{"id":0,"project_id":2,"disabled":false,"priority":0,"action":"immutable","template":"immutable_template","tag_selectors":[{"kind":"doublestar","decoration":"matches","pattern":"v*","extras":""}],"scope_selectors":{"repository":[{"kind":"doublestar","decoration":"repoMatches","pattern":"**","extras":""}]}}');
INSERT INTO retention_policy (scope_level, scope_reference, trigger_kind, data, create_time, update_time) VALUES
    ('project', 2, 'Schedule', '{"id":1,"algorithm":"or","rules":[{"id":1,"priority":0,"disabled":false,"action":"retain","template":"latestPushedK","params":{"latestPushedK":10},"tag_selectors":[{"kind":"doublestar","decoration":"matches","pattern":"**","extras":"{\"untagged\":true}"}],"scope_selectors":{"repository":[{"kind":"doublestar","decoration":"repoMatches","pattern":"**","extras":""}]}}],"trigger":{"kind":"Schedule","settings":{"cron":"0 30 3 * * *"},"references":{"job_id":3}},"scope":{"level":"project","ref":2}}', now(), now());
INSERT INTO notification_policy (name, project_id, description, targets, event_types, creator) VALUES
    ('chat', 2, 'tell the channel', '[{"type":"http","address":"https://chat.example.com/hook","auth_header":"Bearer in-clear-as-harbor-stores-it","skip_cert_verify":false,"payload_format":"Default"}]', '["PUSH_ARTIFACT","SCANNING_FAILED"]', 'admin');
INSERT INTO replication_policy (name, dest_registry_id, trigger, filters, replicate_deletion, creator, src_registry_id, override, dest_namespace_replace_count, speed_kb, copy_by_chunk, single_active_replication) VALUES
    ('to-second-site', 2, '{"type":"scheduled","trigger_settings":{"cron":"0 0 4 * * *"}}', '[{"type":"name","value":"team-a/**"}]', false, 'admin', 0, true, 1, 0, false, false);
INSERT INTO p2p_preheat_instance (name, description, vendor, endpoint, auth_mode, auth_data, enabled, is_default, insecure, setup_timestamp) VALUES
    ('dragonfly', '', 'dragonfly', 'https://dragonfly.example.com', 'BASIC', :'preheat_auth', true, true, false, 1700000000);
INSERT INTO p2p_preheat_policy (name, description, project_id, provider_id, filters, trigger, enabled, creation_time, update_time, extra_attrs) VALUES
    ('warm-up', '', 2, 1, '[{"type":"repository","value":"**"},{"type":"tag","value":"v*"}]', '{"type":"manual"}', true, now(), now(), '{}');

INSERT INTO scanner_registration (uuid, url, name, description, auth, access_cred, is_default, use_internal_addr, immutable) VALUES
    ('5c7f0fd1-23d4-4d5c-9d4c-0242ac120002', 'http://trivy-adapter:8080', 'Trivy', 'The bundled scanner', '', '', true, true, true),
    ('7b0e6c52-1f0a-4a55-8c1e-0242ac120002', 'https://scanner.example.com', 'Second opinion', NULL, 'Basic', :'scanner_cred', false, false, false);

INSERT INTO harbor_label (name, description, color, level, scope, project_id) VALUES
    ('approved', 'by the security team', '#00AB9A', 'u', 'g', 0), ('nightly', '', '#FF8400', 'u', 'p', 2);
INSERT INTO job_queue_status (job_type, paused) VALUES ('GARBAGE_COLLECTION', false), ('REPLICATION', true);
