import Postgres

extension HarborDatabase {
    /// The projects that are not deleted, ordered by name, with all their metadata.
    package func projects() async throws -> [StoredProject] {
        var projects: [StoredProject] = []
        var metadata: [Int64: [String: String]] = [:]
        for row in try await connection.query("SELECT project_id, name, value FROM public.project_metadata WHERE value IS NOT NULL") {
            metadata[try row.int64("project_id"), default: [:]][try row.text("name")] = try row.text("value")
        }
        let rows = try await connection.query(
            """
            SELECT project.project_id, project.name, coalesce(project.registry_id, 0) > 0 AS is_cache FROM public.project AS project
            WHERE NOT project.deleted ORDER BY project.name COLLATE "C"
            """)
        for row in rows {
            let id = try row.int64("project_id")
            projects.append(
                StoredProject(id: id, name: try row.text("name"), isProxyCache: try row.bool("is_cache"), metadata: metadata[id] ?? [:]))
        }
        return projects
    }

    /// The retention policy of each project that has one: the one that the project's metadata name, since rows of policies that were
    /// replaced can stay behind. Ordered by project.
    package func retentionPolicies() async throws -> [StoredRule] {
        try await rules(
            """
            SELECT policy.id, project.project_id, policy.data AS json FROM public.project AS project
            JOIN public.project_metadata AS metadata ON metadata.project_id = project.project_id AND metadata.name = 'retention_id'
            JOIN public.retention_policy AS policy ON policy.id::text = metadata.value
            WHERE NOT project.deleted AND policy.data IS NOT NULL ORDER BY project.project_id
            """)
    }

    /// The immutability rules that are enabled, ordered by project and row.
    package func immutableRules() async throws -> [StoredRule] {
        try await rules(
            """
            SELECT rule.id, rule.project_id, rule.tag_filter AS json FROM public.immutable_tag_rule AS rule
            JOIN public.project AS project ON project.project_id = rule.project_id
            WHERE NOT project.deleted AND NOT rule.disabled AND rule.tag_filter IS NOT NULL ORDER BY rule.project_id, rule.id
            """)
    }

    /// A value of Harbor's configuration as stored, such as `read_only`; nil where the default rules. Passwords are encrypted in it.
    package func property(_ key: String) async throws -> String? {
        try await connection.query("SELECT v FROM public.properties WHERE k = $1", [key]).first?["v"]
    }

    /// The identifier of the default scanner; nil where there is none.
    package func scannerRegistration() async throws -> String? {
        try await connection.query("SELECT uuid FROM public.scanner_registration WHERE is_default ORDER BY id LIMIT 1").first?["uuid"]
    }

    private func rules(_ query: String) async throws -> [StoredRule] {
        try await connection.query(query).map { row in
            StoredRule(id: try row.int64("id"), projectID: try row.int64("project_id"), json: try row.text("json"))
        }
    }
}
