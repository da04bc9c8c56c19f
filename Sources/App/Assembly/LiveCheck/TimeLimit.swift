import LocalIO

/// Waits for work no longer than a limit, also where the work cannot be stopped.
enum TimeLimit {
    /// The result of `work`, which runs on a thread that may block; nil where `limit` passed first or the caller was cancelled.
    ///
    /// At the limit the work is cancelled and no longer waited for. What awaits, such as a query, ends soon after. A thread inside a system call
    /// on a disk or mount that does not answer cannot be interrupted: it stays there until the kernel lets it go, or the process ends.
    static func run<Value: Sendable>(
        _ limit: Duration, clock: any Clock<Duration>, _ work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let (results, sink) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingOldest(1))
        // No child tasks, against the rule: whoever makes child tasks waits for all of them, and the work may never end.
        let worker = Task(executorPreference: BlockingThreads.shared) { sink.yield(await work()) }
        let timer = Task {
            do {
                try await clock.sleep(for: limit)
                sink.yield(nil)
            } catch {
                // Cancelled: the work was faster.
            }
        }
        defer {
            worker.cancel()
            timer.cancel()
        }
        for await first in results { return first }
        return nil
    }
}
