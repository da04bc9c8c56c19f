import CLibcurl
import Glibc

/// Owns one `CURL`, and what it points to.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let message: UnsafeMutablePointer<CChar>
    private var fields: UnsafeMutablePointer<curl_slist>?
    private let request: HTTPRequest

    /// A handle without options. Throws `TransportError` where there is no memory for one.
    init(for request: HTTPRequest) throws(TransportError) {
        guard let pointer = curl_easy_init() else { throw TransportError(.failed, "there is no memory for a request to \(request.target)") }
        self.pointer = pointer
        self.request = request
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try set(CURLOPT_ERRORBUFFER, pointer: message)
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(fields)
        message.deallocate()
    }

    func set(_ option: CURLoption, _ value: Int) throws(TransportError) { try check(opsd_curl_set_long(pointer, option, value)) }

    func set(_ option: CURLoption, _ value: String?) throws(TransportError) { try check(opsd_curl_set_string(pointer, option, value)) }

    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) throws(TransportError) {
        try check(opsd_curl_set_pointer(pointer, option, value))
    }

    func set(_ option: CURLoption, offset value: Int64) throws(TransportError) {
        try check(opsd_curl_set_offset(pointer, option, curl_off_t(value)))
    }

    /// Sends these lines as header fields; once for a handle.
    func setFields(_ lines: [String]) throws(TransportError) {
        for line in lines {
            guard let extended = curl_slist_append(fields, line) else {
                throw TransportError(.failed, "there is no memory for a request to \(request.target)")
            }
            fields = extended
        }
        try check(opsd_curl_set_list(pointer, CURLOPT_HTTPHEADER, fields))
    }

    /// The number of the failed system call's error; 0 for none, also when the library does not say.
    var systemError: Int32 {
        var number = 0
        return opsd_curl_get_long(pointer, CURLINFO_OS_ERRNO, &number) == CURLE_OK ? Int32(truncatingIfNeeded: number) : 0
    }

    /// Whether there is a connection, agreed on with the server, and the request may be on its way.
    var isConnected: Bool {
        var microseconds: curl_off_t = 0
        return opsd_curl_get_offset(pointer, CURLINFO_PRETRANSFER_TIME_T, &microseconds) == CURLE_OK && microseconds > 0
    }

    /// Whether a byte of the request may have reached the server.
    var hasSent: Bool {
        var count = 0
        return opsd_curl_get_long(pointer, CURLINFO_REQUEST_SIZE, &count) != CURLE_OK || count > 0
    }

    /// Whether a unix socket's listener has too many connections to accept. The kernel then refuses a non-blocking attempt for the moment,
    /// as it does for no other kind of socket; the library takes that for an attempt under way, and then finds it failed for no reason.
    func isQueueFull(_ code: CURLcode) -> Bool { code == CURLE_COULDNT_CONNECT && request.unixSocket != nil && systemError == 0 }

    /// Throws what `code` means, in the library's own words where it has some.
    func check(_ code: CURLcode) throws(TransportError) {
        guard code != CURLE_OK else { return }
        if code == CURLE_COULDNT_CONNECT, let path = request.unixSocket {
            throw TransportError(connectingTo: path, errno: isQueueFull(code) ? EAGAIN : systemError)
        }
        throw TransportError(code, target: request.target, text: String(cString: message))
    }
}
