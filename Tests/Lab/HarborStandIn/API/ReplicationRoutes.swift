import Postgres

/// The calls that read replication: endpoints, policies, executions, tasks.
struct ReplicationRoutes: Sendable {
    let database: StandInDatabase

    func add(to routes: Routes) {
        routes.on("GET", "/registries") { request in
            try request.require("list", "registry")
            var listing = Listing(
                from: "registry r", document: Self.registry("r"),
                columns: ["name": .init(kind: .text, expression: "r.name"), "id": .init(kind: .integer, expression: "r.id")], order: "r.id")
            if let name = request.queryValue("name") { listing.require("r.name = ?", name) }
            return try await listing.respond(request, database)
        }
        routes.on("GET", "/replication/policies") { request in
            try request.require("list", "replication-policy")
            let listing = Listing(
                from: Self.policies, document: Self.policy,
                columns: ["name": .init(kind: .text, expression: "p.name"), "id": .init(kind: .integer, expression: "p.id")], order: "p.id")
            let (documents, headers) = try await listing.page(request, database)
            return try .json(.array(documents.map(\.withoutNulls)), headers: headers)
        }
        routes.on("GET", "/replication/policies/{id}") { request in
            try request.require("read", "replication-policy")
            let id = try request.integer("id")
            guard let text = try await database.value("SELECT \(Self.policy) FROM \(Self.policies) WHERE p.id = $1", ["\(id)"]) else {
                throw StandInFailure.notFound("replication policy \(id) not found")
            }
            return try .json(try JSONValue(parsing: text).withoutNulls)
        }
        routes.on("GET", "/replication/executions") { try await executions($0) }
        routes.on("GET", "/replication/executions/{id}") { request in
            try request.require("read", "replication")
            let id = try request.integer("id")
            let text = try await database.value(
                "SELECT \(Self.execution) FROM execution e WHERE e.vendor_type = 'REPLICATION' AND e.id = $1", ["\(id)"])
            guard let text else { throw StandInFailure.notFound("replication execution \(id) not found") }
            return try .json(try JSONValue(parsing: text).withoutNulls)
        }
        routes.on("GET", "/replication/executions/{id}/tasks") { try await tasks($0) }
    }

    /// Secrets come back masked.
    private static func registry(_ alias: String) -> String {
        """
        json_build_object('id', \(alias).id, 'name', \(alias).name, 'url', \(alias).url, 'type', \(alias).type, \
        'insecure', \(alias).insecure, 'description', coalesce(\(alias).description, ''), 'status', coalesce(\(alias).health, ''), \
        'credential', json_build_object('type', \(alias).credential_type, 'access_key', coalesce(\(alias).access_key, ''), 'access_secret', '*****'), \
        'creation_time', \(Listing.time("\(alias).creation_time")), 'update_time', \(Listing.time("\(alias).update_time")))
        """
    }

    private static let policies = """
        replication_policy p LEFT JOIN registry s ON s.id = p.src_registry_id LEFT JOIN registry d ON d.id = p.dest_registry_id
        """

    private static let policy = """
        json_build_object('id', p.id, 'name', p.name, 'description', coalesce(p.description, ''), \
        'src_registry', CASE WHEN s.id IS NOT NULL THEN \(registry("s")) END, \
        'dest_registry', CASE WHEN d.id IS NOT NULL THEN \(registry("d")) END, \
        'dest_namespace', coalesce(p.dest_namespace, ''), 'dest_namespace_replace_count', coalesce(p.dest_namespace_replace_count, -1), \
        'trigger', nullif(p.trigger, '')::json, 'filters', coalesce(nullif(p.filters, ''), '[]')::json, \
        'replicate_deletion', p.replicate_deletion, 'override', coalesce(p.override, false), 'enabled', p.enabled, \
        'speed', coalesce(p.speed_kb, 0), 'copy_by_chunk', coalesce(p.copy_by_chunk, false), \
        'single_active_replication', coalesce(p.single_active_replication, false), \
        'creation_time', \(Listing.time("p.creation_time")), 'update_time', \(Listing.time("p.update_time")))
        """

    /// Replication has words of its own for the states of jobs.
    private static func status(_ column: String) -> String {
        "CASE \(column) WHEN 'Success' THEN 'Succeed' WHEN 'Error' THEN 'Failed' WHEN 'Stopped' THEN 'Stopped' ELSE 'InProgress' END"
    }

    private static func tasks(_ states: String) -> String {
        "(SELECT count(*) FROM task t WHERE t.execution_id = e.id\(states.isEmpty ? "" : " AND t.status IN (\(states))"))"
    }

    private static let trigger = "CASE e.trigger WHEN 'SCHEDULE' THEN 'scheduled' WHEN 'EVENT' THEN 'event_based' ELSE 'manual' END"

    private static let execution = """
        json_build_object('id', e.id, 'policy_id', e.vendor_id, 'status', \(status("e.status")), 'trigger', \(trigger), \
        'start_time', \(Listing.time("e.start_time")), 'end_time', \(Listing.time("e.end_time")), \
        'status_text', coalesce(e.status_message, ''), 'total', \(tasks("")), 'failed', \(tasks("'Error'")), 'succeed', \(tasks("'Success'")), \
        'stopped', \(tasks("'Stopped'")), 'in_progress', \(tasks("'Pending', 'Running', 'Scheduled'")))
        """

    private func executions(_ request: StandInRequest) async throws -> StandInResponse {
        try request.require("list", "replication")
        var listing = Listing(
            from: "execution e", document: Self.execution,
            columns: ["start_time": .init(kind: .time, expression: "e.start_time"), "id": .init(kind: .integer, expression: "e.id")],
            order: "e.start_time DESC, e.id DESC", conditions: ["e.vendor_type = 'REPLICATION'"])
        if let policy = request.queryValue("policy_id") { listing.require("e.vendor_id::text = ?", policy) }
        if let status = request.queryValue("status") { listing.require("\(Self.status("e.status")) = ?", status) }
        if let trigger = request.queryValue("trigger") { listing.require("\(Self.trigger) = ?", trigger) }
        let (documents, headers) = try await listing.page(request, database)
        return try .json(.array(documents.map(\.withoutNulls)), headers: headers)
    }

    private func tasks(_ request: StandInRequest) async throws -> StandInResponse {
        try request.require("list", "replication")
        var listing = Listing(
            from: "task t",
            document: """
                json_build_object('id', t.id, 'execution_id', t.execution_id, 'status', \(Self.status("t.status")), 'job_id', t.job_id, \
                'operation', coalesce(t.extra_attrs->>'operation', ''), 'resource_type', coalesce(t.extra_attrs->>'resource_type', ''), \
                'src_resource', coalesce(t.extra_attrs->>'source_resource', ''), 'dst_resource', coalesce(t.extra_attrs->>'destination_resource', ''), \
                'start_time', \(Listing.time("t.start_time")), 'end_time', \(Listing.time("t.end_time")))
                """, columns: ["id": .init(kind: .integer, expression: "t.id")], order: "t.id",
            conditions: ["t.vendor_type = 'REPLICATION'"])
        listing.require("t.execution_id = ?::integer", "\(try request.integer("id"))")
        let (documents, headers) = try await listing.page(request, database)
        return try .json(.array(documents.map(\.withoutNulls)), headers: headers)
    }
}
