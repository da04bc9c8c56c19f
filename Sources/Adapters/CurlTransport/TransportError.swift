/// Why there is no answer, or no whole one. A status such as 404 is an answer. It never holds a secret, a header's value or a query.
package struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// Nobody answers at the address, the name cannot be resolved, or there is no such socket.
        case unreachable
        /// We may not use the socket.
        case denied
        /// One of the request's timeouts has passed.
        case timedOut = "timed_out"
        /// TLS could not be agreed on, or the server's certificate is not trusted.
        case tls
        /// An established connection broke before the answer was complete.
        case interrupted
        /// What came is not HTTP, or goes beyond sane limits.
        case protocolViolation = "protocol_violation"
        /// The answer's body is larger than the caller accepts.
        case bodyTooLarge = "body_too_large"
        /// The request cannot be sent as it is meant.
        case invalidRequest = "invalid_request"
        /// Anything else, such as a lack of memory or descriptors.
        case failed
    }

    /// What kind of failure it is.
    package let code: Code
    /// What failed, and where.
    package let problem: String
    /// What to do about it, where something general can be said.
    package let remedy: String?
    /// The library's number and name of the failure, where it came from there.
    package let cause: String?

    /// An error of `code`; `problem` and `remedy` are sentences without a full stop.
    package init(_ code: Code, _ problem: String, remedy: String? = nil, cause: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
    }

    /// The same request may succeed later without anybody's help. Whether the server may already have acted on it is the caller's to judge.
    package var isRetryable: Bool {
        switch code {
        case .unreachable, .timedOut, .interrupted: true
        case .denied, .tls, .protocolViolation, .bodyTooLarge, .invalidRequest, .failed: false
        }
    }

    /// One sentence for an operator.
    package var description: String { remedy.map { "\(problem). Hint: \($0)" } ?? problem }
}
