import CLibcurl
import Glibc

/// One request under way, on a connection of its own. Pull it by ``next()`` until nil; dropping it closes the connection.
///
/// Nothing is read from the network between two calls, so a slow caller slows the server and memory stays bounded.
final class Transfer {
    /// What comes: one head, then the body.
    enum Event {
        case head(HTTPResponseHead)
        case chunk([UInt8])
    }

    /// The longest wait without a look at the clock; the library shortens it to its own next deadline, and a cancellation ends it.
    private static let waitMilliseconds: Int32 = 60_000

    private let request: HTTPRequest
    private let multi: MultiHandle
    private let easy: UnsafeMutableRawPointer
    private let message: UnsafeMutablePointer<CChar>
    private let retainedContext: Unmanaged<TransferContext>
    private var fields: UnsafeMutablePointer<curl_slist>?
    /// What the library ended the transfer with.
    private var result: CURLcode?
    /// How long we have waited for room in a unix socket's queue.
    private var waited = Duration.zero

    private var context: TransferContext { retainedContext.takeUnretainedValue() }

    /// Prepares `request`, which has been checked; nothing is sent before the first ``next()``.
    init(_ request: HTTPRequest, on multi: MultiHandle) throws(TransportError) {
        guard let easy = curl_easy_init() else { throw TransportError(.failed, "there is no memory for a request to \(request.target)") }
        self.request = request
        self.multi = multi
        self.easy = easy
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        retainedContext = .passRetained(TransferContext(request))
        try set(CURLOPT_ERRORBUFFER, pointer: message)
        try setRequest()
        try setAuthorization()
        try setConnection()
        try setCallbacks()
        try check(curl_multi_add_handle(multi.pointer, easy))
    }

    deinit {
        // Removing a handle that was never added does nothing.
        curl_multi_remove_handle(multi.pointer, easy)
        curl_easy_cleanup(easy)
        curl_slist_free_all(fields)
        message.deallocate()
        retainedContext.release()
    }

    /// The next part of the answer, nil after its end. Blocks; throws `TransportError`, and `CancellationError` once the task is
    /// cancelled and the multi handle woken.
    func next() throws -> Event? {
        while true {
            try Task.checkCancellation()
            if let head = context.takeHead() { return .head(head) }
            if let chunk = context.takeChunk() { return .chunk(chunk) }
            // Only now, so that what came before a failure is handed over.
            if let result {
                try finish(result)
                return nil
            }
            var running: Int32 = 0
            try check(curl_multi_perform(multi.pointer, &running))
            if running == 0 {
                var remaining: Int32 = 0
                let result = curl_multi_info_read(multi.pointer, &remaining)?.pointee.data.result ?? CURLE_FAILED_INIT
                if isQueueFull(result), waited < request.connectTimeout {
                    try connectAgain()
                } else {
                    self.result = result
                }
            } else if !context.hasNews {
                try check(curl_multi_poll(multi.pointer, nil, 0, Self.waitMilliseconds, nil))
            }
        }
    }

    /// Whether a unix socket's listener has too many connections to accept. The kernel then refuses a non-blocking attempt for the moment,
    /// as it does for no other kind of socket; the library takes that for an attempt under way, and then finds it failed for no reason.
    private func isQueueFull(_ result: CURLcode) -> Bool {
        result == CURLE_COULDNT_CONNECT && request.unixSocket != nil && systemError == 0
    }

    /// Waits for a random while, so that those refused together do not come back together, and begins anew; nothing has been sent yet.
    private func connectAgain() throws {
        let pause = min(Int.random(in: 50...500), (request.connectTimeout - waited).milliseconds)
        waited += .milliseconds(pause)
        try check(curl_multi_remove_handle(multi.pointer, easy))
        try check(curl_multi_poll(multi.pointer, nil, 0, Int32(pause), nil))
        try check(curl_multi_add_handle(multi.pointer, easy))
    }

    /// The number of the failed system call's error; 0 for none, also when the library does not say.
    private var systemError: Int32 {
        var number = 0
        return opsd_curl_get_long(easy, CURLINFO_OS_ERRNO, &number) == CURLE_OK ? Int32(truncatingIfNeeded: number) : 0
    }

    /// Throws unless the answer has come to its proper end.
    private func finish(_ result: CURLcode) throws(TransportError) {
        if let failure = context.failure { throw failure }
        try check(result)
        guard context.isHeadComplete else {
            throw TransportError(.protocolViolation, "cannot get an answer from \(request.target): it has no status line")
        }
    }

    private func setRequest() throws(TransportError) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        // One transfer has one connection: later versions would bring larger buffers, and no gain.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_USERAGENT, request.headers["User-Agent"] ?? "opsd")
        var lines = request.headers.filter { $0.name.lowercased() != "user-agent" }
            .map { field in
                // To the library a name without a value means to leave that field out; the semicolon sends it empty.
                field.value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? "\(field.name);" : "\(field.name): \(field.value)"
            }
        if let length = bodyLength {
            try set(CURLOPT_POST, 1)
            try check(opsd_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(length)))
            // Without these the library would wait for a "100 Continue", and call every body a form.
            lines.append("Expect:")
            if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        }
        if request.method == .head {
            try set(CURLOPT_NOBODY, 1)
        } else {
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        for line in lines {
            guard let extended = curl_slist_append(fields, line) else {
                throw TransportError(.failed, "there is no memory for a request to \(request.target)")
            }
            fields = extended
        }
        try check(opsd_curl_set_list(easy, CURLOPT_HTTPHEADER, fields))
    }

    /// Nil for a request that announces no body.
    private var bodyLength: Int? {
        switch request.method {
        case .post, .put, .patch: request.body?.count ?? 0
        case .get, .head, .delete: request.body?.count
        }
    }

    private func setAuthorization() throws(TransportError) {
        switch request.authorization {
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

    private func setConnection() throws(TransportError) {
        // Signals are the process's own: no alarm for the resolver, no change of SIGPIPE.
        try set(CURLOPT_NOSIGNAL, 1)
        // Otherwise a cancelled transfer would wait for the resolver's thread; that one frees what it holds when it ends.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_FORBID_REUSE, 1)
        // Finds out, within minutes, that the peer of a silent stream has gone.
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // The library reads up to a hundred such buffers in one turn.
        try set(CURLOPT_BUFFERSIZE, 16 * 1024)
        if let path = request.unixSocket {
            try set(CURLOPT_UNIX_SOCKET_PATH, path)
            try set(CURLOPT_NOPROXY, "*")
        }
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.milliseconds)
        if let limit = request.totalTimeout { try set(CURLOPT_TIMEOUT_MS, limit.milliseconds) }
        if let limit = request.stallTimeout {
            try set(CURLOPT_LOW_SPEED_LIMIT, 1)
            try set(CURLOPT_LOW_SPEED_TIME, (limit.milliseconds + 999) / 1000)
        }
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let path = request.trustedCertificates {
            try set(CURLOPT_CAINFO, path)
            // Debian's build would also trust the host's folder of certificates.
            try set(CURLOPT_CAPATH, nil)
        }
    }

    private func setCallbacks() throws(TransportError) {
        let pointer = retainedContext.toOpaque()
        try set(CURLOPT_HEADERDATA, pointer: pointer)
        try set(CURLOPT_WRITEDATA, pointer: pointer)
        try set(CURLOPT_READDATA, pointer: pointer)
        try check(opsd_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, TransferCallbacks.header))
        try check(opsd_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, TransferCallbacks.write))
        try check(opsd_curl_set_data_callback(easy, CURLOPT_READFUNCTION, TransferCallbacks.read))
        try check(opsd_curl_set_open_socket(easy, TransferCallbacks.openSocket))
    }

    private func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(opsd_curl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String?) throws(TransportError) {
        try check(opsd_curl_set_string(easy, option, value))
    }

    private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) throws(TransportError) {
        try check(opsd_curl_set_pointer(easy, option, pointer))
    }

    private func check(_ code: CURLcode) throws(TransportError) {
        guard code != CURLE_OK else { return }
        if code == CURLE_COULDNT_CONNECT, let path = request.unixSocket {
            throw TransportError(connectingTo: path, errno: isQueueFull(code) ? EAGAIN : systemError)
        }
        throw TransportError(code, target: request.target, text: String(cString: message))
    }

    private func check(_ code: CURLMcode) throws(TransportError) {
        guard code != CURLM_OK else { return }
        throw TransportError(.failed, "cannot ask \(request.target): \(String(cString: curl_multi_strerror(code)))")
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
