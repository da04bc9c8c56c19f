import Postgres

/// The calls that read quotas, robots and the audit log.
struct GovernanceRoutes: Sendable {
    let database: StandInDatabase

    func add(to routes: Routes) {
        routes.on("GET", "/quotas") { request in
            try request.require("list", "quota")
            var listing = quotas
            if let reference = request.queryValue("reference") { listing.require("q.reference = ?", reference) }
            if let id = request.queryValue("reference_id") { listing.require("q.reference_id = ?", id) }
            return try await listing.respond(request, database)
        }
        routes.on("GET", "/quotas/{id}") { request in
            try request.require("read", "quota")
            return try await one(quotas, "q.id", request, "quota")
        }
        routes.on("GET", "/robots") { try await robots($0) }
        routes.on("GET", "/robots/{id}") { request in
            try request.require("read", "robot")
            return try await one(robotListing, "r.id", request, "robot")
        }
        routes.on("GET", "/auditlog-exts") { request in
            guard request.principal != .anonymous else { throw StandInFailure.unauthorized }
            var listing = audit
            if !request.principal.may("list", "audit-log") { try await narrow(&listing, to: request.principal) }
            return try await listing.respond(request, database)
        }
        routes.on("GET", "/auditlog-exts/events") { request in
            guard request.principal != .anonymous else { throw StandInFailure.unauthorized }
            return try .json(.array(Self.events.map { ["event_type": .text($0)] }))
        }
        routes.on("GET", "/projects/{project}/auditlog-exts") { request in
            let project = try await database.project(request.parameter("project"), isName: true)
            try request.require("list", "log", in: project)
            var listing = audit
            listing.require("l.project_id = ?::bigint", "\(project.id)")
            return try await listing.respond(request, database)
        }
        routes.on("GET", "/audit-logs") { request in
            try request.require("list", "audit-log")
            return try await legacyAudit.respond(request, database)
        }
    }

    private static let events = [
        "create_artifact", "delete_artifact", "pull_artifact", "create_project", "delete_project", "delete_repository", "login_user",
        "logout_user", "create_user", "delete_user", "update_user", "create_robot", "delete_robot", "update_configuration",
    ]

    private func one(_ listing: Listing, _ key: String, _ request: StandInRequest, _ what: String) async throws -> StandInResponse {
        let id = try request.integer("id")
        let text = try await database.value("SELECT \(listing.document) FROM \(listing.from) WHERE \(key) = $1", ["\(id)"])
        guard let text else { throw StandInFailure.notFound("\(what) \(id) not found") }
        return try .json(try JSONValue(parsing: text))
    }

    private var quotas: Listing {
        Listing(
            from: """
                quota q JOIN quota_usage u USING (reference, reference_id) \
                LEFT JOIN project p ON q.reference = 'project' AND p.project_id::text = q.reference_id
                """,
            document: """
                json_build_object('id', q.id, 'ref', json_build_object('id', p.project_id, 'name', p.name, \
                'owner_name', (SELECT username FROM harbor_user o WHERE o.user_id = p.owner_id)), 'hard', q.hard, 'used', u.used, \
                'creation_time', \(Listing.time("q.creation_time")), 'update_time', \(Listing.time("u.update_time")))
                """,
            columns: [
                "id": .init(kind: .integer, expression: "q.id"),
                "used.storage": .init(kind: .integer, expression: "(u.used->>'storage')::bigint"),
                "hard.storage": .init(kind: .integer, expression: "(q.hard->>'storage')::bigint"),
            ], order: "q.id")
    }

    // MARK: - Robots

    /// Without `Level` the system's robots alone; those of a project need both keys, in these letters.
    private func robots(_ request: StandInRequest) async throws -> StandInResponse {
        var listing = robotListing
        let conditions = try ListQuery(request.queryValue("q")).conditions
        if conditions["Level"] == .exact("project") {
            guard case .exact(let text)? = conditions["ProjectID"] else {
                throw StandInFailure.badRequest("must with project ID when to query project robots")
            }
            let project = try await database.project(text, isName: false)
            try request.require("list", "robot", in: project)
            listing.require("r.project_id = ?::integer", "\(project.id)")
        } else {
            try request.require("list", "robot")
            listing.require("r.project_id = 0")
        }
        return try await listing.respond(request, database)
    }

    private var robotListing: Listing {
        Listing(
            from: "robot r LEFT JOIN project p ON p.project_id = r.project_id",
            document: """
                json_build_object('id', r.id, 'name', coalesce((SELECT v FROM properties WHERE k = 'robot_name_prefix'), 'robot$') || r.name, \
                'description', coalesce(r.description, ''), 'level', CASE WHEN r.project_id = 0 THEN 'system' ELSE 'project' END, \
                'duration', r.duration, 'editable', true, 'disable', r.disabled, 'expires_at', r.expiresat, \
                'creator_type', coalesce(r.creator_type, ''), 'creator_ref', coalesce(r.creator_ref, 0), \
                'creation_time', \(Listing.time("r.creation_time")), 'update_time', \(Listing.time("r.update_time")), \
                'permissions', (SELECT coalesce(json_agg(json_build_object('kind', s.kind, 'namespace', s.namespace, 'access', s.access)), '[]') \
                FROM (SELECT CASE WHEN pp.scope = '/system' THEN 'system' ELSE 'project' END AS kind, \
                CASE pp.scope WHEN '/system' THEN '/' WHEN '/project/*' THEN '*' ELSE coalesce((SELECT name FROM project n \
                WHERE '/project/' || n.project_id = pp.scope), '') END AS namespace, \
                json_agg(json_build_object('resource', pp.resource, 'action', pp.action, 'effect', coalesce(nullif(pp.effect, ''), 'allow')) \
                ORDER BY pp.id) AS access FROM role_permission rp JOIN permission_policy pp ON pp.id = rp.permission_policy_id \
                WHERE rp.role_type = 'robotaccount' AND rp.role_id = r.id GROUP BY pp.scope ORDER BY pp.scope DESC) s))
                """,
            columns: [
                "name": .init(kind: .text, expression: "r.name"), "id": .init(kind: .integer, expression: "r.id"),
                "creation_time": .init(kind: .time, expression: "r.creation_time"),
                "expires_at": .init(kind: .integer, expression: "r.expiresat"),
            ], order: "r.creation_time DESC, r.id", conditions: ["r.visible"])
    }

    // MARK: - Audit

    private var audit: Listing {
        Listing(
            from: "audit_log_ext l",
            document: """
                json_build_object('id', l.id, 'username', l.username, 'resource', l.resource, 'resource_type', l.resource_type, \
                'operation', l.operation, 'operation_description', coalesce(l.op_desc, ''), 'operation_result', l.op_result, \
                'op_time', \(Listing.time("l.op_time")))
                """, columns: Self.auditColumns, order: "l.op_time DESC")
    }

    private var legacyAudit: Listing {
        Listing(
            from: "audit_log l",
            document: """
                json_build_object('id', l.id, 'username', l.username, 'resource', l.resource, 'resource_type', l.resource_type, \
                'operation', l.operation, 'op_time', \(Listing.time("l.op_time")))
                """, columns: Self.auditColumns, order: "l.op_time DESC")
    }

    private static let auditColumns: [String: Listing.Column] = [
        "id": .init(kind: .integer, expression: "l.id"), "op_time": .init(kind: .time, expression: "l.op_time"),
        "username": .init(kind: .text, expression: "l.username"), "resource": .init(kind: .text, expression: "l.resource"),
        "resource_type": .init(kind: .text, expression: "l.resource_type"), "operation": .init(kind: .text, expression: "l.operation"),
    ]

    private func narrow(_ listing: inout Listing, to principal: Principal) async throws {
        let visible = try await database.projects().values.filter { principal.may("list", "log", in: $0) }.map { "\($0.id)" }
        listing.require("l.project_id = ANY (?::bigint[])", "{\(visible.joined(separator: ","))}")
    }
}
