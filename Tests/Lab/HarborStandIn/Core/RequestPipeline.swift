import Foundation

/// What every request passes before a handler sees it: faults, who asks, read-only mode; and what every answer gets.
struct RequestPipeline: Sendable {
    let state: StandInState
    let database: StandInDatabase
    let authentication: Authentication
    let routes: Routes
    let front: RegistryFront
    let clock: any Clock<Duration>

    /// Answers a request. The number says after how many bytes of the body the connection is cut.
    func respond(to request: StandInRequest) async -> (response: StandInResponse, cut: Int?) {
        let verdict = state.verdict(for: request.method, request.target, hasCredentials: request.headers["authorization"] != nil)
        var response: StandInResponse
        do {
            for hook in verdict.hooks { try await hook() }
            if verdict.delay > .zero { try await clock.sleep(for: verdict.delay) }
            if verdict.isCoreDown {
                response = Self.coreIsDown
            } else if let seconds = verdict.retryAfter {
                response = try .error(429, "TOO_MANY_REQUEST", "too many requests")
                response.headers.append(("Retry-After", "\(seconds)"))
            } else {
                response = try await answer(request, hasExpired: verdict.hasExpired)
            }
        } catch let failure as StandInFailure {
            response = Self.answer(failure)
        } catch {
            // Harbor masks what went wrong inside; tests need to see it.
            response = Self.answer(StandInFailure(500, "UNKNOWN", "internal server error"))
            response.headers.append(("X-Stand-In-Error", "\(error)".filter { $0 != "\n" && $0 != "\r" }))
        }
        response.headers.append(("X-Request-Id", request.headers["x-request-id"] ?? UUID().uuidString.lowercased()))
        state.record(request.method, request.target, verdict.cut == nil ? response.status : 0)
        return (response, verdict.cut)
    }

    private func answer(_ request: StandInRequest, hasExpired: Bool) async throws -> StandInResponse {
        let headers = hasExpired ? request.headers.filter { $0.key != "authorization" } : request.headers
        let (principal, scopes) = try await authentication.principal(of: headers)
        var request = request
        request.principal = principal
        let path = request.rawPath
        if path.hasPrefix("/v2") {
            return try await front.respond(to: request, scopes: scopes, hasAuthorization: headers["authorization"] != nil)
        }
        if path == "/service/token" { return try front.token(for: request, projects: try await database.projects()) }
        try checkForgery(request)
        try await checkReadOnly(request)
        let (handler, routed) = try routes.handler(for: request)
        var response = try await handler(routed)
        if principal != .anonymous, request.headers["cookie"] == nil {
            response.headers.append(("Set-Cookie", "sid=\(UUID().uuidString.lowercased()); Path=/; HttpOnly; SameSite=Lax"))
        }
        return response
    }

    /// A request with the session cookie must prove that it comes from Harbor's own pages.
    private func checkForgery(_ request: StandInRequest) throws(StandInFailure) {
        guard !Self.harmless.contains(request.method), request.headers["cookie"]?.contains("sid=") == true,
            request.headers["x-harbor-csrf-token"] == nil
        else { return }
        throw StandInFailure(403, "FORBIDDEN", "CSRF token not found in request")
    }

    private func checkReadOnly(_ request: StandInRequest) async throws {
        guard !Self.harmless.contains(request.method), request.rawPath != Routes.base + "/configurations" else { return }
        guard try await database.isReadOnly() else { return }
        throw StandInFailure.readOnly
    }

    private static let harmless: Set<String> = ["GET", "HEAD", "OPTIONS"]

    private static let coreIsDown = StandInResponse(
        status: 502, headers: [("Content-Type", "text/html"), ("Server", "nginx")],
        body: Array(
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
                .utf8))

    /// The failure as an answer.
    static func answer(_ failure: StandInFailure) -> StandInResponse {
        // A document of texts can always be encoded.
        (try? .error(failure.status, failure.code, failure.message)) ?? .status(failure.status)  // see above
    }
}

extension StandInFailure {
    /// What every change gets while the instance is read-only.
    static let readOnly = StandInFailure(403, "DENIED", "The system is in read only mode. Any modification is prohibited.")
}

extension StandInDatabase {
    /// Whether the instance is read-only. Throws `PostgresError`.
    package func isReadOnly() async throws -> Bool { try await value("SELECT v FROM properties WHERE k = 'read_only'") == "true" }
}
