/// What a server says before its body.
package struct HTTPResponseHead: Sendable, Equatable {
    /// The status code of the final answer; interim ones (1xx) are not shown.
    package let status: Int
    /// The fields in the order received.
    package let headers: HTTPHeaders

    /// An answer's head.
    package init(status: Int, headers: HTTPHeaders) {
        self.status = status
        self.headers = headers
    }
}

/// A whole answer.
package struct HTTPResponse: Sendable, Equatable {
    /// Status and headers.
    package let head: HTTPResponseHead
    /// The content, its transfer coding undone.
    package let body: [UInt8]

    /// An answer.
    package init(head: HTTPResponseHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}
