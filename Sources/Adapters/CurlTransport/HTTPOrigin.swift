import CLibcurl

/// Scheme, host and port of a URL, as the library reads them.
struct HTTPOrigin: Hashable {
    let scheme: String
    let host: String
    let port: String

    /// Nil for what the library does not take for a URL.
    init?(of url: String) {
        guard let parts = URLParts(url), let scheme = parts[CURLUPART_SCHEME], let host = parts[CURLUPART_HOST],
            let port = parts[CURLUPART_PORT]
        else { return nil }
        self.scheme = scheme.lowercased()
        self.host = host.lowercased()
        self.port = port
    }

    /// Whether it is this host itself, by name or address.
    var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}

extension HTTPRequest {
    /// Where it goes over TCP; nil over a unix socket, and for a URL that the library will refuse.
    var origin: HTTPOrigin? { unixSocket == nil ? HTTPOrigin(of: url) : nil }
}

/// Owns one `CURLU`.
final class URLParts {
    private let pointer: OpaquePointer

    /// Nil for what is no URL.
    init?(_ url: String) {
        guard let pointer = curl_url() else { return nil }
        self.pointer = pointer
        guard set(url) else { return nil }
    }

    deinit { curl_url_cleanup(pointer) }

    /// Goes where `reference`, which may be relative, points; false where it is none.
    func follow(_ reference: String) -> Bool { set(reference) }

    private func set(_ url: String) -> Bool {
        curl_url_set(pointer, CURLUPART_URL, url, UInt32(CURLU_URLENCODE)) == CURLUE_OK
    }

    /// A part of it, with the scheme's own port where it names none.
    subscript(part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(pointer, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
