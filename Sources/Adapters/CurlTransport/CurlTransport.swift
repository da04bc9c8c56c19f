import LocalIO

/// An HTTP client over TCP, TLS and unix sockets.
///
/// Each request has a connection and, while it lasts, a thread of its own, so callers bound how many run at once. Redirects are not
/// followed. Cancelling the task closes the connection at once, also while the server is silent.
package struct CurlTransport: Sendable {
    /// Makes a client; it holds nothing.
    package init() {}

    /// Sends `request` and collects the answer, whatever its status.
    ///
    /// Throws `TransportError`, `bodyTooLarge` for a body of more than `bodyLimit` bytes, and `CancellationError`.
    package func send(_ request: HTTPRequest, bodyLimit: Int = 16 * 1024 * 1024) async throws -> HTTPResponse {
        try await withTransfer(request) { transfer in
            var head: HTTPResponseHead?
            var body: [UInt8] = []
            while let event = try transfer.next() {
                switch event {
                case .head(let received): head = received
                case .chunk(let chunk):
                    guard body.count + chunk.count <= bodyLimit else {
                        throw TransportError(.bodyTooLarge, "the answer of \(request.target) is larger than \(bodyLimit) bytes")
                    }
                    body += chunk
                }
            }
            guard let head else { throw TransportError(.protocolViolation, "the answer of \(request.target) has no head") }
            return HTTPResponse(head: head, body: body)
        }
    }

    /// Sends `request` and hands the answer over as it comes: the head once, then the body in parts of any size.
    ///
    /// While a handler runs, nothing is read, so the server is slowed to the caller's pace. An error of a handler ends the transfer and is
    /// thrown as it is. Throws `TransportError` also after some parts, when the answer breaks off; `CancellationError`.
    package func stream(
        _ request: HTTPRequest, onHead: @Sendable (HTTPResponseHead) async throws -> Void = { _ in },
        onChunk: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        try await withTransfer(request) { transfer in
            while let event = try transfer.next() {
                switch event {
                case .head(let head): try await onHead(head)
                case .chunk(let chunk): try await onChunk(chunk)
                }
            }
        }
    }

    private func withTransfer<Value: Sendable>(
        _ request: HTTPRequest, _ use: @Sendable (Transfer) async throws -> Value
    ) async throws -> Value {
        try request.check()
        let multi = try MultiHandle()
        return try await withTaskCancellationHandler {
            try await onBlockingThread { try await use(try Transfer(request, on: multi)) }
        } onCancel: {
            multi.wake()
        }
    }
}
