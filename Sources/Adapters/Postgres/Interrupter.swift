internal import CLibpq
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Carries a task's cancellation into the statement that its connection is running.
///
/// `PQcancel` opens a connection of its own and blocks, so it runs on a thread of its own. The race with the statement's end is closed
/// by a generation: a cancel that comes too late for its statement does nothing, and ``end(waiting:)`` waits for one under way, so that it
/// cannot hit the next statement. A server that reacts to nothing has its socket shut down after a grace.
final class Interrupter: Sendable {
    private struct State {
        var generation = 0
        var isActive = false
    }

    private static let graceSeconds = 5.0

    private let state = Mutex(State())
    private let request: CancelRequest
    private let socket: Int32
    private let underWay = DispatchGroup()
    private let threads = DispatchQueue(label: "opsd.postgres.cancel", attributes: .concurrent)

    /// Takes what is needed to cancel from an established connection; `nil` where libpq gives none.
    init?(_ connection: OpaquePointer) {
        guard let request = CancelRequest(connection) else { return nil }
        self.request = request
        socket = PQsocket(connection)
    }

    /// A statement begins.
    func begin() {
        state.withLock { state in
            state.generation += 1
            state.isActive = true
        }
    }

    /// The statement is over. With `waiting` false a cancel under way is not waited for: the connection is broken and has no next statement.
    func end(waiting: Bool) {
        state.withLock { $0.isActive = false }
        if waiting { underWay.wait() }
    }

    /// Cancels the running statement, if any, without blocking the caller.
    func cancel() {
        guard let generation = state.withLock({ $0.isActive ? $0.generation : nil }) else { return }
        threads.async(group: underWay) {
            if self.isRunning(generation) { self.request.send() }
        }
        threads.asyncAfter(deadline: .now() + Self.graceSeconds) {
            // Under the lock the statement cannot end, so the descriptor is still the connection's own.
            self.state.withLock { state in
                if state.isActive, state.generation == generation { shutdown(self.socket, Int32(SHUT_RDWR)) }
            }
        }
    }

    /// Cancels from the connection's own thread, blocking it.
    func cancelNow() { request.send() }

    private func isRunning(_ generation: Int) -> Bool { state.withLock { $0.isActive && $0.generation == generation } }
}

/// libpq's address and key for cancelling.
private final class CancelRequest: @unchecked Sendable {  // guard: never changed after init, and PQcancel may be called from any thread
    private let pointer: OpaquePointer

    init?(_ connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Asks the server to cancel. A refusal shows as a statement that does not end, which the grace covers.
    func send() {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
            _ = PQcancel(pointer, message.baseAddress, 256)
        }
    }
}
