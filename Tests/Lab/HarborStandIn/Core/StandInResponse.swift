/// An answer of the stand-in.
package struct StandInResponse: Sendable {
    /// The status code.
    package var status: Int
    /// Fields in the order they are sent; a name may occur more than once.
    package var headers: [(name: String, value: String)]
    /// The body; nothing of it is sent to HEAD.
    package var body: [UInt8]
    /// What `Content-Length` says where it is not the body's own length: the answer to HEAD of something long.
    package var announcedLength: Int?

    /// An answer with any body.
    package init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON document. Throws `EncodingError` for a number that JSON has no word for.
    package static func json(_ value: JSONValue, status: Int = 200, headers: [(name: String, value: String)] = []) throws -> StandInResponse
    {
        StandInResponse(status: status, headers: [("Content-Type", "application/json")] + headers, body: try value.bytes())
    }

    /// A text, such as a job's log.
    package static func text(_ text: String, status: Int = 200, type: String = "text/plain") -> StandInResponse {
        StandInResponse(status: status, headers: [("Content-Type", type)], body: Array(text.utf8))
    }

    /// A status without a body.
    package static func status(_ status: Int, headers: [(name: String, value: String)] = []) -> StandInResponse {
        StandInResponse(status: status, headers: headers)
    }

    /// Harbor's list of errors, with one in it.
    package static func error(_ status: Int, _ code: String, _ message: String) throws -> StandInResponse {
        try .json(["errors": [["code": .text(code), "message": .text(message)]]], status: status)
    }

    /// The value of a field; nil where it is missing.
    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}
