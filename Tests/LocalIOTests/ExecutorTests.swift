import Dispatch
import LocalIO
import Synchronization
import Testing

@Suite("executors for blocking work")
struct ExecutorTests {
    /// An actor as the adapters build them.
    private actor Counter {
        private let executor = SerialQueueExecutor(label: "test.counter")
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        private(set) var value = 0

        func add() {
            // Without mutual exclusion, the read and the write would interleave and lose additions.
            let before = value
            for _ in 0..<100 where before < 0 { value = 0 }
            value = before + 1
        }
    }

    @Test("calls of an actor on a serial queue take turns")
    func takesTurns() async {
        let counter = Counter()
        await withTaskGroup { group in
            for _ in 0..<1000 { group.addTask { await counter.add() } }
        }
        #expect(await counter.value == 1000)
    }

    @Test("more tasks than the cooperative pool has threads can block at once, and still end")
    func manyBlock() async throws {
        let meeting = Meeting(of: 16)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 { group.addTask { try await onBlockingThread { meeting.attend() } } }
            try await group.waitForAll()
        }
        #expect(meeting.attendance == 16)
    }

    /// Blocks everybody until the last has come: on the cooperative pool that would be for ever.
    private final class Meeting: Sendable {
        private let size: Int
        private let arrived = Mutex(0)
        private let gate = DispatchSemaphore(value: 0)

        init(of size: Int) { self.size = size }

        var attendance: Int { arrived.withLock { $0 } }

        func attend() {
            let isLast = arrived.withLock { count in
                count += 1
                return count == size
            }
            if isLast { for _ in 0..<size { gate.signal() } }
            gate.wait()
        }
    }

    @Test("a result and an error come back from a blocking thread")
    func results() async throws {
        #expect(try await onBlockingThread { 42 } == 42)
        await #expect(throws: ChannelClosed.self) { try await onBlockingThread { throw ChannelClosed() } }
    }
}
