/// Every part of a request ends up in one text or one C string, so a stray control character would write a second request.
extension HTTPRequest {
    /// What the transport writes by itself; a second one would contradict it.
    private static let reservedNames: Set<String> = ["authorization", "connection", "content-length", "expect", "transfer-encoding"]

    /// What sockaddr_un has room for, without its terminating zero.
    private static let longestSocketPath = 107

    /// The URL without what may be secret in it (user, password, query), and the socket, for messages.
    var target: String {
        var text = url.prefix { $0 != "?" && $0 != "#" }
        let start = text.index(endOf: "://") ?? text.startIndex
        let authorityEnd = text[start...].firstIndex(of: "/") ?? text.endIndex
        if let at = text[start..<authorityEnd].lastIndex(of: "@") { text.removeSubrange(start...at) }
        return Self.printable(unixSocket.map { "\(text) over \($0)" } ?? String(text))
    }

    /// Throws `TransportError` (`invalidRequest`) for what cannot be sent as it is meant. No message shows a value.
    func check() throws(TransportError) {
        try checkURL()
        for field in headers {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isTokenByte) else {
                throw refusal("a header's name has a character that no name may have", "use letters, digits and hyphens")
            }
            guard !Self.reservedNames.contains(field.name.lowercased()) else {
                throw refusal("the header \(field.name) is not the caller's to set", "use the request's own property for it")
            }
            guard !field.value.unicodeScalars.contains(where: { Self.isControl($0) && $0 != "\t" }) else {
                throw refusal("the value of the header \(field.name) has a line break or another control character", "remove it")
            }
        }
        if method == .head, body != nil || bodyStream != nil { throw refusal("a HEAD request has no body", "send none") }
        if body != nil, bodyStream != nil { throw refusal("it has two bodies", "send one") }
        if let length = bodyStream?.length, length < 0 { throw refusal("its body is shorter than nothing", "leave the length out") }
        try checkAuthorization()
        try checkProxy()
        if let unixSocket, unixSocket.isEmpty || unixSocket.utf8.count > Self.longestSocketPath || unixSocket.utf8.contains(0) {
            throw refusal("the socket's path is empty, or longer than \(Self.longestSocketPath) bytes", "use a shorter path")
        }
        if let trustedCertificates, trustedCertificates.isEmpty || trustedCertificates.utf8.contains(0) {
            throw refusal("the path of the trusted certificates is empty", "name a PEM file")
        }
        if let clientCertificate,
            [clientCertificate.certificate, clientCertificate.key].contains(where: { $0.isEmpty || $0.utf8.contains(0) })
        {
            throw refusal("a path of the client's certificate is empty", "name the PEM files of certificate and key")
        }
    }

    private func checkProxy() throws(TransportError) {
        guard case .server(let url, let user, let password) = proxy else { return }
        let lower = url.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://"), !url.contains("@"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else {
            throw refusal("the proxy's URL is no http or https URL, or has a user in it", "write it as http://host:port, the user apart")
        }
        guard unixSocket == nil else { throw refusal("a unix socket has no proxy", "name one of the two") }
        guard ![user, password?.reveal()].contains(where: { $0?.unicodeScalars.contains(where: Self.isControl) ?? false }) else {
            throw refusal("the proxy's credentials have a control character", "remove it, often the end of a file's last line")
        }
    }

    private func checkURL() throws(TransportError) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw refusal("the URL has a space, a control character or one beyond ASCII", "percent-encode it")
        }
        let lower = url.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lower.hasPrefix) else {
            throw refusal("the URL's scheme is neither http nor https", "write it as http://host/path")
        }
        let authority = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.isEmpty else { throw refusal("the URL names no host", "write it as \(scheme)host/path") }
        guard !authority.contains("@") else { throw refusal("the URL has a user in it", "use the request's authorization") }
    }

    private func checkAuthorization() throws(TransportError) {
        let parts: [String]
        switch authorization {
        case .none: parts = []
        case .basic(let user, let password):
            guard !user.utf8.contains(UInt8(ascii: ":")) else {
                throw refusal("the user's name has a colon", "HTTP's basic scheme allows none")
            }
            parts = [user, password.reveal()]
        case .bearer(let token):
            guard !token.reveal().isEmpty else { throw refusal("the token is empty", "set one, or ask without authorization") }
            parts = [token.reveal()]
        }
        guard !parts.contains(where: { $0.unicodeScalars.contains(where: Self.isControl) }) else {
            throw refusal(
                "the credentials have a line break or another control character", "remove it, often the end of a file's last line")
        }
    }

    private func refusal(_ problem: String, _ remedy: String) -> TransportError {
        TransportError(.invalidRequest, "cannot ask \(target): \(problem)", remedy: remedy)
    }

    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7f }

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension Substring {
    /// The index behind the first `mark`.
    fileprivate func index(endOf mark: String) -> Index? { firstRange(of: mark)?.upperBound }
}
