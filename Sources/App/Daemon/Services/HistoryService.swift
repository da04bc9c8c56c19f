import Assembly
import Foundation
import JobEngine
import LocalIO
import Logging
import ServiceLifecycle

/// Keeps the journal's history within its limits.
struct HistoryService: Service {
    let state: DaemonState
    let journal: any RunJournal
    let wallclock: any WallClock
    let clock: any Clock<Duration>
    let logger: Logger

    private static let interval = Duration.seconds(6 * 3600)

    func run() async throws {
        // The wait ends with the shutdown; what is thrown then is only that.
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await clock.sleep(for: .seconds(60))
                await trim()
                try await clock.sleep(for: Self.interval)
            }
        }
    }

    private func trim() async {
        do {
            let limits = state.installation.configuration.history
            let now = wallclock.now
            let count = try await onBlockingThread { try journal.trim(limits, now: now) }
            if count > 0 { logger.info("history trimmed", metadata: ["history.removed": "\(count)"]) }
        } catch {
            logger.warning("history cannot be trimmed, ignoring", metadata: ["error": "\(error)"])
        }
    }
}
