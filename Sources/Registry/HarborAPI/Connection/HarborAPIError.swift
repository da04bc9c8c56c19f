/// Why Harbor did not do what it was asked for, or why its answer cannot be used. It never holds a secret or a whole answer.
package struct HarborAPIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// Nobody answers, or the connection broke: then Harbor may have acted on the request.
        case unreachable
        /// There was no answer in time; Harbor may have acted on the request.
        case timedOut = "timed_out"
        /// TLS could not be agreed on, or the certificate is not trusted.
        case tls
        /// 401: the credential is wrong, disabled or expired, or nobody may do this without one.
        case unauthorized
        /// 403: the account is known and lacks a permission.
        case forbidden
        /// 403 with the code `DENIED`: the registry is in read-only mode.
        case readOnly = "read_only"
        /// 404.
        case notFound = "not_found"
        /// 405: not offered by this version, or not for this project.
        case notAllowed = "not_allowed"
        /// 409: something of that kind exists or is under way.
        case conflict
        /// 412: immutable, still in use, or no scanner.
        case precondition
        /// 413.
        case tooLarge = "too_large"
        /// 400 and 422: Harbor refuses the request as it is; also an argument that could not be sent.
        case malformed
        /// 429.
        case tooManyRequests = "too_many_requests"
        /// 5xx, from Harbor or from the proxy before it.
        case unavailable
        /// An answer that cannot be read, or a status that means nothing here.
        case unexpectedAnswer = "unexpected_answer"
        /// A list changed each time it was read, so no reading of it is complete.
        case unsettled
        /// The call needs an administrator's account, and none is configured.
        case needsAdministrator = "needs_administrator"
        /// Anything else, such as a lack of memory.
        case failed
    }

    /// What kind of failure it is.
    package let code: Code
    /// The answer's status; nil where there was no answer.
    package let status: Int?
    /// What failed, without a full stop.
    package let problem: String
    /// What to do about it.
    package let remedy: String
    /// What the robot lacks; for `forbidden`, and for `unauthorized` where the credential is sound.
    package let missingPermission: HarborPermission?
    /// How long the server asks to wait.
    package let retryAfter: Duration?
    /// What the server or the library said, shortened and without control characters.
    package let cause: String?

    /// States a failure; both texts are parts of one sentence for an operator.
    package init(
        _ code: Code, status: Int? = nil, _ problem: String, remedy: String, missingPermission: HarborPermission? = nil,
        retryAfter: Duration? = nil, cause: String? = nil
    ) {
        self.code = code
        self.status = status
        self.problem = problem
        self.remedy = remedy
        self.missingPermission = missingPermission
        self.retryAfter = retryAfter
        self.cause = cause
    }

    /// The same request may succeed later without anybody's help. Whether Harbor has already acted on it is the caller's to judge.
    package var isRetryable: Bool {
        switch code {
        case .unreachable, .timedOut, .tooManyRequests, .unavailable, .unsettled: true
        case .tls, .unauthorized, .forbidden, .readOnly, .notFound, .notAllowed, .conflict, .precondition, .tooLarge, .malformed,
            .unexpectedAnswer, .needsAdministrator, .failed:
            false
        }
    }

    /// One sentence for an operator.
    package var description: String { "\(problem). Hint: \(remedy)" }
}
