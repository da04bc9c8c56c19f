/// An answer that tells the client what is wrong, in Harbor's form.
package struct StandInFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The status code.
    package let status: Int
    /// Harbor's word for it, such as `NOT_FOUND`.
    package let code: String
    /// What Harbor says.
    package let message: String

    /// An answer that tells the client what is wrong.
    package init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// 400.
    package static func badRequest(_ message: String) -> Self { .init(400, "BAD_REQUEST", message) }
    /// 401: nobody is known to ask.
    package static let unauthorized = StandInFailure(401, "UNAUTHORIZED", "unauthorized")
    /// 403: whoever asks may not.
    package static let forbidden = StandInFailure(403, "FORBIDDEN", "forbidden")
    /// 404.
    package static func notFound(_ message: String) -> Self { .init(404, "NOT_FOUND", message) }
    /// 409.
    package static func conflict(_ message: String) -> Self { .init(409, "CONFLICT", message) }
    /// 412.
    package static func precondition(_ message: String) -> Self { .init(412, "PRECONDITION", message) }
    /// 422: the request does not fit the API's description.
    package static func unprocessable(_ message: String) -> Self { .init(422, "UNPROCESSABLE_ENTITY", message) }

    /// Code and message.
    package var description: String { "\(status) \(code): \(message)" }
}
