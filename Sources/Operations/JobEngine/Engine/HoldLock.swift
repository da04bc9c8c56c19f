import LocalIO
package import SystemPackage

/// A turn of one process at the holds, which it shares with every other on its state directory.
package struct HoldLock: Sendable {
    /// Between two tries.
    private static let pause = Duration.milliseconds(200)

    private let path: FilePath
    private let clock: any Clock<Duration>

    /// The turns of `stateDirectory`, waited for by `clock`.
    package init(stateDirectory: FilePath, clock: any Clock<Duration>) {
        path = stateDirectory.appending("holds.lock")
        self.clock = clock
    }

    /// Waits for the turn, which lasts as long as the lock that is returned. Throws `LocalIOError`, and `CancellationError` where the task is
    /// cancelled meanwhile.
    func take() async throws -> ProcessLock {
        while true {
            do {
                return try await onBlockingThread {
                    try SQLiteJournal.makeFile(path)
                    return try ProcessLock(path, holder: "holds")
                }
            } catch let error as LocalIOError {
                guard error.code == .busy else { throw error }
            }
            try await clock.sleep(for: Self.pause)
        }
    }
}
