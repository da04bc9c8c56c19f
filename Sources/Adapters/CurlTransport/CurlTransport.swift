import LocalIO
import Synchronization

/// An HTTP client over TCP, TLS and unix sockets.
///
/// A copy shares the connections of its original; they are closed with the last of them. One thread, which is there while there are requests,
/// drives them all. Requests beyond the limit of a host wait for a turn, so a handler that asks the same host again must not be one of so
/// many at once. Cancelling the task ends its request at once, also while the server is silent, and the call returns when the connection is
/// closed (over HTTP/2, its stream).
package struct CurlTransport: Sendable {
    private let loop: TransferLoop

    /// Makes a client that has not connected anywhere, and will have at most `requestsPerHost` requests, and so connections, under way with
    /// one host and port. Unix sockets have no limit.
    package init(requestsPerHost: Int = 32) {
        precondition(requestsPerHost > 0, "a client that may not ask")
        loop = TransferLoop(limit: requestsPerHost)
    }

    /// Sends `request` and collects the answer, whatever its status.
    ///
    /// Throws `TransportError`, `bodyTooLarge` for a body of more than `bodyLimit` bytes, what a streamed body's source throws, and
    /// `CancellationError`.
    package func send(_ request: HTTPRequest, bodyLimit: Int = 16 * 1024 * 1024) async throws -> HTTPResponse {
        let collected = Mutex<(head: HTTPResponseHead?, body: [UInt8])>((nil, []))
        let attempts = HTTPAttempts(request, on: loop, mayBeginAnew: true)
        try await attempts.run { head in
            collected.withLock { $0 = (head, []) }
        } onChunk: { chunk in
            try collected.withLock { answer in
                guard answer.body.count + chunk.count <= bodyLimit else {
                    throw TransportError(.bodyTooLarge, "the answer of \(request.target) is larger than \(bodyLimit) bytes")
                }
                answer.body += chunk
            }
        }
        let (head, body) = collected.withLock { $0 }
        guard let head else { throw TransportError(.protocolViolation, "the answer of \(request.target) has no head") }
        return HTTPResponse(head: head, body: body)
    }

    /// Sends `request` and hands the answer over as it comes: the head once, then the body in parts of any size.
    ///
    /// While a handler runs, no more than a few hundred kilobytes are read ahead, so the server is slowed to the caller's pace. An error of a
    /// handler ends the transfer and is thrown as it is. Throws `TransportError` also after some parts, when the answer breaks off; what a
    /// streamed body's source throws; `CancellationError`.
    package func stream(
        _ request: HTTPRequest, onHead: @Sendable (HTTPResponseHead) async throws -> Void = { _ in },
        onChunk: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        try await HTTPAttempts(request, on: loop, mayBeginAnew: false).run(onHead: onHead, onChunk: onChunk)
    }
}
