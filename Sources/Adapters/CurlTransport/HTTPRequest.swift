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
    /// The path of a unix socket to talk over, instead of TCP to the URL's host, which then only names itself in `Host`.
    package var unixSocket: String?
    /// How long resolving, connecting and agreeing on TLS may take together.
    package var connectTimeout: Duration
    /// How long less than one byte a second may move, in whole seconds, up to six seconds late; nil waits for ever, as event streams need.
    package var stallTimeout: Duration?
    /// How long everything may take, the time in the caller's handlers included; nil sets no limit.
    package var totalTimeout: Duration?
    /// A PEM file of the certificates to trust instead of the host's own.
    package var trustedCertificates: String?
    /// Who asks.
    package var authorization: Authorization

    /// A request; it is checked when it is sent.
    package init(
        _ method: Method = .get, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil, unixSocket: String? = nil,
        connectTimeout: Duration = .seconds(10), stallTimeout: Duration? = nil, totalTimeout: Duration? = nil,
        trustedCertificates: String? = nil, authorization: Authorization = .none
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.unixSocket = unixSocket
        self.connectTimeout = connectTimeout
        self.stallTimeout = stallTimeout
        self.totalTimeout = totalTimeout
        self.trustedCertificates = trustedCertificates
        self.authorization = authorization
    }
}
