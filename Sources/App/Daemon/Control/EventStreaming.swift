import ControlProtocol
import Hummingbird
import JobEngine
import LocalIO
import NIOCore
import ServiceLifecycle

/// Sends what happens in a run, one line an event, until the run has ended or the watcher is gone.
struct EventStreaming: Sendable {
    let run: RunID
    /// Nil where the run is not under way in this daemon.
    let events: AsyncStream<RunEvent>?
    let journal: any RunJournal
    let clock: any Clock<Duration>

    func write(to writer: inout any ResponseBodyWriter) async throws {
        if let events {
            let (lines, source) = AsyncStream.makeStream(of: EventLine.self, bufferingPolicy: .bufferingNewest(Self.backlog))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in events { source.yield(EventLine(event)) }
                    source.finish()
                }
                group.addTask {
                    while !Task.isCancelled {
                        // Cancelled when the stream is over.
                        do { try await clock.sleep(for: ControlAPI.aliveInterval) } catch { return }
                        source.yield(EventLine(.alive))
                    }
                }
                // A watcher that is gone shows by a failed write, at the next sign of life at the latest.
                defer { group.cancelAll() }
                for await line in lines { try await Self.send(line, to: &writer) }
            }
        } else {
            try await follow(to: &writer)
        }
        try await writer.finish(nil)
    }

    /// A run that is over, or that another process runs, is told from the journal.
    private func follow(to writer: inout any ResponseBodyWriter) async throws {
        var told = 0
        while !Task.isShuttingDownGracefully, let details = try await onBlockingThread({ try journal.details(of: run) }) {
            for phase in details.report.phases.dropFirst(told) { try await Self.send(EventLine(.phaseEnded(phase)), to: &writer) }
            told = max(told, details.report.phases.count)
            if details.record.state.outcome != nil {
                return try await Self.send(EventLine(.ended(details.record, details.report)), to: &writer)
            }
            try await Self.send(EventLine(.alive), to: &writer)
            try await clock.sleep(for: Self.lookInterval)
        }
    }

    /// A watcher that is slow loses pictures of progress, never the end, which comes last.
    private static let backlog = 256

    /// Between two looks at a run of another process.
    private static let lookInterval = Duration.seconds(2)

    private static func send(_ line: EventLine, to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(bytes: try ControlJSON.encode(line) + [0x0A]))
    }
}
