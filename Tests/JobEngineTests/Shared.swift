import Synchronization

/// A value that the tasks of one test change together.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func change(_ body: (inout Value) -> Void) {
        state.withLock { state in
            var value = state
            body(&value)
            state = value
        }
    }
}
