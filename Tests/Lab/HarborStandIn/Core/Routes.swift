import Foundation
import Synchronization

/// The calls that the stand-in knows, below `/api/v2.0`.
package final class Routes: Sendable {
    /// What answers a request. It throws `StandInFailure` for an answer of that form; any other error is answered by 500.
    package typealias Handler = @Sendable (StandInRequest) async throws -> StandInResponse

    private struct Route {
        let method: String
        let segments: [Segment]
        let handler: Handler
    }

    private enum Segment: Equatable {
        case literal(String)
        case parameter(String)
    }

    private let all = Mutex<[Route]>([])

    /// An empty set.
    package init() {}

    /// Answers `method` on `pattern` by `handler`. `{name}` in the pattern stands for one part of the path; a literal part goes before a named one.
    package func on(_ method: String, _ pattern: String, _ handler: @escaping Handler) {
        let segments = Self.parts(pattern).map { part in
            part.hasPrefix("{") && part.hasSuffix("}") ? Segment.parameter(String(part.dropFirst().dropLast())) : .literal(part)
        }
        all.withLock { $0.append(Route(method: method, segments: segments, handler: handler)) }
    }

    /// The handler for a request and its parameters. Harbor decodes the whole path once and looks then: a single `%2F` is a separator.
    func handler(for request: StandInRequest) throws(StandInFailure) -> (handler: Handler, request: StandInRequest) {
        let missing = StandInFailure.notFound("path \(request.rawPath) was not found")
        guard let path = request.rawPath.removingPercentEncoding, path.hasPrefix(Self.base) else { throw missing }
        let parts = Self.parts(String(path.dropFirst(Self.base.count)))
        let matching = all.withLock { routes in
            routes.compactMap { route in Self.parameters(of: route.segments, in: parts).map { (route, $0) } }
        }
        guard !matching.isEmpty else { throw missing }
        let literals = { (route: Route) in route.segments.count { if case .literal = $0 { true } else { false } } }
        guard let (route, parameters) = matching.filter({ $0.0.method == request.method }).max(by: { literals($0.0) < literals($1.0) })
        else {
            throw StandInFailure(405, "METHOD_NOT_ALLOWED", "method \(request.method) is not allowed")
        }
        var request = request
        request.parameters = parameters
        return (route.handler, request)
    }

    /// Where the API begins.
    static let base = "/api/v2.0"

    private static func parts(_ path: String) -> [String] {
        path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    }

    private static func parameters(of segments: [Segment], in parts: [String]) -> [String: String]? {
        guard segments.count == parts.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .literal(let text): guard text == part else { return nil }
            case .parameter("repository"): parameters["repository"] = part.removingPercentEncoding ?? part
            case .parameter(let name): parameters[name] = part
            }
        }
        return parameters
    }
}
