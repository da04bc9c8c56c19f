import CLibcurl

/// Every option of a transfer is set here, so that another protocol or way to sign is an addition in one place.
extension EasyHandle {
    /// The library's own default, which it also has for the body of an answer.
    private static let bufferSize = 16 * 1024

    /// Sets what `request`, which has been checked, asks for, and `context` as what the callbacks get.
    func configure(_ request: HTTPRequest, context: UnsafeMutableRawPointer) throws(TransportError) {
        try setRequest(request)
        try setAuthorization(request.authorization)
        try setConnection(request)
        try setTrust(request)
        try setProxy(request)
        try setCallbacks(context)
    }

    private func setRequest(_ request: HTTPRequest) throws(TransportError) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        // Followed by the transport itself, which knows what may go to another origin.
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        try set(CURLOPT_USERAGENT, request.headers["User-Agent"] ?? "opsd")
        var lines = request.headers.filter { $0.name.lowercased() != "user-agent" }
            .map { field in
                // To the library a name without a value means to leave that field out; the semicolon sends it empty.
                field.value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? "\(field.name);" : "\(field.name): \(field.value)"
            }
        if request.announcesBody {
            try set(CURLOPT_POST, 1)
            // Less than none is an unknown length, which makes the library send the body in chunks.
            try set(CURLOPT_POSTFIELDSIZE_LARGE, offset: request.bodyLength ?? -1)
            // Without these the library would wait for a "100 Continue", and call every body a form.
            lines.append("Expect:")
            if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        }
        if request.method == .head {
            try set(CURLOPT_NOBODY, 1)
        } else {
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        try setFields(lines)
    }

    private func setAuthorization(_ authorization: HTTPRequest.Authorization) throws(TransportError) {
        switch authorization {
        case .none: break
        case .basic(let user, let password):
            try set(CURLOPT_HTTPAUTH, opsd_curl_auth_basic)
            try set(CURLOPT_USERNAME, user)
            try set(CURLOPT_PASSWORD, password.reveal())
        case .bearer(let token):
            try set(CURLOPT_HTTPAUTH, opsd_curl_auth_bearer)
            try set(CURLOPT_XOAUTH2_BEARER, token.reveal())
        }
    }

    private func setConnection(_ request: HTTPRequest) throws(TransportError) {
        // Signals are the process's own: no alarm for the resolver, no change of SIGPIPE.
        try set(CURLOPT_NOSIGNAL, 1)
        // Otherwise a cancelled transfer would wait for the resolver's thread; that one frees what it holds when it ends.
        try set(CURLOPT_QUICK_EXIT, 1)
        // On a kept connection that turns out to be dead the library sends again by itself, though the server may have acted.
        if !request.isRepeatable { try set(CURLOPT_FRESH_CONNECT, 1) }
        // Finds out, within minutes, that the peer of a silent stream has gone.
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_BUFFERSIZE, Self.bufferSize)
        try set(CURLOPT_UPLOAD_BUFFERSIZE, 4 * Self.bufferSize)
        if let path = request.unixSocket { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.milliseconds)
    }

    private func setTrust(_ request: HTTPRequest) throws(TransportError) {
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        if let path = request.trustedCertificates {
            try set(CURLOPT_CAINFO, path)
            // Debian's build would also trust the host's folder of certificates.
            try set(CURLOPT_CAPATH, nil)
        }
        if let certificate = request.clientCertificate {
            try set(CURLOPT_SSLCERT, certificate.certificate)
            try set(CURLOPT_SSLKEY, certificate.key)
        }
    }

    private func setProxy(_ request: HTTPRequest) throws(TransportError) {
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        guard request.unixSocket == nil else { return try set(CURLOPT_NOPROXY, "*") }
        switch request.proxy {
        case .none: try set(CURLOPT_NOPROXY, "*")
        case .environment: if request.origin?.isLoopback ?? false { try set(CURLOPT_NOPROXY, "*") }
        case .server(let url, let user, let password):
            try set(CURLOPT_PROXY, url)
            // What the environment exempts was meant for its own proxy.
            try set(CURLOPT_NOPROXY, "")
            if let user { try set(CURLOPT_PROXYUSERNAME, user) }
            if let password { try set(CURLOPT_PROXYPASSWORD, password.reveal()) }
        }
        if let path = request.trustedCertificates {
            try set(CURLOPT_PROXY_CAINFO, path)
            try set(CURLOPT_PROXY_CAPATH, nil)
        }
        try set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    }

    private func setCallbacks(_ context: UnsafeMutableRawPointer) throws(TransportError) {
        try set(CURLOPT_HEADERDATA, pointer: context)
        try set(CURLOPT_WRITEDATA, pointer: context)
        try set(CURLOPT_READDATA, pointer: context)
        try set(CURLOPT_SEEKDATA, pointer: context)
        try check(opsd_curl_set_data_callback(pointer, CURLOPT_HEADERFUNCTION, TransferCallbacks.header))
        try check(opsd_curl_set_data_callback(pointer, CURLOPT_WRITEFUNCTION, TransferCallbacks.write))
        try check(opsd_curl_set_data_callback(pointer, CURLOPT_READFUNCTION, TransferCallbacks.read))
        try check(opsd_curl_set_seek(pointer, TransferCallbacks.seek))
        try check(opsd_curl_set_open_socket(pointer, TransferCallbacks.openSocket))
    }
}

extension Duration {
    /// At least one, because to the library zero means its own default; at most what it takes.
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
