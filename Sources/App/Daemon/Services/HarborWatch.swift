import Assembly
import Foundation
import JobEngine
import LocalIO
import Logging
import ServiceLifecycle

/// Looks at Harbor at the start and every few minutes, so that metrics tell what it is now and not what the last run met.
///
/// What it learns is kept in memory alone: after a restart the next look is seconds away.
struct HarborWatch: Service {
    let state: DaemonState
    let journal: any RunJournal
    let clock: any Clock<Duration>
    let logger: Logger

    /// Between two looks.
    static let interval = Duration.seconds(300)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var told: Set<String> = []
            while !Task.isCancelled {
                told = await look(told)
                await clock.sleep(for: Self.interval, orUntil: state.reloadedForHarbor)
            }
        }
    }

    /// Looks once. Problems are logged where they are not among those that were `told` already; returns those of this look.
    func look(_ told: Set<String>) async -> Set<String> {
        let installation = state.installation
        var look = DaemonState.Look(harbor: await installation.observeHarbor())
        var problems = look.harbor?.problems ?? []
        do {
            look.unprotectedArtifacts = try await unprotectedArtifacts(of: installation)
        } catch {
            problems.append("what was pushed since the recovery point cannot be counted: \(error)")
        }
        guard !Task.isCancelled else { return told }
        state.saw(look)
        for problem in problems where !told.contains(problem) {
            logger.warning("Harbor cannot be looked at in full, ignoring", metadata: ["harbor.problem": "\(problem)"])
        }
        if problems.isEmpty, !told.isEmpty { logger.notice("Harbor can be looked at in full again") }
        return Set(problems)
    }

    /// Nil where it is not this host that backs up, or where nobody knows yet what its vaults have.
    private func unprotectedArtifacts(of installation: Installation) async throws -> Int? {
        let vaults = Set(
            installation.jobDefinitions.filter { $0.activity.kind == .backup }.compactMap(\.activity.vault))
        guard !vaults.isEmpty else { return nil }
        let facts = try await onBlockingThread { try journal.vaultFacts().values.filter { vaults.contains($0.vault) } }
        // The best vault counts. A vault that was looked at and has no recovery point protects nothing; of one that was not, nothing is known.
        let newest = facts.compactMap(\.recoveryPoint).max()
        guard newest != nil || facts.count == vaults.count else { return nil }
        return try await installation.artifactsPushed(after: newest)
    }
}
