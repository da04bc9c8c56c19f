/// Who a request comes from, as Harbor sees it.
package enum Principal: Sendable, Equatable {
    case anonymous
    /// A robot; `name` is the whole one, prefix included.
    case robot(name: String, permissions: RobotPermissions)
    case user(name: String, isAdministrator: Bool)

    /// What audit rows call it.
    package var name: String {
        switch self {
        case .anonymous: "anonymous"
        case .robot(let name, _), .user(let name, _): name
        }
    }

    /// Whether it is a user who may do everything.
    package var isAdministrator: Bool {
        switch self {
        case .user(_, let isAdministrator): isAdministrator
        case .anonymous, .robot: false
        }
    }

    /// Whether it may do `action` to `resource` of the whole installation.
    package func may(_ action: String, _ resource: String) -> Bool {
        switch self {
        case .anonymous: false
        case .robot(_, let permissions): permissions.allows(action, resource, in: "/system")
        case .user(_, let isAdministrator): isAdministrator
        }
    }

    /// Whether it may do `action` to `resource` of `project`: what a public project shows, it shows to everybody. Ordinary users count as no
    /// project's members.
    package func may(_ action: String, _ resource: String, in project: StandInProject) -> Bool {
        if project.isPublic, RobotPermissions.ofPublicProjects.contains(.init(resource: resource, action: action)) { return true }
        switch self {
        case .anonymous: return false
        case .robot(_, let permissions):
            return permissions.allows(action, resource, in: "/project/*")
                || permissions.allows(action, resource, in: "/project/\(project.id)")
        case .user(_, let isAdministrator): return isAdministrator
        }
    }
}

/// What a robot was granted, by scope: `/system`, `/project/*`, `/project/<id>`.
package struct RobotPermissions: Sendable, Equatable {
    /// One thing that may be done.
    package struct Access: Sendable, Hashable {
        /// Such as `artifact`.
        package let resource: String
        /// Such as `list`.
        package let action: String

        /// One thing that may be done.
        package init(resource: String, action: String) {
            self.resource = resource
            self.action = action
        }
    }

    /// What may be done, by scope.
    package let scopes: [String: Set<Access>]

    /// What may be done, by scope.
    package init(scopes: [String: Set<Access>]) { self.scopes = scopes }

    /// Whether `action` on `resource` is among what `scope` grants. Who may push may pull.
    package func allows(_ action: String, _ resource: String, in scope: String) -> Bool {
        guard let granted = scopes[scope] else { return false }
        return [action, "*"].contains { action in
            [resource, "*"].contains { granted.contains(Access(resource: $0, action: action)) }
        }
    }

    /// What everybody may do in a public project.
    static let ofPublicProjects = Set(
        reading([
            "project": ["read"], "label": ["read", "list"], "repository": ["list", "pull", "read"], "configuration": ["read"],
            "scan": ["read"], "scanner": ["read"], "tag": ["list"], "artifact": ["read", "list"], "artifact-addition": ["read"],
            "accessory": ["list"],
        ]))

    /// What an operations daemon asks for, for the whole installation.
    static let leastForSystem = reading([
        "audit-log": ["list"], "system-volumes": ["read"], "garbage-collection": ["create", "read", "list", "update", "stop"],
        "purge-audit": ["create", "read", "list", "update", "stop"], "scan-all": ["create", "read", "update", "stop"],
        "scanner": ["read", "list"], "security-hub": ["read", "list"], "jobservice-monitor": ["list", "stop"],
        "replication-policy": ["read", "list"], "replication": ["read", "list", "create"], "registry": ["read", "list"],
        "quota": ["read", "list"], "robot": ["read", "list"], "project": ["list"], "catalog": ["read"],
    ])

    /// What an operations daemon asks for, in every project.
    static let leastForProjects = reading([
        "project": ["read"], "repository": ["read", "list", "pull", "delete"], "artifact": ["read", "list", "delete"],
        "tag": ["list", "delete"], "accessory": ["list"], "artifact-addition": ["read"], "scan": ["create", "read", "stop"],
        "scanner": ["read"],
        "tag-retention": ["read", "list", "update"], "immutable-tag": ["list"], "metadata": ["list", "read"], "member": ["list"],
        "robot": ["list"], "notification-policy": ["list"], "log": ["list"], "quota": ["read"], "label": ["read", "list"],
    ])

    private static func reading(_ table: [String: [String]]) -> [Access] {
        table.sorted { $0.key < $1.key }.flatMap { resource, actions in actions.map { Access(resource: resource, action: $0) } }
    }
}
