import Foundation
package import JobEngine

extension RetentionJob {
    /// Asks every guard of a run that carries `plan` out, and returns those that say no, in the order in which the run would meet them.
    /// Changes nothing.
    ///
    /// Guards that depend on the answer of one that says no are not asked. Throws what is no guard's answer: a database, a vault or a Harbor that
    /// does not answer, a damaged journal.
    package func refusals(of plan: StoredPlan, recorder: RunRecorder) async throws -> [UpkeepError] {
        var refusals: [UpkeepError] = []
        _ = try await asking(&refusals) { try requireEnforcement() }
        guard try await asking(&refusals, { try requireSettings(plan) }) != nil, !plan.totals.isEmpty else { return refusals }
        _ = try await asking(&refusals) { try await checkHarbor() }
        let cover = try await asking(&refusals) { try await recorder.phase("vault") { try await self.cover(recorder) } }
        let removals = try plan.removals()
        let journal = try RemovalJournal(archive.journalPath(plan.hash), plan: plan.hash, wallclock: access.wallclock)
        let savedUntil = cover?.recoveryPoint?.addingTimeInterval(-Self.margin)
        let world = try await asking(&refusals) {
            try await recorder.phase("world") { try await judge(plan, removals, journal, savedUntil: savedUntil) }
        }
        guard let world else { return refusals }
        _ = try await asking(&refusals) { try requireUnchanged(world.outcome) }
        _ = try await asking(&refusals) { try requireCaps(removals, world.outcome, recorder) }
        guard let cover else { return refusals }
        _ = try await asking(&refusals) { try await requireCoverage(world, cover) }
        return refusals
    }

    /// What `guardian` returns; nil where it says no, which is added to `refusals`.
    private func asking<Value: Sendable>(
        _ refusals: inout [UpkeepError], _ guardian: () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await guardian()
        } catch let error as UpkeepError {
            guard case .refused = error.code else { throw error }
            refusals.append(error)
            return nil
        }
    }
}
