import Dispatch
import Synchronization

/// What a producer meets after the consumer has gone.
package struct ChannelClosed: Error, Equatable, CustomStringConvertible {
    /// Makes the error.
    package init() {}

    /// A sentence without a path: the channel does not know what it carries.
    package var description: String { "the reader of this stream has stopped reading" }
}

/// A bounded stream of bytes from one task to one thread that blocks, such as a C library that pulls its input.
///
/// The producer suspends while `capacity` bytes are in flight; the consumer blocks its thread while there are none.
/// What was sent before ``finish(throwing:)`` is delivered before the end or the error.
package final class ByteChannel: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        /// Index of the next chunk in `chunks`: taking from the front of an array one by one would move all others each time.
        var next = 0
        var bytes = 0
        var isFinished = false
        var failure: (any Error)?
        var isClosed = false
        var producer: CheckedContinuation<Void, any Error>?
        var isConsumerWaiting = false

        func hasRoom(for count: Int, within capacity: Int) -> Bool { bytes == 0 || bytes + count <= capacity }
    }

    private let capacity: Int
    private let state = Mutex(State())
    /// Only the consumer waits here, and only after it said so in the state: a signal is never given without a waiter to come.
    private let arrival = DispatchSemaphore(value: 0)

    /// Makes a channel that holds up to `capacity` bytes; one larger chunk passes alone.
    package init(capacity: Int) {
        precondition(capacity > 0, "a channel needs room for at least one byte")
        self.capacity = capacity
    }

    /// Hands `bytes` over, suspending while the channel is full; one call at a time.
    ///
    /// Throws ``ChannelClosed`` if the consumer has gone, `CancellationError` if the task is cancelled while it waits; the bytes are
    /// then not delivered.
    package func send(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        while try !enqueue(bytes) {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { waitForRoom(bytes.count, $0) }
            } onCancel: {
                let waiting = state.withLock { $0.producer.take() }
                waiting?.resume(throwing: CancellationError())
            }
        }
    }

    private func enqueue(_ bytes: [UInt8]) throws -> Bool {
        let (isTaken, wakes) = try state.withLock { state in
            if state.isClosed { throw ChannelClosed() }
            precondition(!state.isFinished, "send after finish")
            guard state.hasRoom(for: bytes.count, within: capacity) else { return (false, false) }
            state.chunks.append(bytes)
            state.bytes += bytes.count
            defer { state.isConsumerWaiting = false }
            return (true, state.isConsumerWaiting)
        }
        if wakes { arrival.signal() }
        return isTaken
    }

    private func waitForRoom(_ count: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        let refusal: (any Error)?? = state.withLock { state in
            precondition(state.producer == nil, "two tasks send into one channel")
            if state.isClosed { return .some(ChannelClosed()) }
            // The cancellation handler may have run before there was a continuation to find; the flag was set before it.
            if Task.isCancelled { return .some(CancellationError()) }
            if state.hasRoom(for: count, within: capacity) { return .some(nil) }
            state.producer = continuation
            return nil
        }
        switch refusal {
        case .none: break
        case .some(nil): continuation.resume()
        case .some(.some(let error)): continuation.resume(throwing: error)
        }
    }

    /// Ends the stream, with `error` if it broke off. Only the first call counts.
    package func finish(throwing error: (any Error)? = nil) {
        let wakes = state.withLock { state in
            guard !state.isFinished else { return false }
            state.isFinished = true
            state.failure = error
            defer { state.isConsumerWaiting = false }
            return state.isConsumerWaiting
        }
        if wakes { arrival.signal() }
    }

    /// The next bytes, or nil at the end; throws the error that the producer finished with.
    ///
    /// Blocks the calling thread, so it must not be called on the cooperative pool; one thread at a time.
    package func receive() throws -> [UInt8]? {
        while true {
            let (chunk, isOver, producer) = try state.withLock { state in
                guard state.next < state.chunks.count else {
                    if let failure = state.failure { throw failure }
                    if state.isFinished || state.isClosed { return ([UInt8]?.none, true, CheckedContinuation<Void, any Error>?.none) }
                    state.isConsumerWaiting = true
                    return (nil, false, nil)
                }
                let chunk = state.chunks[state.next]
                state.chunks[state.next] = []
                state.next += 1
                if state.next == state.chunks.count {
                    state.chunks.removeAll(keepingCapacity: true)
                    state.next = 0
                }
                state.bytes -= chunk.count
                return (chunk, true, state.producer.take())
            }
            producer?.resume()
            if isOver { return chunk }
            arrival.wait()
        }
    }

    /// Gives up reading: what is in flight is dropped, and the producer's present or next ``send(_:)`` throws ``ChannelClosed``.
    package func close() {
        let (producer, wakes) = state.withLock { state in
            state.isClosed = true
            state.chunks = []
            state.next = 0
            state.bytes = 0
            defer { state.isConsumerWaiting = false }
            return (state.producer.take(), state.isConsumerWaiting)
        }
        producer?.resume(throwing: ChannelClosed())
        if wakes { arrival.signal() }
    }
}
