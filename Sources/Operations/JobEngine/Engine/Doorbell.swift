import Synchronization

/// Wakes one waiting task. A ring that nobody waits for is kept, once.
package final class Doorbell: Sendable {
    private enum State: Sendable {
        case quiet
        case rung
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    /// A bell that has not been rung.
    package init() {}

    /// Wakes the waiting task, or lets the next one pass.
    package func ring() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .waiting(let waiter) = state {
                state = .quiet
                return waiter
            }
            state = .rung
            return nil
        }
        waiter?.resume()
    }

    /// Waits for a ring, or for the cancellation of the task. One task may wait at a time.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let passes = state.withLock { state -> Bool in
                    switch state {
                    case .rung:
                        state = .quiet
                        return true
                    case .quiet, .waiting:
                        // Cancelled before it could wait: the handler rang already, or rings next.
                        state = .waiting(waiter)
                        return false
                    }
                }
                if passes { waiter.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}

extension Clock where Duration == Swift.Duration {
    /// Sleeps for `duration`, or until the bell rings or the task is cancelled.
    package func sleep(for duration: Duration, orUntil bell: Doorbell) async {
        await withTaskGroup(of: Void.self) { group in
            // Cancelled or done, the caller looks at what is due.
            group.addTask { try? await self.sleep(for: duration) }
            group.addTask { await bell.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
