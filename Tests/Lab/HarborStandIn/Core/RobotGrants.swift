import Postgres

extension StandInDatabase {
    /// Gives the system robot `name` what an operations daemon asks for, as rows. Throws `PostgresError`.
    func grantLeastPermissions(toRobot name: String) async throws {
        let system = RobotPermissions.leastForSystem.map { ("/system", $0) }
        let projects = RobotPermissions.leastForProjects.map { ("/project/*", $0) }
        let values = (system + projects).map { "('\($0.0)', '\($0.1.resource)', '\($0.1.action)', '')" }.joined(separator: ", ")
        try await execute(
            """
            INSERT INTO permission_policy (scope, resource, action, effect) VALUES \(values) ON CONFLICT DO NOTHING;
            INSERT INTO role_permission (role_type, role_id, permission_policy_id)
            SELECT 'robotaccount', r.id, p.id FROM robot r, permission_policy p
            JOIN (VALUES \(values)) AS wanted (scope, resource, action, effect) USING (scope, resource, action)
            WHERE r.name = '\(name)' AND r.project_id = 0 ON CONFLICT DO NOTHING;
            """)
    }

    /// Takes one permission from the system robot `name`, or all where `resource` is nil. Throws `PostgresError`.
    package func revoke(_ resource: String?, _ action: String? = nil, fromRobot name: String) async throws {
        try await query(
            """
            DELETE FROM role_permission USING robot r, permission_policy p WHERE role_type = 'robotaccount' AND role_id = r.id
            AND permission_policy_id = p.id AND r.name = $1 AND (p.resource = $2 OR $2 IS NULL) AND (p.action = $3 OR $3 IS NULL)
            """, [name, resource, action])
    }

    /// Switches the whole instance to read-only, or back, as its administrator does. Throws `PostgresError`.
    package func setReadOnly(_ isReadOnly: Bool) async throws {
        try await query(
            "INSERT INTO properties (k, v) VALUES ('read_only', $1) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
            [isReadOnly ? "true" : "false"])
    }
}
