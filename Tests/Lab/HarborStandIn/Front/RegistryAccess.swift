/// What a request may do in the registry: what its token says, or else what its principal may.
struct RegistryAccess: Sendable {
    let request: StandInRequest
    let scopes: [BearerTokens.Scope]?
    let hasAuthorization: Bool
    /// How the front is reached, `https` or `http`.
    let scheme: String

    func may(_ action: String, _ repository: String, in project: StandInProject) -> Bool {
        guard let scopes else { return request.principal.may(action, "repository", in: project) }
        return scopes.contains { $0.repository == repository && $0.actions.contains(action) }
    }

    /// 401 with the way to a token; `scope` is a repository and actions. Whoever is known and may not gets the same.
    func challenge(_ scope: String?) throws -> StandInResponse {
        let host = request.headers[":authority"] ?? request.headers["host"] ?? "127.0.0.1"
        var challenge = "Bearer realm=\"\(scheme)://\(host)/service/token\",service=\"harbor-registry\""
        if let scope { challenge += ",scope=\"repository:\(scope)\"" }
        var answer = try StandInResponse.error(401, "UNAUTHORIZED", "unauthorized to access repository: \(scope ?? "registry")")
        answer.headers.append(("Www-Authenticate", challenge))
        return answer
    }
}
