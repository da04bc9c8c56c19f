import Foundation

/// The calls below `/retentions`.
struct RetentionRoutes: Sendable {
    let jobs: JobService

    private static let resource = "tag-retention"
    private var database: StandInDatabase { jobs.database }

    func add(to routes: Routes) {
        addPolicies(to: routes)
        addExecutions(to: routes)
    }

    private func addPolicies(to routes: Routes) {
        routes.on("GET", "/retentions/metadatas") { request in
            if request.principal == .anonymous { throw StandInFailure.unauthorized }
            return try .json(Self.metadata)
        }
        routes.on("POST", "/retentions") { request in
            let policy = try Self.policy(in: request)
            try await require("create", request, project: policy.scope.ref)
            let id = try await jobs.storeRetention(policy, id: nil)
            return .status(201, headers: [("Location", "/api/v2.0/retentions/\(id)")])
        }
        routes.on("GET", "/retentions/{id}") { request in
            let policy = try await policy("read", request)
            return .jsonText(String(decoding: try JSONEncoder().encode(policy), as: UTF8.self))
        }
        routes.on("PUT", "/retentions/{id}") { request in
            let policy = try Self.policy(in: request)
            try await require("update", request, project: policy.scope.ref)
            let id = Int64(try request.integer("id"))
            let own = try await database.value(
                "SELECT value FROM project_metadata WHERE project_id = $1::integer AND name = 'retention_id'", ["\(policy.scope.ref)"])
            guard own == "\(id)" else { throw StandInFailure.notFound("the retention policy id \(id) does not match") }
            _ = try await jobs.storeRetention(policy, id: id)
            return .status(200)
        }
        routes.on("DELETE", "/retentions/{id}") { request in
            _ = try await policy("delete", request)
            try await jobs.removeRetention(Int64(request.integer("id")))
            return .status(200)
        }
    }

    private func addExecutions(to routes: Routes) {
        routes.on("POST", "/retentions/{id}/executions") { request in
            _ = try await policy("update", request)
            let id = Int64(try request.integer("id"))
            let execution = try await jobs.startRetention(policy: id, isDryRun: request.document()["dry_run"]?.bool ?? false)
            return .status(201, headers: [("Location", "/api/v2.0/retentions/\(id)/executions/\(execution)")])
        }
        routes.on("GET", "/retentions/{id}/executions") { request in
            _ = try await policy("list", request)
            var listing = Listing(from: "execution", document: Self.execution, columns: [:], order: "start_time DESC, id DESC")
            listing.require("vendor_type = ? AND vendor_id = ?::integer", JobType.retention.rawValue, "\(try request.integer("id"))")
            return try await listing.respond(request, database)
        }
        routes.on("PATCH", "/retentions/{id}/executions/{eid}") { request in
            guard try request.document()["action"]?.text == "stop" else { throw StandInFailure.badRequest("action should be 'stop'") }
            _ = try await policy("update", request)
            try await jobs.stop(execution: execution(request))
            return .status(200)
        }
        routes.on("GET", "/retentions/{id}/executions/{eid}/tasks") { request in
            _ = try await policy("list", request)
            var listing = Listing(from: "task", document: Self.task, columns: [:], order: "id")
            listing.require("execution_id = ?::integer", "\(try await execution(request))")
            return try await listing.respond(request, database)
        }
        routes.on("GET", "/retentions/{id}/executions/{eid}/tasks/{tid}") { request in
            _ = try await policy("read", request)
            let task = try request.integer("tid")
            let job = try await database.value(
                "SELECT job_id FROM task WHERE id = $1::integer AND execution_id = $2::integer", ["\(task)", "\(execution(request))"])
            guard let job else { throw StandInFailure.notFound("task \(task) not found") }
            return .text(try await jobs.logText(ofJob: job))
        }
    }

    private static func policy(in request: StandInRequest) throws -> RetentionPolicy {
        do {
            return try JSONDecoder().decode(RetentionPolicy.self, from: Data(request.body))
        } catch {
            throw StandInFailure.unprocessable("policy in body does not fit its description")
        }
    }

    /// The policy in the path, for whoever may do `action` to it. Harbor looks for the policy first, and answers 404 to whoever may not.
    private func policy(_ action: String, _ request: StandInRequest) async throws -> RetentionPolicy {
        if request.principal == .anonymous { throw StandInFailure.unauthorized }
        let policy = try await jobs.retentionPolicy(Int64(request.integer("id")))
        try await require(action, request, project: policy.scope.ref)
        return policy
    }

    private func require(_ action: String, _ request: StandInRequest, project: Int64) async throws {
        try request.require(action, Self.resource, in: await database.project("\(project)", isName: false))
    }

    /// The execution in the path, if it belongs to the policy in the path.
    private func execution(_ request: StandInRequest) async throws -> Int64 {
        let id = try request.integer("eid")
        let known = try await database.value(
            "SELECT id FROM execution WHERE id = $1::integer AND vendor_type = 'RETENTION' AND vendor_id = $2::integer",
            ["\(id)", "\(request.integer("id"))"])
        guard known != nil else { throw StandInFailure.notFound("retention execution \(id) not found") }
        return Int64(id)
    }

    private static let execution = """
        json_build_object('id', id, 'policy_id', vendor_id, 'status', status, 'trigger', trigger, 'start_time', \(ScanReports.time("start_time")),
            'end_time', \(ScanReports.time("end_time")), 'dry_run', coalesce((extra_attrs->>'dry_run')::boolean, false))
        """

    private static let task = """
        json_build_object('id', id, 'execution_id', execution_id, 'repository', extra_attrs->>'repository', 'job_id', job_id, 'status', status,
            'status_code', status_code, 'status_revision', coalesce(status_revision, 0), 'start_time', \(ScanReports.time("start_time")),
            'end_time', \(ScanReports.time("end_time")), 'total', coalesce((extra_attrs->>'total')::integer, 0),
            'retained', coalesce((extra_attrs->>'retained')::integer, 0))
        """

    private static let metadata: JSONValue = {
        let templates: [(String, String)] = [
            ("latestPushedK", "COUNT"), ("latestPulledN", "COUNT"), ("nDaysSinceLastPush", "DAYS"), ("nDaysSinceLastPull", "DAYS"),
            ("always", ""),
        ]
        func selectors(_ name: String, _ decorations: [JSONValue]) -> JSONValue {
            [["display_text": .text(name), "kind": "doublestar", "decorations": .array(decorations)]]
        }
        return [
            "templates": .array(
                templates.map { template, unit in
                    [
                        "rule_template": .text(template), "display_text": .text(template), "action": "retain",
                        "params": unit.isEmpty ? [] : [["type": "int", "unit": .text(unit), "required": true]],
                    ]
                }),
            "scope_selectors": selectors("Repositories", ["repoMatches", "repoExcludes"]),
            "tag_selectors": selectors("Tags", ["matches", "excludes"]),
        ]
    }()
}
