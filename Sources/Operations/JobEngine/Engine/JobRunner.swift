package import Foundation

/// What the engine asks of whoever knows the jobs.
package protocol JobRunner: Sendable {
    /// Does the work of the configured job as run `run`. Cancellation ends it soon, with `CancellationError`; what it leaves is the job's to say.
    ///
    /// What the work takes from `holds` it releases before it ends, however it ends; what it could not release is tried again afterwards.
    func work(_ job: String, as run: RunID, recorder: RunRecorder, holds: HoldLedger) async throws -> RunResult
    /// The recovery point of the newest complete snapshot in the vault; nil where there is none.
    func newestCompleteSnapshot(in vault: String) async throws -> Date?
    /// What an error that ``work(_:as:recorder:holds:)`` threw means for the run.
    func judge(_ error: any Error) -> RunFailure
    /// Undoes a hold. Called again after a failure, also for a hold that was journaled and never made.
    func undo(hold: String) async throws
}

/// What the work of a run came to.
package struct RunResult: Sendable {
    /// `succeeded`, `partial` or `refused`.
    package var outcome: RunOutcome
    /// Snapshots that the run published, by vault.
    package var snapshots: [String: String]
    /// The database snapshot's time, where the run made a recovery point.
    package var recoveryPoint: Date?
    /// What was learned of vaults.
    package var vaults: [VaultFacts]

    /// A result.
    package init(
        outcome: RunOutcome, snapshots: [String: String] = [:], recoveryPoint: Date? = nil, vaults: [VaultFacts] = []
    ) {
        self.outcome = outcome
        self.snapshots = snapshots
        self.recoveryPoint = recoveryPoint
        self.vaults = vaults
    }
}

/// The run took longer than its job allows.
package struct DeadlineExceeded: Error, CustomStringConvertible {
    /// What the job allows.
    package let deadline: Duration

    /// A passed deadline.
    package init(deadline: Duration) { self.deadline = deadline }

    /// What happened and what to do.
    package var description: String {
        "the run passed its deadline of \(Int64(deadline.seconds)) s and was cancelled. Hint: look for the slow phase with 'opsd run show', or raise 'deadline'"
    }
}
