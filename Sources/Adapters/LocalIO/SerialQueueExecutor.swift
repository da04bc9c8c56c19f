import Dispatch

/// The executor of an actor whose calls block in C: one serial queue, so calls take turns and the cooperative pool stays free.
///
/// An actor owns one and hands it out: `nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }`.
package final class SerialQueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// Makes an executor whose thread carries `label` in a debugger.
    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    /// Runs `job` on the queue, after all jobs enqueued before it.
    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.async { unowned.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
