/// A request, and how long to wait for what.
package struct HTTPRequest: Sendable {
    /// What to do with the resource.
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// Who asks.
    package enum Authorization: Sendable, Equatable {
        case none
        /// A user, whose name has no colon, and the password.
        case basic(user: String, password: CurlTransport.Secret)
        case bearer(CurlTransport.Secret)
    }

    /// What to do with the resource.
    package var method: Method
    /// An absolute `http` or `https` URL in ASCII, without user and password.
    package var url: String
    /// Fields to send. The transport itself writes `Authorization`, `Connection`, `Content-Length`, `Expect` and `Transfer-Encoding`.
    package var headers: HTTPHeaders
    /// The content. Nil sends none, which `POST`, `PUT` and `PATCH` announce as a length of zero.
    package var body: [UInt8]?
    /// The content, made while it is sent; instead of ``body``.
    package var bodyStream: BodyStream?
    /// The path of a unix socket to talk over, instead of TCP to the URL's host, which then only names itself in `Host`.
    package var unixSocket: String?
    /// How long resolving, connecting and agreeing on TLS may take together; waiting for a turn is not counted.
    package var connectTimeout: Duration
    /// How long the answer's first byte may take once the request is sent; nil sets no limit.
    package var firstByteTimeout: Duration?
    /// How long nothing may move in either direction, once connected and while the caller is not what is waited for; nil waits for ever,
    /// as event streams need.
    package var stallTimeout: Duration?
    /// How long everything may take, waiting for a turn, redirects and the time in the caller's handlers included; each of several
    /// attempts has it anew. Nil sets no limit.
    package var totalTimeout: Duration?
    /// A PEM file of the certificates to trust instead of the host's own.
    package var trustedCertificates: String?
    /// What to show a server that asks who we are.
    package var clientCertificate: ClientCertificate?
    /// Who asks.
    package var authorization: Authorization
    /// Through whom to ask.
    package var proxy: Proxy
    /// What to do where the server points elsewhere.
    package var redirects: Redirects
    /// Whether to ask again after a failure; nil asks once.
    package var retry: Retry?

    /// A request; it is checked when it is sent.
    package init(
        _ method: Method = .get, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil, unixSocket: String? = nil,
        connectTimeout: Duration = .seconds(10), stallTimeout: Duration? = nil, totalTimeout: Duration? = nil,
        trustedCertificates: String? = nil, authorization: Authorization = .none, bodyStream: BodyStream? = nil,
        firstByteTimeout: Duration? = nil, clientCertificate: ClientCertificate? = nil, proxy: Proxy = .environment,
        redirects: Redirects = .refuse, retry: Retry? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.bodyStream = bodyStream
        self.unixSocket = unixSocket
        self.connectTimeout = connectTimeout
        self.firstByteTimeout = firstByteTimeout
        self.stallTimeout = stallTimeout
        self.totalTimeout = totalTimeout
        self.trustedCertificates = trustedCertificates
        self.clientCertificate = clientCertificate
        self.authorization = authorization
        self.proxy = proxy
        self.redirects = redirects
        self.retry = retry
    }
}

extension HTTPRequest {
    /// Whether it says how long its body is, or that there is one.
    var announcesBody: Bool {
        switch method {
        case .post, .put, .patch: true
        case .get, .head, .delete: body != nil || bodyStream != nil
        }
    }

    /// In bytes; nil where nobody knows.
    var bodyLength: Int64? { bodyStream.map(\.length) ?? Int64(body?.count ?? 0) }

    /// Whether asking twice does no more than asking once (RFC 9110, 9.2.2).
    var isIdempotent: Bool {
        switch method {
        case .get, .head, .put, .delete: true
        case .post, .patch: false
        }
    }

    /// Whether the very same may be sent again where nobody knows what became of it.
    var isRepeatable: Bool { isIdempotent && bodyStream == nil }
}
