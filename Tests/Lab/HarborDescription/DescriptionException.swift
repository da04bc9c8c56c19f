/// Something that Harbor does and its description does not say.
package struct DescriptionException: Sendable {
    /// What is allowed beside the description.
    package enum Scope: Sendable {
        /// A request that the description does not know, by method and what its path begins with.
        case request(method: String, prefix: String)
        /// A status of one operation, or of every operation for nil.
        case status(Int, operation: String?)
    }

    /// What is allowed.
    package let scope: Scope
    /// Why Harbor does it.
    package let reason: String

    /// All there are.
    package static let all: [DescriptionException] = [
        DescriptionException(
            scope: .request(method: "HEAD", prefix: "/v2/"), reason: "the registry's own API has another description, distribution's"),
        DescriptionException(
            scope: .request(method: "GET", prefix: "/v2/"), reason: "the registry's own API has another description, distribution's"),
        DescriptionException(scope: .status(401, operation: nil), reason: "nobody may do less than the description says"),
        DescriptionException(scope: .status(403, operation: nil), reason: "permissions and read-only mode are judged before the handler"),
        DescriptionException(scope: .status(404, operation: nil), reason: "what a path names is looked up before the handler"),
        DescriptionException(scope: .status(422, operation: nil), reason: "parameters are checked before the handler"),
        DescriptionException(scope: .status(429, operation: nil), reason: "a proxy may limit the rate"),
        DescriptionException(scope: .status(500, operation: nil), reason: "any handler may fail"),
        DescriptionException(scope: .status(502, operation: nil), reason: "the proxy answers while core is down"),
        DescriptionException(scope: .status(503, operation: nil), reason: "the proxy answers while core is down"),
        DescriptionException(scope: .status(504, operation: nil), reason: "the proxy answers while core is slow"),
        DescriptionException(scope: .status(412, operation: "getCurrentUserInfo"), reason: "a robot is known and is no user"),
        DescriptionException(scope: .status(412, operation: "deleteArtifact"), reason: "an immutable tag, or a child of an index"),
        DescriptionException(scope: .status(412, operation: "deleteTag"), reason: "an immutable tag"),
        DescriptionException(scope: .status(409, operation: "scanArtifact"), reason: "a scan of it is under way"),
        DescriptionException(scope: .status(412, operation: "scanArtifact"), reason: "there is no enabled scanner"),
        DescriptionException(scope: .status(400, operation: "getRetention"), reason: "a policy that does not exist"),
        DescriptionException(scope: .status(400, operation: "triggerRetentionExecution"), reason: "a policy that does not exist"),
        DescriptionException(scope: .status(400, operation: "listRetentionExecutions"), reason: "a policy that does not exist"),
        DescriptionException(scope: .status(409, operation: "updateGCSchedule"), reason: "a schedule of that kind exists"),
        DescriptionException(scope: .status(400, operation: "actionPendingJobs"), reason: "an action that the handler refuses"),
    ]

    static func allows(_ request: DescribedRequest) -> Bool {
        all.contains { exception in
            switch exception.scope {
            case .request(let method, let prefix): request.method == method && request.path.hasPrefix(prefix)
            case .status: false
            }
        }
    }

    static func allows(status: Int, of operation: String) -> Bool {
        all.contains { exception in
            switch exception.scope {
            case .request: false
            case .status(let allowed, let name): allowed == status && (name == nil || name == operation)
            }
        }
    }
}
