import Postgres

/// The calls that read projects and what belongs to one: metadata, members, immutability rules.
struct ProjectRoutes: Sendable {
    let database: StandInDatabase

    private static let document = """
        json_build_object('project_id', p.project_id, 'owner_id', p.owner_id, 'name', p.name, 'registry_id', nullif(p.registry_id, 0), \
        'creation_time', \(Listing.time("p.creation_time")), 'update_time', \(Listing.time("p.update_time")), 'deleted', p.deleted, \
        'owner_name', (SELECT username FROM harbor_user u WHERE u.user_id = p.owner_id), \
        'repo_count', (SELECT count(*) FROM repository r WHERE r.project_id = p.project_id), \
        'metadata', (SELECT coalesce(json_object_agg(m.name, m.value), '{}') FROM project_metadata m WHERE m.project_id = p.project_id), \
        'cve_allowlist', coalesce((SELECT json_build_object('id', c.id, 'project_id', c.project_id, 'expires_at', c.expires_at, \
        'items', c.items::json, 'creation_time', \(Listing.time("c.creation_time")), 'update_time', \(Listing.time("c.update_time"))) \
        FROM cve_allowlist c WHERE c.project_id = p.project_id), json_build_object('id', 0, 'project_id', p.project_id, 'items', '[]'::json)))
        """

    private static let isPublic =
        "EXISTS (SELECT FROM project_metadata m WHERE m.project_id = p.project_id AND m.name = 'public' AND m.value = 'true')"

    func add(to routes: Routes) {
        routes.on("GET", "/projects") { try await list($0) }
        routes.on("HEAD", "/projects") { request in
            guard request.principal != .anonymous else { throw StandInFailure.unauthorized }
            guard let name = request.queryValue("project_name") else {
                throw StandInFailure.unprocessable("project_name in query is required")
            }
            _ = try await database.project(name, isName: true)
            return .status(200)
        }
        routes.on("GET", "/projects/{project}") { request in
            let project = try await authorized(request, "read", "project")
            let text = try await database.value("SELECT \(Self.document) FROM project p WHERE p.project_id = $1", ["\(project.id)"])
            return try .json(try JSONValue(parsing: text ?? "null").withoutNulls)
        }
        routes.on("GET", "/projects/{project}/summary") { try await summary($0) }
        routes.on("GET", "/projects/{project}/metadatas") { request in
            let project = try await authorized(request, "list", "metadata")
            return try .json(.object(project.metadata.mapValues { .text($0) }))
        }
        routes.on("GET", "/projects/{project}/metadatas/{name}") { request in
            let project = try await authorized(request, "read", "metadata")
            let name = try request.parameter("name")
            guard let value = project.metadata[name] else { throw StandInFailure.notFound("metadata \(name) not found") }
            return try .json([name: .text(value)])
        }
        routes.on("GET", "/projects/{project}/members") { try await members($0) }
        routes.on("GET", "/projects/{project}/immutabletagrules") { try await immutableRules($0) }
        routes.on("GET", "/projects/{project}/webhook/policies") { try await webhooks($0) }
        routes.on("GET", "/labels") { try await labels($0) }
    }

    /// The project in the path. Whoever may not see it gets the same answer for one that is not there.
    private func authorized(_ request: StandInRequest, _ action: String, _ resource: String) async throws -> StandInProject {
        let isName = request.headers["x-is-resource-name"].map { $0 == "true" }
        let project = try await database.project(request.parameter("project"), isName: isName)
        try request.require(action, resource, in: project)
        return project
    }

    /// Nobody gets the public projects, as does a robot that may not list them all.
    private func list(_ request: StandInRequest) async throws -> StandInResponse {
        var listing = Listing(
            from: "project p", document: Self.document,
            columns: [
                "name": .init(kind: .text, expression: "p.name"), "project_id": .init(kind: .integer, expression: "p.project_id"),
                "creation_time": .init(kind: .time, expression: "p.creation_time"),
                "update_time": .init(kind: .time, expression: "p.update_time"),
                "owner_id": .init(kind: .integer, expression: "p.owner_id"),
                "public": .init(kind: .boolean, expression: "(\(Self.isPublic))"),
            ], order: "p.creation_time DESC, p.project_id", conditions: ["NOT p.deleted"])
        if !request.principal.may("list", "project") { listing.require(Self.isPublic) }
        if let name = request.queryValue("name") { listing.require("position(? in p.name) > 0", name) }
        if request.query.contains(where: { $0.name == "public" }) {
            listing.require(try request.flag("public", otherwise: true) ? Self.isPublic : "NOT \(Self.isPublic)")
        }
        let (documents, headers) = try await listing.page(request, database)
        return try .json(.array(documents.map(\.withoutNulls)), headers: headers)
    }

    private func summary(_ request: StandInRequest) async throws -> StandInResponse {
        let project = try await authorized(request, "read", "project")
        let text = try await database.value(
            """
            SELECT json_build_object('repo_count', (SELECT count(*) FROM repository WHERE project_id = p.project_id),
            'project_admin_count', (SELECT count(*) FROM project_member m WHERE m.project_id = p.project_id AND m.role = 1),
            'maintainer_count', (SELECT count(*) FROM project_member m WHERE m.project_id = p.project_id AND m.role = 4),
            'developer_count', (SELECT count(*) FROM project_member m WHERE m.project_id = p.project_id AND m.role = 2),
            'guest_count', (SELECT count(*) FROM project_member m WHERE m.project_id = p.project_id AND m.role = 3),
            'limited_guest_count', (SELECT count(*) FROM project_member m WHERE m.project_id = p.project_id AND m.role = 5),
            'quota', (SELECT json_build_object('hard', q.hard, 'used', u.used) FROM quota q JOIN quota_usage u USING (reference, reference_id)
                WHERE q.reference = 'project' AND q.reference_id = p.project_id::text)) FROM project p WHERE p.project_id = $1
            """, ["\(project.id)"])
        return try .json(try JSONValue(parsing: text ?? "null").withoutNulls)
    }

    private func members(_ request: StandInRequest) async throws -> StandInResponse {
        let project = try await authorized(request, "list", "member")
        var listing = Listing(
            from: """
                project_member m JOIN role r ON r.role_id = m.role
                LEFT JOIN harbor_user u ON m.entity_type = 'u' AND u.user_id = m.entity_id
                LEFT JOIN user_group g ON m.entity_type = 'g' AND g.id = m.entity_id
                """,
            document: """
                json_build_object('id', m.id, 'project_id', m.project_id, 'entity_name', coalesce(u.username, g.group_name), \
                'role_name', r.name, 'role_id', m.role, 'entity_id', m.entity_id, 'entity_type', m.entity_type)
                """,
            columns: [:], order: "coalesce(u.username, g.group_name)", conditions: ["coalesce(u.username, g.group_name) IS NOT NULL"])
        listing.require("m.project_id = ?::integer", "\(project.id)")
        if let name = request.queryValue("entityname") { listing.require("position(? in coalesce(u.username, g.group_name)) > 0", name) }
        return try await listing.respond(request, database)
    }

    private func immutableRules(_ request: StandInRequest) async throws -> StandInResponse {
        let project = try await authorized(request, "list", "immutable-tag")
        var listing = Listing(
            from: "immutable_tag_rule r",
            document:
                "((r.tag_filter::jsonb - 'project_id') || jsonb_build_object('id', r.id, 'disabled', r.disabled))",
            columns: ["id": .init(kind: .integer, expression: "r.id"), "disabled": .init(kind: .boolean, expression: "r.disabled")],
            order: "r.id")
        listing.require("r.project_id = ?::integer", "\(project.id)")
        return try await listing.respond(request, database)
    }

    private func webhooks(_ request: StandInRequest) async throws -> StandInResponse {
        let project = try await authorized(request, "list", "notification-policy")
        var listing = Listing(
            from: "notification_policy n",
            document: """
                json_build_object('id', n.id, 'name', n.name, 'description', n.description, 'project_id', n.project_id, \
                'targets', n.targets::json, 'event_types', n.event_types::json, 'creator', n.creator, 'enabled', n.enabled, \
                'creation_time', \(Listing.time("n.creation_time")), 'update_time', \(Listing.time("n.update_time")))
                """, columns: ["name": .init(kind: .text, expression: "n.name")], order: "n.id")
        listing.require("n.project_id = ?::integer", "\(project.id)")
        return try await listing.respond(request, database)
    }

    private func labels(_ request: StandInRequest) async throws -> StandInResponse {
        guard request.principal != .anonymous else { throw StandInFailure.unauthorized }
        guard let scope = request.queryValue("scope"), ["g", "p"].contains(scope) else {
            throw StandInFailure.badRequest("invalid scope: \(request.queryValue("scope") ?? "")")
        }
        var listing = Listing(
            from: "harbor_label l", document: ArtifactDocument.label,
            columns: ["name": .init(kind: .text, expression: "l.name"), "id": .init(kind: .integer, expression: "l.id")], order: "l.id",
            conditions: ["NOT l.deleted"])
        listing.require("l.scope = ?", scope)
        if scope == "p" {
            let project = try await database.project(request.queryValue("project_id") ?? "0", isName: false)
            try request.require("list", "label", in: project)
            listing.require("l.project_id = ?::integer", "\(project.id)")
        }
        return try await listing.respond(request, database)
    }
}

extension JSONValue {
    /// An object without those members that are null, which Harbor leaves out.
    var withoutNulls: JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.value != .null })
    }
}

extension StandInDatabase {
    /// All live projects by their names. Throws `PostgresError`.
    func projects() async throws -> [String: StandInProject] {
        var all: [String: StandInProject] = [:]
        for row in try await query("SELECT name FROM project WHERE NOT deleted") {
            let name = try row.text("name")
            all[name] = try await project(name, isName: true)
        }
        return all
    }
}
