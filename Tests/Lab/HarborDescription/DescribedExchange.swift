/// A request as it was sent.
package struct DescribedRequest: Sendable {
    /// Such as `GET`.
    package let method: String
    /// Path and query, encoded.
    package let target: String
    /// Names as written, in order.
    package let headers: [(name: String, value: String)]
    /// The content; empty for none.
    package let body: [UInt8]

    /// A request.
    package init(method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The target without its query.
    package var path: String { String(target.prefix { $0 != "?" }) }
}

/// An answer as it was received.
package struct DescribedResponse: Sendable {
    /// The status code.
    package let status: Int
    /// Names as written, in order.
    package let headers: [(name: String, value: String)]
    /// The content; empty for none.
    package let body: [UInt8]

    /// An answer.
    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
