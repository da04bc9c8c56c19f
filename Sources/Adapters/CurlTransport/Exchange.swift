import LocalIO
import Synchronization

/// What a request's task and the loop's thread share: what has come and not been taken, and what is to be sent and has not been.
///
/// Both directions hold a bounded number of bytes; whoever finds no room waits, the task by suspending, the loop by pausing the transfer.
final class Exchange: Sendable {
    /// What comes: one head, then the body.
    enum Event: Sendable {
        case head(HTTPResponseHead)
        case chunk([UInt8])
    }

    /// How a transfer ended.
    enum End: Sendable {
        case complete
        case failed(TransportError, hasSent: Bool)
        /// Nobody wanted the rest.
        case closed
    }

    private struct State {
        var head: HTTPResponseHead?
        var chunk: [UInt8] = []
        var isReceivePaused = false
        /// Nobody will take anything any more.
        var isClosing = false
        var end: End?
        var outgoing: ArraySlice<UInt8> = []
        var isSourceWanted = false
        var isSourceFinished = false
        var isSendPaused = false
        var sourceFailure: (any Error)?
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?

        var hasNews: Bool { end != nil || !isClosing && (head != nil || !chunk.isEmpty) }
        var isWriterAwaited: Bool { end != nil || isClosing || isSourceWanted && outgoing.isEmpty }
    }

    /// What may wait to be taken; the library's own buffer comes on top.
    private static let room = 256 * 1024

    let request: HTTPRequest
    /// When everything must be over, on ``MonotonicTime``; nil for no limit.
    let deadline: UInt64?
    /// Whose turns it takes.
    let origin: HTTPOrigin?
    private let loop: TransferLoop
    private let state = Mutex(State())

    /// A request that ``begin()`` hands to `loop`.
    init(_ request: HTTPRequest, deadline: UInt64?, on loop: TransferLoop) {
        self.request = request
        self.deadline = deadline
        origin = request.origin
        self.loop = loop
    }

    // MARK: - The task's side

    /// Begins the transfer, or its wait for a turn.
    func begin() throws(TransportError) { try loop.submit(.start(self)) }

    /// The next part of the answer, nil after its end. Throws `TransportError`, what the body's source threw, and `CancellationError`.
    func next() async throws -> Event? {
        while true {
            try Task.checkCancellation()
            if let event = take() { return event }
            if let end = state.withLock({ $0.end }) {
                switch end {
                case .complete: return nil
                case .failed(let error, _): throw error
                case .closed: throw state.withLock { $0.sourceFailure } ?? CancellationError()
                }
            }
            await waitForNews()
        }
    }

    private func take() -> Event? {
        let (event, resumes) = state.withLock { state -> (Event?, Bool) in
            if let head = state.head.take() { return (.head(head), false) }
            guard !state.chunk.isEmpty else { return (nil, false) }
            defer { state.chunk = [] }
            return (.chunk(state.chunk), state.isReceivePaused)
        }
        if resumes { loop.nudge(.resume(self)) }
        return event
    }

    private func waitForNews() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.hasNews { state.reader = continuation }
                return state.hasNews
            }
            if isReady { continuation.resume() }
        }
    }

    /// Asks for the transfer's end; ``next()`` throws once the loop has let go of it.
    func cancel() { loop.nudge(.end(self)) }

    /// Ends the transfer, if it has not ended by itself, and returns when the loop has let go of it.
    func close() async {
        let (isOver, writer) = state.withLock { state in
            state.isClosing = true
            state.head = nil
            state.chunk = []
            return (state.end != nil, state.writer.take())
        }
        writer?.resume()
        if isOver { return }
        cancel()
        await waitForNews()
    }

    /// How the transfer failed, if it did; nil also where the task gave up.
    var failure: (error: TransportError, hasSent: Bool)? {
        guard case .failed(let error, let hasSent) = state.withLock({ $0.end }) else { return nil }
        return (error, hasSent)
    }

    /// Whether the body's source has been asked, so that the same request cannot be sent again.
    var hasUsedSource: Bool { state.withLock { $0.isSourceWanted } }

    /// Hands over what `source` gives, as the transfer wants it, until its end or the transfer's.
    func pump(_ source: HTTPRequest.BodyStream) async {
        var total: Int64 = 0
        do {
            while await waitForDemand() {
                let bytes = try await source.next()
                total += Int64(bytes?.count ?? 0)
                if let length = source.length, total > length || bytes == nil && total < length {
                    throw TransportError(
                        .invalidRequest,
                        "cannot ask \(request.target): the body's source gives \(bytes == nil ? "less" : "more") than the \(length) bytes announced"
                    )
                }
                supply(bytes)
                if bytes == nil { return }
            }
        } catch {
            state.withLock { $0.sourceFailure = error }
            cancel()
        }
    }

    /// False once nothing is wanted any more.
    private func waitForDemand() async -> Bool {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.isWriterAwaited { state.writer = continuation }
                return state.isWriterAwaited
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { $0.end == nil && !$0.isClosing }
    }

    private func supply(_ bytes: [UInt8]?) {
        let resumes = state.withLock { state in
            if let bytes { state.outgoing = bytes[...] } else { state.isSourceFinished = true }
            return state.isSendPaused && bytes?.isEmpty != true
        }
        if resumes { loop.nudge(.resume(self)) }
    }

    // MARK: - The loop's side

    /// Whether there is nothing to start any more.
    var isOver: Bool { state.withLock { $0.end != nil } }

    /// Whether the transfer waits for the task, in either direction, and not for the server.
    var isPaused: Bool { state.withLock { $0.isReceivePaused || $0.isSendPaused } }

    /// Takes the final head.
    func put(_ head: HTTPResponseHead) { wakeReader { $0.head = head } }

    /// Takes a part of the body; false where there is no room for it now.
    func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
        wakeReader { state in
            state.isReceivePaused = !state.isClosing && state.chunk.count >= Self.room
            if !state.isReceivePaused && !state.isClosing { state.chunk.append(contentsOf: bytes) }
            return !state.isReceivePaused
        }
    }

    /// Copies what is to be sent and tells its size, 0 at the end; nil where there is none yet.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let (count, writer) = state.withLock { state -> (Int?, CheckedContinuation<Void, Never>?) in
            state.isSourceWanted = true
            let part = state.outgoing.prefix(buffer.count)
            buffer.copyBytes(from: part)
            state.outgoing = state.outgoing.dropFirst(part.count)
            state.isSendPaused = part.isEmpty && !state.isSourceFinished
            return (state.isSendPaused ? nil : part.count, state.isWriterAwaited ? state.writer.take() : nil)
        }
        writer?.resume()
        return count
    }

    /// Which directions stay paused, after what the task has taken and given.
    func resume() -> (receive: Bool, send: Bool) {
        state.withLock { state in
            if state.chunk.isEmpty { state.isReceivePaused = false }
            if !state.outgoing.isEmpty || state.isSourceFinished { state.isSendPaused = false }
            return (state.isReceivePaused, state.isSendPaused)
        }
    }

    /// The transfer is over, and the loop has let go of it. Only the first end counts.
    func finish(_ end: End) {
        let writer = wakeReader { state in
            if state.end == nil { state.end = end }
            return state.writer.take()
        }
        writer?.resume()
    }

    private func wakeReader<Value: Sendable>(_ change: (inout sending State) -> Value) -> Value {
        let (value, reader) = state.withLock { state in
            let value = change(&state)
            return (value, state.hasNews ? state.reader.take() : nil)
        }
        reader?.resume()
        return value
    }
}
