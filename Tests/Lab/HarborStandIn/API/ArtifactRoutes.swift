import Postgres

/// What a scan of an artifact found, for `scan_overview`; nil where the reader's `X-Accept-Vulnerabilities` fits no report.
typealias ScanOverviews = @Sendable (_ artifact: Int64, _ project: Int64, _ accepted: String?) async throws -> JSONValue?

/// The calls that read repositories, artifacts, tags and accessories, and delete them.
struct ArtifactRoutes: Sendable {
    let database: StandInDatabase
    let deletion: CoreDeletion
    let overviews: ScanOverviews

    private static let repository = "/projects/{project}/repositories/{repository}"
    private static let artifact = repository + "/artifacts/{reference}"

    func add(to routes: Routes) {
        routes.on("GET", "/repositories") { try await repositories($0, of: nil) }
        routes.on("GET", "/projects/{project}/repositories") { request in
            let project = try await database.project(request.parameter("project"), isName: true)
            try request.require("list", "repository", in: project)
            return try await repositories(request, of: project)
        }
        routes.on("GET", Self.repository) { request in
            let (_, name) = try await subject(request, "read", "repository")
            guard let text = try await database.value("SELECT \(Self.repositoryDocument) FROM repository r WHERE r.name = $1", [name])
            else {
                throw StandInFailure.notFound("repository \(name) not found")
            }
            return try .json(try JSONValue(parsing: text).withoutNulls)
        }
        routes.on("DELETE", Self.repository) { request in
            let (_, name) = try await subject(request, "delete", "repository")
            try await deletion.delete(repository: name, user: request.principal.name)
            return .status(200)
        }
        routes.on("GET", Self.repository + "/artifacts") { request in
            let (project, name) = try await subject(request, "list", "artifact")
            return try await artifacts(request, project) { $0.require("a.repository_name = ?", name) }
        }
        routes.on("GET", "/projects/{project}/artifacts") { request in
            let project = try await database.project(request.parameter("project"))
            try request.require("list", "artifact", in: project)
            return try await artifacts(request, project) { $0.require("a.project_id = ?::integer", "\(project.id)") }
        }
        routes.on("GET", Self.artifact) { try await artifact($0) }
        routes.on("DELETE", Self.artifact) { request in
            let (_, name) = try await subject(request, "delete", "artifact")
            try await deletion.delete(artifact: try await id(request, in: name), user: request.principal.name)
            return .status(200)
        }
        routes.on("GET", Self.artifact + "/tags") { try await tags($0) }
        routes.on("DELETE", Self.artifact + "/tags/{tag}") { request in
            let (_, name) = try await subject(request, "delete", "tag")
            let id = try await id(request, in: name)
            try await deletion.delete(tag: request.parameter("tag"), artifact: id, user: request.principal.name)
            return .status(200)
        }
        routes.on("GET", Self.artifact + "/accessories") { try await accessories($0) }
    }

    private static let repositoryDocument = """
        json_build_object('id', r.repository_id, 'project_id', r.project_id, 'name', r.name, 'description', r.description, \
        'artifact_count', (SELECT count(*) FROM artifact a WHERE a.repository_id = r.repository_id AND \(isListed)), \
        'pull_count', r.pull_count, 'creation_time', \(Listing.time("r.creation_time")), 'update_time', \(Listing.time("r.update_time")))
        """

    private static let isAccessory = "EXISTS (SELECT FROM artifact_accessory x WHERE x.artifact_id = a.id)"
    private static let isTagged = "EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id)"
    /// Tagged, or no child of an index; never an accessory.
    private static let isListed = """
        NOT \(isAccessory) AND (\(isTagged) OR NOT EXISTS (SELECT FROM artifact_reference f WHERE f.child_id = a.id))
        """

    private func subject(_ request: StandInRequest, _ action: String, _ resource: String) async throws -> (StandInProject, name: String) {
        let project = try await database.project(request.parameter("project"), isName: true)
        try request.require(action, resource, in: project)
        return (project, try "\(project.name)/\(request.parameter("repository"))")
    }

    private func id(_ request: StandInRequest, in repository: String) async throws -> Int64 {
        let reference = try request.parameter("reference")
        guard let id = try await database.artifact(reference, in: repository) else {
            throw StandInFailure.notFound("artifact \(repository)\(reference.contains(":") ? "@" : ":")\(reference) not found")
        }
        return id
    }

    private func repositories(_ request: StandInRequest, of project: StandInProject?) async throws -> StandInResponse {
        var listing = Listing(
            from: "repository r", document: Self.repositoryDocument,
            columns: [
                "name": .init(kind: .text, expression: "r.name"), "repository_id": .init(kind: .integer, expression: "r.repository_id"),
                "project_id": .init(kind: .integer, expression: "r.project_id"),
                "creation_time": .init(kind: .time, expression: "r.creation_time"),
                "update_time": .init(kind: .time, expression: "r.update_time"),
                "pull_count": .init(kind: .integer, expression: "r.pull_count"),
            ], order: "r.creation_time DESC, r.name")
        if let project {
            listing.require("r.project_id = ?::integer", "\(project.id)")
        } else {
            let visible = try await database.projects().values.filter { request.principal.may("list", "repository", in: $0) }.map {
                "\($0.id)"
            }
            listing.require("r.project_id = ANY (?::integer[])", "{\(visible.joined(separator: ","))}")
        }
        let (documents, headers) = try await listing.page(request, database)
        return try .json(.array(documents.map(\.withoutNulls)), headers: headers)
    }

    private func artifacts(
        _ request: StandInRequest, _ project: StandInProject, narrowing: (inout Listing) -> Void
    ) async throws -> StandInResponse {
        let document = try ArtifactDocument(request)
        var listing = Listing(
            from: "artifact a", document: document.expression,
            columns: [
                "id": .init(kind: .integer, expression: "a.id"), "type": .init(kind: .text, expression: "a.type"),
                "media_type": .init(kind: .text, expression: "a.media_type"), "digest": .init(kind: .text, expression: "a.digest"),
                "artifact_type": .init(kind: .text, expression: "a.artifact_type"), "size": .init(kind: .integer, expression: "a.size"),
                "repository_id": .init(kind: .integer, expression: "a.repository_id"),
                "push_time": .init(kind: .time, expression: "a.push_time"), "pull_time": .init(kind: .time, expression: "a.pull_time"),
            ], order: "a.push_time DESC, a.id DESC")
        narrowing(&listing)
        try narrow(&listing, by: ListQuery(request.queryValue("q")).conditions)
        let (documents, headers) = try await listing.page(request, database)
        let rules = document.withImmutability ? try await ImmutabilityRules(ofProject: project.id, in: database) : nil
        var finished: [JSONValue] = []
        for one in documents { finished.append(try await complete(one, document, rules, request)) }
        return try .json(.array(finished), headers: headers)
    }

    /// The keys of `q` that no column stands for.
    private func narrow(_ listing: inout Listing, by conditions: [String: ListQuery.Condition]) throws(StandInFailure) {
        switch conditions["base"] {
        case nil: listing.require(Self.isListed)
        case .exact("*"): listing.require("NOT \(Self.isAccessory)")
        default: throw .badRequest("invalid value of base: only * is known")
        }
        switch conditions["tags"] {
        case nil: break
        case .exact("*"): listing.require(Self.isTagged)
        case .exact("nil"): listing.require("NOT \(Self.isTagged)")
        case .exact(let name): listing.require("EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id AND t.name = ?)", name)
        case .fuzzy(let part): listing.require("EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id AND position(? in t.name) > 0)", part)
        case .range, .any, .all: throw .badRequest("the value of tags can only be exact or fuzzy")
        }
        switch conditions["labels"] {
        case nil: break
        case .all(let ids):
            for id in ids {
                listing.require("EXISTS (SELECT FROM label_reference lr WHERE lr.artifact_id = a.id AND lr.label_id::text = ?)", id)
            }
        case .exact, .fuzzy, .range, .any: throw .badRequest("the value of labels can only be a list of ids in parentheses")
        }
    }

    private func complete(
        _ one: JSONValue, _ document: ArtifactDocument, _ rules: ImmutabilityRules?, _ request: StandInRequest
    ) async throws -> JSONValue {
        var finished = document.finished(one, immutability: rules)
        if document.withScans, let id = one["id"]?.integer, let project = one["project_id"]?.integer,
            let overview = try await overviews(id, project, request.headers["x-accept-vulnerabilities"])
        {
            finished["scan_overview"] = overview
        }
        return finished
    }

    private func artifact(_ request: StandInRequest) async throws -> StandInResponse {
        let (project, name) = try await subject(request, "read", "artifact")
        let document = try ArtifactDocument(request)
        let id = try await id(request, in: name)
        let text = try await database.value("SELECT \(document.expression) FROM artifact a WHERE a.id = $1", ["\(id)"])
        let rules = document.withImmutability ? try await ImmutabilityRules(ofProject: project.id, in: database) : nil
        return try .json(try await complete(try JSONValue(parsing: text ?? "null"), document, rules, request))
    }

    private func tags(_ request: StandInRequest) async throws -> StandInResponse {
        let (project, name) = try await subject(request, "list", "tag")
        var listing = Listing(
            from: "tag t", document: ArtifactDocument.tag,
            columns: [
                "id": .init(kind: .integer, expression: "t.id"), "name": .init(kind: .text, expression: "t.name"),
                "push_time": .init(kind: .time, expression: "t.push_time"), "pull_time": .init(kind: .time, expression: "t.pull_time"),
            ], order: "t.push_time DESC, t.id")
        listing.require("t.artifact_id = ?::integer", "\(try await id(request, in: name))")
        var (documents, headers) = try await listing.page(request, database)
        if try request.flag("with_immutable_status", otherwise: false) {
            let rules = try await ImmutabilityRules(ofProject: project.id, in: database)
            for index in documents.indices {
                documents[index]["immutable"] = .bool(rules.cover(repository: name, tag: documents[index]["name"]?.text ?? ""))
            }
        }
        return try .json(.array(documents), headers: headers)
    }

    private func accessories(_ request: StandInRequest) async throws -> StandInResponse {
        let (_, name) = try await subject(request, "list", "accessory")
        var listing = Listing(
            from:
                "artifact_accessory x JOIN artifact s ON s.digest = x.subject_artifact_digest AND s.repository_name = x.subject_artifact_repo",
            document: ArtifactDocument.accessory,
            columns: [
                "id": .init(kind: .integer, expression: "x.id"), "type": .init(kind: .text, expression: "x.type"),
                "digest": .init(kind: .text, expression: "x.digest"), "size": .init(kind: .integer, expression: "x.size"),
            ], order: "x.id")
        listing.require("s.id = ?::integer", "\(try await id(request, in: name))")
        return try await listing.respond(request, database)
    }
}

extension StandInDatabase {
    /// The artifact that a tag or digest names in a repository (its whole name). Throws `PostgresError`.
    func artifact(_ reference: String, in repository: String) async throws -> Int64? {
        try await value(
            """
            SELECT a.id FROM artifact a WHERE a.repository_name = $1
            AND (a.digest = $2 OR EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id AND t.name = $2))
            """, [repository, reference]
        ).flatMap { Int64($0) }
    }
}
