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
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await look()
                await clock.sleep(for: Self.interval, orUntil: state.reloaded)
            }
        }
    }

    private func look() async {
        let before = await known()
        let (facts, failures) = await state.installation.observeVaults()
        for (vault, error) in failures.sorted(by: { $0.key < $1.key }) where !(error is CancellationError) {
            logger.warning("vault cannot be looked at, ignoring", metadata: ["vault": "\(vault)", "error": "\(error)"])
        }
        do {
            try await onBlockingThread {
                // A run that ended meanwhile knows better than a look that began before.
                let now = try journal.vaultFacts()
                try journal.commit(facts.filter { now[$0.vault]?.observed == before[$0.vault] }.map { .vault($0) })
            }
        } catch {
            logger.warning("facts of the vaults cannot be journaled, ignoring", metadata: ["error": "\(error)"])
        }
    }

    /// When each vault was last looked at.
    private func known() async -> [String: Date] {
        // A journal that cannot be read now cannot be written below either, which is said there.
        (try? await onBlockingThread { try journal.vaultFacts().mapValues(\.observed) }) ?? [:]
    }
}
