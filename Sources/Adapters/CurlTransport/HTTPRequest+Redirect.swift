import CLibcurl

extension HTTPRequest {
    /// What may go to another origin; any other header may be a credential.
    private static let harmlessNames: Set<String> = [
        "accept", "accept-encoding", "accept-language", "cache-control", "if-modified-since", "if-none-match", "range", "user-agent",
    ]

    /// The request to make because this one, after `count` redirects, was answered with `head`. Nil where that is the answer: it points
    /// nowhere, or following it would send a streamed body twice, a body to another origin, or leave a unix socket.
    ///
    /// Throws `TransportError` (`protocolViolation`) beyond the limit, for what is no URL of HTTP, and on the way from `https` to `http`.
    func redirected(by head: HTTPResponseHead, after count: Int) throws(TransportError) -> HTTPRequest? {
        guard case .follow(let limit) = redirects, [301, 302, 303, 307, 308].contains(head.status), let location = head.headers["Location"]
        else { return nil }
        guard count < limit else { throw refusal("it points elsewhere more than \(limit) times") }
        var next = self
        let hasOrigin = HTTPOrigin(of: url)
        guard let parts = URLParts(url), parts.follow(location), let url = parts[CURLUPART_URL] else {
            throw refusal("it points to what is no URL")
        }
        // A reference to a part of a document is the reader's business.
        next.url = String(url.prefix { $0 != "#" })
        guard let hasOrigin, let origin = HTTPOrigin(of: next.url), ["http", "https"].contains(origin.scheme) else {
            throw refusal("it points to what is neither http nor https")
        }
        guard hasOrigin.scheme == "http" || origin.scheme == "https" else { throw refusal("it points from https to http") }
        if head.status == 303 && method != .head || [301, 302].contains(head.status) && method == .post {
            next.method = .get
            next.body = nil
            next.bodyStream = nil
            next.headers = HTTPHeaders(headers.filter { !$0.name.lowercased().hasPrefix("content-") })
        }
        guard next.bodyStream == nil else { return nil }
        if origin != hasOrigin {
            guard next.body == nil, unixSocket == nil else { return nil }
            next.authorization = .none
            next.clientCertificate = nil
            next.headers = HTTPHeaders(next.headers.filter { Self.harmlessNames.contains($0.name.lowercased()) })
        }
        return next
    }

    private func refusal(_ problem: String) -> TransportError {
        TransportError(
            .protocolViolation, "cannot follow the answer of \(target): \(problem)",
            remedy: "check that address and port are those of the server that is meant")
    }
}
