import CLibcurl

/// Owns one `CURLM`. One thread drives it; whoever cancels wakes that thread.
final class MultiHandle: @unchecked Sendable {  // guard: never changed after init, and curl_multi_wakeup may be called from any thread
    let pointer: UnsafeMutableRawPointer

    /// Throws `TransportError` where there is no memory or no descriptor for one.
    init() throws(TransportError) {
        guard CurlLibrary.status == CURLE_OK, let pointer = curl_multi_init() else {
            throw TransportError(.failed, "cannot set up libcurl: \(String(cString: curl_easy_strerror(CurlLibrary.status)))")
        }
        self.pointer = pointer
    }

    deinit { curl_multi_cleanup(pointer) }

    /// Ends the present wait, or the next one when nobody waits now.
    func wake() {
        // Refused only for a handle without memory or descriptors for it, which then has no transfer either.
        _ = curl_multi_wakeup(pointer)
    }
}

/// libcurl's state of this process.
private enum CurlLibrary {
    /// Set up once, before the first handle; Swift makes later callers wait for the first.
    static let status = curl_global_init(opsd_curl_global_default)
}
