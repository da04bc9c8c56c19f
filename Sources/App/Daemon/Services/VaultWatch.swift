import Assembly
import Foundation
import JobEngine
import LocalIO
import Logging
import ServiceLifecycle

/// Looks at each vault at the start and now and then, since others write to it too: metrics and status tell what the vaults are, not what
/// the last run of this host left there.
struct VaultWatch: Service {
    let state: DaemonState
    let journal: any RunJournal
    let clock: any Clock<Duration>
    let logger: Logger

    /// Verifying a history reads every manifest: seldom enough to cost nothing.
    private static let interval = Duration.seconds(3600)

    func run() async throws {
        // The wait ends with the shutdown; what is thrown then is only that.
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await look()
                try await clock.sleep(for: Self.interval)
            }
        }
    }

    private func look() async {
        let (facts, failures) = await state.installation.observeVaults()
        for (vault, error) in failures.sorted(by: { $0.key < $1.key }) {
            logger.warning("vault cannot be looked at, ignoring", metadata: ["vault": "\(vault)", "error": "\(error)"])
        }
        do {
            try await onBlockingThread { try journal.commit(facts.map { .vault($0) }) }
        } catch {
            logger.warning("facts of the vaults cannot be journaled, ignoring", metadata: ["error": "\(error)"])
        }
    }
}
