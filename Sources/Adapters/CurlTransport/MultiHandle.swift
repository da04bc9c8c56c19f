import CLibcurl

/// Owns one `CURLM` with its connections. One thread at a time drives it; anybody may wake that thread.
final class MultiHandle: @unchecked Sendable {  // guard: never changed after init, and curl_multi_wakeup may be called from any thread
    let pointer: UnsafeMutableRawPointer

    /// Throws `TransportError` where there is no memory or no descriptor for one. It keeps up to `idleConnections` for later requests.
    init(idleConnections: Int) throws(TransportError) {
        guard CurlLibrary.status == CURLE_OK, let pointer = curl_multi_init() else {
            throw TransportError(.failed, "cannot set up libcurl: \(String(cString: curl_easy_strerror(CurlLibrary.status)))")
        }
        self.pointer = pointer
        try Self.check(opsd_curl_set_multi_long(pointer, CURLMOPT_MAXCONNECTS, idleConnections))
    }

    deinit { curl_multi_cleanup(pointer) }

    /// Ends the present wait, or the next one when nobody waits now.
    func wake() {
        // Refused only for a handle without memory or descriptors for it, which then has no transfer either.
        _ = curl_multi_wakeup(pointer)
    }

    /// Throws `TransportError` for what the library refuses of the handle as a whole.
    static func check(_ code: CURLMcode) throws(TransportError) {
        guard code != CURLM_OK else { return }
        throw TransportError(.failed, "cannot drive libcurl: \(String(cString: curl_multi_strerror(code)))")
    }
}

/// libcurl's state of this process.
private enum CurlLibrary {
    /// Set up once, before the first handle; Swift makes later callers wait for the first.
    static let status = curl_global_init(opsd_curl_global_default)
}
