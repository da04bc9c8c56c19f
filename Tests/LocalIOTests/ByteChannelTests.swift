import LocalIO
import Synchronization
import Testing

@Suite("byte channels")
struct ByteChannelTests {
    private struct Broken: Error, Equatable {}

    /// Sends pieces of `size` bytes whose first byte counts up.
    private static func produce(_ pieces: Int, of size: Int, into channel: ByteChannel) async throws {
        for number in 0..<pieces { try await channel.send([UInt8(truncatingIfNeeded: number)] + [UInt8](repeating: 0, count: size - 1)) }
        channel.finish()
    }

    private static func drain(_ channel: ByteChannel) throws -> [[UInt8]] {
        var all: [[UInt8]] = []
        while let piece = try channel.receive() { all.append(piece) }
        return all
    }

    @Test("all bytes arrive in order, whatever the sizes", arguments: [(1, 1), (10, 3), (10, 10), (10, 64), (1 << 20, 1000)])
    func order(capacity: Int, size: Int) async throws {
        let channel = ByteChannel(capacity: capacity)
        async let produced: Void = Self.produce(2000, of: size, into: channel)
        let received = try await onBlockingThread { try Self.drain(channel) }
        try await produced
        #expect(received.map(\.[0]) == (0..<2000).map { UInt8(truncatingIfNeeded: $0) })
        #expect(received.allSatisfy { $0.count == size })
        #expect(try channel.receive() == nil, "the end stays the end")
    }

    @Test("a producer gets no further ahead than the capacity")
    func bounded() async throws {
        let channel = ByteChannel(capacity: 100)
        let sent = Mutex(0)
        let producer = Task {
            for _ in 0..<50 {
                try await channel.send([UInt8](repeating: 1, count: 10))
                sent.withLock { $0 += 10 }
            }
            channel.finish()
        }
        try await onBlockingThread {
            var received = 0
            while let piece = try channel.receive() {
                received += piece.count
                #expect(sent.withLock { $0 } <= received + 110)
            }
            #expect(received == 500)
        }
        try await producer.value
    }

    @Test("an empty piece is no end")
    func emptyPiece() async throws {
        let channel = ByteChannel(capacity: 10)
        try await channel.send([])
        try await channel.send([1])
        channel.finish()
        #expect(try channel.receive() == [1])
        #expect(try channel.receive() == nil)
    }

    @Test("the producer's error arrives after the bytes that were sent before it")
    func producerError() async throws {
        let channel = ByteChannel(capacity: 10)
        try await channel.send([1, 2])
        channel.finish(throwing: Broken())
        channel.finish()
        #expect(try channel.receive() == [1, 2])
        #expect(throws: Broken.self) { try channel.receive() }
        #expect(throws: Broken.self) { try channel.receive() }
    }

    @Test("closing wakes a waiting producer and refuses the next one")
    func closing() async throws {
        let channel = ByteChannel(capacity: 1)
        try await channel.send([1])
        let producer = Task { try await channel.send([2]) }
        // The producer may or may not wait by now; both must end the same way.
        await Task.yield()
        channel.close()
        await #expect(throws: ChannelClosed.self) { try await producer.value }
        await #expect(throws: ChannelClosed.self) { try await channel.send([3]) }
        #expect(try channel.receive() == nil)
    }

    @Test("cancelling a waiting producer ends it, and its bytes are not delivered", arguments: 0..<20)
    func cancellation(_ round: Int) async throws {
        let channel = ByteChannel(capacity: 1)
        try await channel.send([1])
        let producer = Task { try await channel.send([2]) }
        for _ in 0..<round { await Task.yield() }
        producer.cancel()
        await #expect(throws: CancellationError.self) { try await producer.value }
        channel.finish()
        #expect(try Self.drain(channel) == [[1]])
    }

    @Test("finishing wakes a consumer that waits for the first byte")
    func wakesConsumer() async throws {
        let channel = ByteChannel(capacity: 1)
        async let received = onBlockingThread { try Self.drain(channel) }
        await Task.yield()
        channel.finish()
        #expect(try await received.isEmpty)
    }
}
