import Dispatch
import Synchronization

/// A bounded queue between two threads that both may block: a producer that a C library calls back, and a consumer that pulls.
///
/// Neither side may be on the cooperative pool.
package final class Handoff<Element: Sendable>: Sendable {
    private struct State: Sendable {
        var items: [Element] = []
        var first = 0
        var isFinished = false
        var isClosed = false
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let space = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)

    /// Holds at most `capacity` elements.
    package init(capacity: Int) {
        // Raised from zero, because a semaphore may not be freed below the value that it was made with.
        for _ in 0..<capacity { space.signal() }
    }

    /// Appends an element; blocks while the queue is full. False once the consumer has gone.
    package func put(_ element: Element) -> Bool {
        space.wait()
        let isOpen = state.withLock { state in
            if !state.isClosed { state.items.append(element) }
            return !state.isClosed
        }
        if isOpen { filled.signal() } else { space.signal() }
        return isOpen
    }

    /// Ends the queue; the consumer gets what is in it, then `failure` or nil. Later calls change nothing.
    package func finish(throwing failure: (any Error)? = nil) {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            state.failure = failure
        }
        filled.signal()
    }

    /// The next element; blocks while there is none. Nil at the end.
    package func take() throws -> Element? {
        filled.wait()
        let (element, failure) = state.withLock { state -> (Element?, (any Error)?) in
            guard state.first < state.items.count else { return (nil, state.failure) }
            let element = state.items[state.first]
            state.first += 1
            if state.first == state.items.count {
                state.items.removeAll(keepingCapacity: true)
                state.first = 0
            }
            return (element, nil)
        }
        if let element {
            space.signal()
            return element
        }
        // The end stays the end, however often it is asked for.
        filled.signal()
        if let failure { throw failure }
        return nil
    }

    /// Tells the producer that nobody takes any more; it is woken and told false.
    package func close() {
        state.withLock { $0.isClosed = true }
        space.signal()
    }
}
