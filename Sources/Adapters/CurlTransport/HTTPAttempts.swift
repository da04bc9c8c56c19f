import LocalIO

/// One request of a caller: as many exchanges as its redirects and retries need.
struct HTTPAttempts: Sendable {
    typealias HeadHandler = @Sendable (HTTPResponseHead) async throws -> Void
    typealias ChunkHandler = @Sendable ([UInt8]) async throws -> Void

    /// What follows an exchange.
    private enum Step {
        case done
        case redirect(HTTPRequest)
        case again(after: Duration)
    }

    /// What an answer that nobody wants may have for its connection to be kept.
    private static let drainLimit = 64 * 1024

    private let request: HTTPRequest
    private let loop: TransferLoop
    private let mayBeginAnew: Bool

    /// `mayBeginAnew` says that the head's handler can be called again, and what came before is then void.
    init(_ request: HTTPRequest, on loop: TransferLoop, mayBeginAnew: Bool) {
        self.request = request
        self.loop = loop
        self.mayBeginAnew = mayBeginAnew
    }

    /// Hands the final answer over. Throws as ``CurlTransport/stream(_:onHead:onChunk:)`` does.
    func run(onHead: HeadHandler, onChunk: ChunkHandler) async throws {
        var attempt = 1
        while let pause = try await follow(attempt, onHead, onChunk) {
            if let retry = request.retry { try await retry.clock.sleep(for: pause) }
            attempt += 1
        }
    }

    /// One attempt with its redirects; the pause before the next one, or nil when the answer has been handed over.
    private func follow(_ attempt: Int, _ onHead: HeadHandler, _ onChunk: ChunkHandler) async throws -> Duration? {
        let deadline = request.totalTimeout.map { MonotonicTime.microseconds + $0.microseconds }
        var request = request
        var redirects = 0
        while true {
            try request.check()
            let exchange = Exchange(request, deadline: deadline, on: loop)
            switch try await perform(exchange, attempt, redirects, onHead, onChunk) {
            case .done: return nil
            case .again(let pause): return pause
            case .redirect(let next):
                request = next
                redirects += 1
            }
        }
    }

    private func perform(
        _ exchange: Exchange, _ attempt: Int, _ redirects: Int, _ onHead: HeadHandler, _ onChunk: ChunkHandler
    ) async throws -> Step {
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try exchange.begin()
            return try await withThrowingTaskGroup(of: Void.self) { group in
                if let source = exchange.request.bodyStream { group.addTask { await exchange.pump(source) } }
                do {
                    let step = try await receive(exchange, attempt, redirects, onHead, onChunk)
                    await exchange.close()
                    group.cancelAll()
                    return step
                } catch {
                    await exchange.close()
                    group.cancelAll()
                    throw error
                }
            }
        } onCancel: {
            exchange.cancel()
        }
    }

    private func receive(
        _ exchange: Exchange, _ attempt: Int, _ redirects: Int, _ onHead: HeadHandler, _ onChunk: ChunkHandler
    ) async throws -> Step {
        var isHandedOver = false
        do {
            while let event = try await exchange.next() {
                switch event {
                case .head(let head):
                    if !exchange.hasUsedSource, let pause = exchange.request.pause(after: attempt, head) {
                        try await drain(exchange)
                        return .again(after: pause)
                    }
                    if let next = try exchange.request.redirected(by: head, after: redirects) {
                        try await drain(exchange)
                        return .redirect(next)
                    }
                    isHandedOver = true
                    try await onHead(head)
                case .chunk(let chunk): try await onChunk(chunk)
                }
            }
            return .done
        } catch {
            guard let failure = exchange.failure, failure.error == error as? TransportError, mayBeginAnew || !isHandedOver,
                !exchange.hasUsedSource, let pause = exchange.request.pause(after: attempt, failure.error, hasSent: failure.hasSent)
            else { throw error }
            return .again(after: pause)
        }
    }

    /// Reads what is left of a short answer, so that its connection can be used again.
    private func drain(_ exchange: Exchange) async throws {
        var count = 0
        while count < Self.drainLimit, case .chunk(let chunk) = try await exchange.next() { count += chunk.count }
    }
}
