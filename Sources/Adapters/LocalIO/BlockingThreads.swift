import Dispatch
import Synchronization

/// Threads for tasks that block: file reads, hashing, encryption, fsync.
///
/// A task started with `executorPreference: BlockingThreads.shared` runs there, together with every nonisolated function that it awaits.
/// The number of threads follows the number of such tasks, so callers bound the tasks.
package final class BlockingThreads: TaskExecutor {
    /// The one set of threads of this process.
    package static let shared = BlockingThreads()

    /// Queues that run nothing now. One concurrent queue would not do: while its threads block, Dispatch adds one a second at most beyond the
    /// number of cores; a serial queue gets a thread at once.
    private let idle = Mutex<[DispatchQueue]>([])

    /// Runs `job` at once on a thread that has nothing else to do; starts a new one where none is idle.
    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        let queue = idle.withLock { $0.popLast() } ?? DispatchQueue(label: "opsd.blocking")
        queue.async {
            unowned.runSynchronously(on: self.asUnownedTaskExecutor())
            self.idle.withLock { $0.append(queue) }
        }
    }
}

/// Runs `work` on a thread that may block and returns its result. Cancellation is what `work` makes of it; nothing is abandoned.
package func onBlockingThread<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
    try await withTaskExecutorPreference(BlockingThreads.shared) { try await work() }
}
