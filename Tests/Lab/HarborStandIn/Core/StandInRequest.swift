import Foundation

/// A request that a route was found for.
package struct StandInRequest: Sendable {
    /// `GET`, `POST` and so on.
    package let method: String
    /// Path and query as they were sent.
    package let target: String
    /// The parts of the path that the route names, decoded; `{repository}` twice, as Harbor does.
    package var parameters: [String: String] = [:]
    /// The query's pairs, decoded once, in their order.
    package let query: [(name: String, value: String)]
    /// Names in lower case; of repeated fields the last.
    package let headers: [String: String]
    /// The body.
    package let body: [UInt8]
    /// Who asks.
    package var principal = Principal.anonymous

    /// A request whose path is still to be looked at.
    package init(method: String, target: String, headers: [String: String], body: [UInt8]) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        let query = target.firstIndex(of: "?").map { target[target.index(after: $0)...] } ?? ""
        self.query = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.formDecoded(String(parts[0])), parts.count > 1 ? Self.formDecoded(String(parts[1])) : "")
        }
    }

    /// The path as it was sent.
    package var rawPath: String { String(target.prefix { $0 != "?" }) }

    /// A part of the path that the route names. Throws 404 for a name that it does not have.
    package func parameter(_ name: String) throws(StandInFailure) -> String {
        guard let value = parameters[name] else { throw .notFound("path \(rawPath) was not found") }
        return value
    }

    /// A number in the path. Throws 422 for anything else.
    package func integer(_ name: String) throws(StandInFailure) -> Int {
        let text = try parameter(name)
        guard let number = Int(text) else { throw .unprocessable("\(name) in path must be of type int64: \"\(text)\"") }
        return number
    }

    /// The first value of a query parameter; nil where it is missing.
    package func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// A Boolean query parameter; `otherwise` where it is missing. Throws 422 for anything but the words that Go's parser knows.
    package func flag(_ name: String, otherwise: Bool) throws(StandInFailure) -> Bool {
        guard let text = queryValue(name) else { return otherwise }
        switch text {
        case "true", "1", "t", "T", "TRUE", "True", "on", "yes", "ok", "y": return true
        case "false", "0", "f", "F", "FALSE", "False", "off", "no", "n", "": return false
        default: throw .unprocessable("\(name) in query must be of type boolean: \"\(text)\"")
        }
    }

    /// The body as JSON. Throws 400 for a malformed one, 422 for none.
    package func document() throws(StandInFailure) -> JSONValue {
        guard !body.isEmpty else { throw .unprocessable("body in body is required") }
        do {
            return try JSONValue(parsing: body)
        } catch {
            throw .badRequest("parsing body failed: the body is no JSON document")
        }
    }

    /// Throws 401 for nobody, 403 for somebody who may not do `action` to `resource` of the whole installation.
    package func require(_ action: String, _ resource: String) throws(StandInFailure) {
        guard !principal.may(action, resource) else { return }
        throw principal == .anonymous ? .unauthorized : .forbidden
    }

    /// Throws 401 for nobody, 403 for somebody who may not do `action` to `resource` of `project`.
    package func require(_ action: String, _ resource: String, in project: StandInProject) throws(StandInFailure) {
        guard !principal.may(action, resource, in: project) else { return }
        throw principal == .anonymous ? .unauthorized : .forbidden
    }

    /// Throws 401 for nobody, 403 for everybody but administrators: no permission of a robot is enough.
    package func requireAdministrator() throws(StandInFailure) {
        guard !principal.isAdministrator else { return }
        throw principal == .anonymous ? .unauthorized : .forbidden
    }

    private static func formDecoded(_ text: String) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? spaced
    }
}
