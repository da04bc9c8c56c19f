import Foundation
import HarborLab
import Postgres

/// Adds what concerns the installation as a whole.
func addSystemRoutes(to routes: Routes, database: StandInDatabase, lab: HarborLab, url: String) {
    let system = SystemAnswers(database: database, storage: lab.storage, url: url)
    routes.on("GET", "/ping") { _ in .text("Pong") }
    routes.on("GET", "/health") { _ in try await system.health() }
    routes.on("GET", "/systeminfo") { try await system.information($0) }
    routes.on("GET", "/systeminfo/volumes") { try system.volumes($0) }
    routes.on("GET", "/configurations") { try await system.configurations($0) }
    routes.on("PUT", "/configurations") { try await system.configure($0) }
    routes.on("GET", "/users/current") { try await system.currentUser($0) }
    routes.on("GET", "/users") { request in
        try request.requireAdministrator()
        return try await Listing(
            from: "harbor_user u", document: SystemAnswers.user,
            columns: ["username": .init(kind: .text, expression: "u.username"), "user_id": .init(kind: .integer, expression: "u.user_id")],
            order: "u.username", conditions: ["NOT u.deleted"]
        ).respond(request, database)
    }
    routes.on("GET", "/statistics") { try await system.statistics($0) }
    routes.on("GET", "/system/CVEAllowlist") { request in
        guard request.principal != .anonymous else { throw StandInFailure.unauthorized }
        return try .json(try await system.allowlist(ofProject: 0))
    }
}

/// The answers that concern the installation as a whole.
struct SystemAnswers: Sendable {
    let database: StandInDatabase
    let storage: String
    let url: String

    /// The version that the stand-in says it is.
    static let version = "v2.15.2-00000000"

    static let user = """
        json_build_object('user_id', u.user_id, 'username', u.username, 'email', u.email, 'realname', u.realname, \
        'comment', coalesce(u.comment, ''), 'sysadmin_flag', u.sysadmin_flag, 'admin_role_in_auth', false, \
        'creation_time', \(Listing.time("u.creation_time")), 'update_time', \(Listing.time("u.update_time")))
        """

    /// Always 200; the database's state is the truth, the rest is well.
    func health() async throws -> StandInResponse {
        let names = ["core", "database", "jobservice", "portal", "redis", "registry", "registryctl", "trivy"]
        return try .json([
            "status": "healthy", "components": .array(names.map { ["name": .text($0), "status": "healthy"] }),
        ])
    }

    func information(_ request: StandInRequest) async throws -> StandInResponse {
        let settings = try await properties()
        var answer: JSONValue = [
            "auth_mode": .text(settings["auth_mode"] ?? "db_auth"), "primary_auth_mode": false,
            "banner_message": .text(settings["banner_message"] ?? ""), "self_registration": .bool(settings["self_registration"] == "true"),
        ]
        if let name = settings["oidc_name"] { answer["oidc_provider_name"] = .text(name) }
        if request.principal != .anonymous {
            answer["harbor_version"] = .text(Self.version)
            answer["current_time"] = .text(try await database.value("SELECT \(Listing.time("(now() AT TIME ZONE 'UTC')"))") ?? "")
            answer["registry_url"] = .text(String(url.drop { $0 != "/" }.dropFirst(2)))
            answer["external_url"] = .text(url)
            answer["has_ca_root"] = true
            answer["project_creation_restriction"] = .text(settings["project_creation_restriction"] ?? "everyone")
            answer["read_only"] = .bool(settings["read_only"] == "true")
            answer["notification_enable"] = .bool(settings["notification_enable"] != "false")
            answer["registry_storage_provider_name"] = "filesystem"
        }
        return try .json(answer)
    }

    func volumes(_ request: StandInRequest) throws -> StandInResponse {
        try request.require("read", "system-volumes")
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: storage)
        let total = (attributes[.systemSize] as? NSNumber)?.int64Value ?? 0
        let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
        return try .json(["storage": [["total": .integer(total), "free": .integer(free)]]])
    }

    /// Settings of which the API gives out whether they are numbers or Booleans.
    private static let booleans: Set<String> = [
        "primary_auth_mode", "read_only", "self_registration", "notification_enable", "quota_per_project_enable", "skip_audit_log_database",
        "scanner_skip_update_pulltime", "oidc_verify_cert", "oidc_auto_onboard", "oidc_logout", "ldap_verify_cert",
    ]
    private static let integers: Set<String> = [
        "robot_token_duration", "storage_per_project", "token_expiration", "session_timeout", "ldap_scope", "ldap_timeout",
    ]
    private static let defaults = [
        "auth_mode": "db_auth", "read_only": "false", "self_registration": "false", "notification_enable": "true",
        "quota_per_project_enable": "true", "skip_audit_log_database": "false", "scanner_skip_update_pulltime": "false",
        "robot_token_duration": "30", "robot_name_prefix": "robot$", "storage_per_project": "-1", "token_expiration": "30",
        "session_timeout": "60", "audit_log_forward_endpoint": "", "disabled_audit_log_event_types": "", "banner_message": "",
        "project_creation_restriction": "everyone", "primary_auth_mode": "false", "oidc_verify_cert": "true", "ldap_verify_cert": "true",
    ]

    func configurations(_ request: StandInRequest) async throws -> StandInResponse {
        try request.requireAdministrator()
        var answer: [String: JSONValue] = [:]
        for (key, value) in Self.defaults.merging(try await properties(), uniquingKeysWith: { $1 })
        where !key.hasSuffix("_secret") && !key.hasSuffix("_password") {
            let typed: JSONValue =
                if Self.booleans.contains(key) { .bool(value == "true") } else if Self.integers.contains(key) {
                    .integer(Int64(value) ?? 0)
                } else {
                    .text(value)
                }
            answer[key] = ["value": typed, "editable": true]
        }
        return try .json(.object(answer))
    }

    /// Takes a part of the settings; allowed while the instance is read-only.
    func configure(_ request: StandInRequest) async throws -> StandInResponse {
        try request.requireAdministrator()
        guard case .object(let members) = try request.document() else { throw StandInFailure.unprocessable("body must be an object") }
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            let text: String
            switch value {
            case .bool(let value): text = value ? "true" : "false"
            case .integer(let value): text = "\(value)"
            case .text(let value): text = value
            case .null, .number, .array, .object: throw StandInFailure.badRequest("invalid value for configuration \(key)")
            }
            let fits =
                Self.booleans.contains(key) ? value.bool != nil : (Self.integers.contains(key) ? value.integer != nil : value.text != nil)
            guard fits else { throw StandInFailure.unprocessable("\(key) in body has another type") }
            try await database.query(
                "INSERT INTO properties (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v", [key, text])
        }
        return .status(200)
    }

    func currentUser(_ request: StandInRequest) async throws -> StandInResponse {
        switch request.principal {
        case .anonymous: throw StandInFailure.unauthorized
        case .robot: throw StandInFailure.precondition("get current user not available for security context: robot")
        case .user(let name, _):
            let text = try await database.value("SELECT \(Self.user) FROM harbor_user u WHERE u.username = $1", [name])
            return try .json(try JSONValue(parsing: text ?? "null"))
        }
    }

    func statistics(_ request: StandInRequest) async throws -> StandInResponse {
        guard request.principal != .anonymous else { throw StandInFailure.unauthorized }
        let rows = try await database.query(
            """
            SELECT coalesce(m.value, 'false') = 'true' AS is_public, count(*) AS projects,
            coalesce(sum((SELECT count(*) FROM repository r WHERE r.project_id = p.project_id)), 0) AS repositories
            FROM project p LEFT JOIN project_metadata m ON m.project_id = p.project_id AND m.name = 'public' WHERE NOT p.deleted GROUP BY 1
            """)
        var answer: [String: JSONValue] = [
            "private_project_count": 0, "private_repo_count": 0, "public_project_count": 0, "public_repo_count": 0,
        ]
        for row in rows {
            let kind = try row.bool("is_public") ? "public" : "private"
            answer["\(kind)_project_count"] = .integer(try row.int64("projects"))
            answer["\(kind)_repo_count"] = .integer(try row.int64("repositories"))
        }
        if request.principal.isAdministrator {
            func sum(_ what: String) -> JSONValue {
                .integer((answer["private_\(what)"]?.integer ?? 0) + (answer["public_\(what)"]?.integer ?? 0))
            }
            answer["total_project_count"] = sum("project_count")
            answer["total_repo_count"] = sum("repo_count")
            let used = try await database.value("SELECT coalesce(sum((used->>'storage')::bigint), 0)::bigint FROM quota_usage")
            answer["total_storage_consumption"] = .integer(used.flatMap { Int64($0) } ?? 0)
        }
        return try .json(.object(answer))
    }

    /// The allowlist of a project; 0 means the installation's.
    func allowlist(ofProject id: Int) async throws -> JSONValue {
        let text = try await database.value(
            """
            SELECT json_build_object('id', id, 'project_id', project_id, 'expires_at', expires_at, 'items', items::json,
            'creation_time', \(Listing.time("creation_time")), 'update_time', \(Listing.time("update_time")))
            FROM cve_allowlist WHERE project_id = $1
            """, ["\(id)"])
        return try text.map { try JSONValue(parsing: $0) } ?? ["id": 0, "project_id": .integer(Int64(id)), "items": []]
    }

    private func properties() async throws -> [String: String] {
        var all: [String: String] = [:]
        for row in try await database.query("SELECT k, v FROM properties") { all[try row.text("k")] = try row.text("v") }
        return all
    }
}
