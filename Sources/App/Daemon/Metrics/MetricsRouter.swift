import Foundation
import HTTPTypes
import Hummingbird
import OpsMetrics

/// What the daemon serves to Prometheus and to health checks. Nothing here changes anything.
struct MetricsRouter: Sendable {
    let collector: MetricsCollector
    let readiness: Readiness
    /// What a client must show as a bearer token; nil where only this host reaches the address.
    let token: [UInt8]?

    func make() -> Router<BasicRequestContext> {
        let router = Router()
        if let token { router.middlewares.add(BearerTokenMiddleware(token: token)) }
        router.get("/metrics") { [collector] _, _ in
            Response.text(.ok, try await collector.text(), type: MetricsPage.contentType)
        }
        router.get("/healthz") { _, _ in Response.text(.ok, "the process turns\n") }
        router.get("/readyz") { [readiness] _, _ in
            let problems = await readiness.problems()
            return Response.text(
                problems.isEmpty ? .ok : .serviceUnavailable, problems.isEmpty ? "ready\n" : problems.map { "\($0)\n" }.joined())
        }
        router.get("/") { _, _ in Response.text(.ok, "opsd: /metrics /healthz /readyz\n") }
        return router
    }
}

/// Lets nobody pass who does not show the token.
struct BearerTokenMiddleware<Context: RequestContext>: RouterMiddleware {
    let token: [UInt8]

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        guard let header = request.headers[.authorization], header.hasPrefix("Bearer "), isToken(header.dropFirst(7)) else {
            var response = Response.text(.unauthorized, "show the token of 'listen.token_file' as a bearer token\n")
            response.headers[.wwwAuthenticate] = "Bearer"
            return response
        }
        return try await next(request, context)
    }

    /// Takes as long for a wrong token as for a right one, so that it cannot be guessed letter by letter.
    private func isToken(_ text: Substring) -> Bool {
        let given = Array(text.utf8)
        var difference = given.count ^ token.count
        for index in token.indices { difference |= Int(token[index] ^ (index < given.count ? given[index] : 0)) }
        return difference == 0
    }
}

extension Response {
    static func text(_ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
