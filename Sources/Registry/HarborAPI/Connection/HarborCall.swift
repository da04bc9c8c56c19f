import CurlTransport

/// One request to Harbor, before credentials and retries.
struct HarborCall {
    let operation: HarborOperation
    let method: HTTPRequest.Method
    let path: HarborPath
    /// Names and values, not yet encoded.
    var query: [(name: String, value: String)] = []
    var headers = HTTPHeaders()
    var body: JSONValue?
    /// Statuses beside 2xx that are answers here, not failures.
    var expected: Set<Int> = []
    /// Whether a second arrival of the request changes nothing.
    var isRepeatable: Bool
    /// Bytes of the longest answer that is read.
    var bodyLimit = 32 * 1024 * 1024

    /// A `GET` below `/api/v2.0`.
    init(_ operation: HarborOperation, _ path: HarborPath) { self.init(operation, .get, path) }

    /// A request below `/api/v2.0`, or for `headManifest` below `/`.
    init(_ operation: HarborOperation, _ method: HTTPRequest.Method, _ path: HarborPath) {
        self.operation = operation
        self.method = method
        self.path = path
        isRepeatable = method == .get || method == .head
    }

    /// The path with the encoded query.
    var target: String {
        let path = operation == .headManifest ? path.description : "/api/v2.0\(path)"
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }

    func adding(_ name: String, _ value: String) -> HarborCall {
        var call = self
        call.query.append((name, value))
        return call
    }

    func adding(header name: String, _ value: String) -> HarborCall {
        var call = self
        call.headers.append(name, value)
        return call
    }

    /// A project of digits only would be taken for an id otherwise.
    func namingProject() -> HarborCall { adding(header: "X-Is-Resource-Name", "true") }

    /// The report format of current scanners; without it Harbor looks for an older one and shows nothing.
    func acceptingReports() -> HarborCall { adding(header: "X-Accept-Vulnerabilities", ScanOverview.mediaTypes.joined(separator: ", ")) }

    func sending(_ body: JSONValue) -> HarborCall {
        var call = self
        call.body = body
        return call
    }

    func expecting(_ statuses: Set<Int>) -> HarborCall {
        var call = self
        call.expected = statuses
        return call
    }

    /// Says that a second arrival of the request changes nothing.
    func repeatable() -> HarborCall {
        var call = self
        call.isRepeatable = true
        return call
    }

    func reading(upTo bytes: Int) -> HarborCall {
        var call = self
        call.bodyLimit = bytes
        return call
    }
}
