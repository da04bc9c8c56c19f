import CLibcurl
import LocalIO

/// One request on the loop: its handle in the library, its limits, and its turns at a crowded unix socket. The loop's thread alone uses it.
final class Transfer {
    let exchange: Exchange
    private let easy: EasyHandle
    private let multi: MultiHandle
    private let retainedContext: Unmanaged<TransferContext>
    private var deadlines: TransferDeadlines
    private let startedAt: UInt64
    private var isAdded = false
    /// When to knock at a unix socket again.
    private(set) var retryAt: UInt64?

    /// What the library calls it.
    var handle: UnsafeMutableRawPointer { easy.pointer }

    private var context: TransferContext { retainedContext.takeUnretainedValue() }

    /// Begins to connect, or takes a connection that is there.
    init(_ exchange: Exchange, on multi: MultiHandle, at now: UInt64) throws(TransportError) {
        self.exchange = exchange
        self.multi = multi
        startedAt = now
        let request = exchange.request
        deadlines = TransferDeadlines(total: exchange.deadline, firstByte: request.firstByteTimeout, stall: request.stallTimeout)
        easy = try EasyHandle(for: request)
        retainedContext = .passRetained(TransferContext(exchange))
        try easy.configure(request, context: retainedContext.toOpaque())
        try add()
    }

    deinit {
        letGo()
        retainedContext.release()
    }

    private func add() throws(TransportError) {
        try MultiHandle.check(curl_multi_add_handle(multi.pointer, easy.pointer))
        isAdded = true
    }

    /// Takes the handle from the library, which closes the connection of a transfer in its middle.
    func letGo() {
        // Refused only for a handle that is not there.
        if isAdded { _ = curl_multi_remove_handle(multi.pointer, easy.pointer) }
        isAdded = false
    }

    /// Goes on in the directions for which the task has made room.
    func resume() throws(TransportError) {
        let paused = exchange.resume()
        try easy.check(curl_easy_pause(easy.pointer, (paused.receive ? CURLPAUSE_RECV : 0) | (paused.send ? CURLPAUSE_SEND : 0)))
    }

    /// When the loop must look at it again although nothing has come; nil for never.
    var nextLook: UInt64? { [deadlines.next, retryAt].compactMap { $0 }.min() }

    /// Knocks again where that is due, and throws `timedOut` for a limit that has passed at `now`.
    func look(at now: UInt64) throws(TransportError) {
        if let retryAt, retryAt <= now {
            self.retryAt = nil
            try add()
        }
        let context = context
        deadlines.note(
            TransferDeadlines.Progress(
                isConnected: easy.isConnected, isRequestSent: context.isBodySent, hasAnswer: context.hasAnswer,
                hasMoved: context.takeMovement(), isPaused: exchange.isPaused), at: now)
        guard let limit = deadlines.passed(at: now) else { return }
        throw TransportError(passing: limit, of: exchange.request)
    }

    /// Whether to knock again at a unix socket that has no room in its queue. It waits for a random while, so that those refused together
    /// do not come back together; nothing has been sent yet.
    func knocksAgain(after result: CURLcode, at now: UInt64) -> Bool {
        let end = startedAt + exchange.request.connectTimeout.microseconds
        guard easy.isQueueFull(result), now < end else { return false }
        letGo()
        retryAt = min(now + UInt64.random(in: 50_000...500_000), end)
        return true
    }

    /// How the transfer ended, which the library calls `result`.
    func end(_ result: CURLcode) -> Exchange.End {
        do throws(TransportError) {
            if let failure = context.failure { throw failure }
            try easy.check(result)
            guard context.isHeadComplete else {
                throw TransportError(.protocolViolation, "cannot get an answer from \(exchange.request.target): it has no status line")
            }
            return .complete
        } catch {
            return failed(error)
        }
    }

    /// The end that `error` means.
    func failed(_ error: TransportError) -> Exchange.End { .failed(error, hasSent: easy.hasSent) }
}

extension TransportError {
    /// `limit` of `request` has passed.
    init(passing limit: TransferDeadlines.Limit, of request: HTTPRequest) {
        let reason =
            switch limit {
            case .total: "it took longer than \(request.totalTimeout ?? .zero)"
            case .firstByte: "no byte of it came within \(request.firstByteTimeout ?? .zero)"
            case .stall: "nothing moved for \(request.stallTimeout ?? .zero)"
            }
        self.init(
            .timedOut, "cannot get an answer from \(request.target): \(reason)",
            remedy: "check that the server is not overloaded or stuck")
    }
}
