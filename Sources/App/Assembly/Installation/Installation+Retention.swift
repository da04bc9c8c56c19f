import Foundation
package import JobEngine
import LocalIO
import RegistryStorage
package import Upkeep
import Vault

/// What a run that carries a stored plan out would meet now.
package struct PlanOutlook: Sendable {
    /// The plan, as it is stored.
    package let plan: StoredPlan
    /// The guards that say no, in the order in which a run would meet them; empty where all agree.
    package let refusals: [UpkeepError]
}

extension Installation {
    /// The retention that a job of that kind stands for. Throws what keeps it from being made.
    func retentionJob(_ job: JobSection) async throws -> RetentionJob {
        guard case .retention(let settings) = job.work else {
            throw RequestError(.usage, "job '\(job.name)' removes no images: it is of kind '\(job.kind.rawValue)'")
        }
        return RetentionJob(
            access: try harborAccess(), settings: settings, pins: configuration.pins, vault: try await openVault(job.vault),
            storage: try configuration.storage.map { try RegistryStorage(root: $0.filesystem) },
            stateDirectory: configuration.stateDirectory)
    }

    /// Judges every artifact by the rules of `job`, stores the plan and returns it. Changes nothing in Harbor.
    package func planRetention(_ job: JobSection, progress: any RunProgress) async throws -> StoredPlan {
        try await performing(progress) { recorder in
            try await keepingOwner(of: stateNames(of: job)) { try await retentionJob(job).plan(recorder: recorder) }
        }
    }

    /// Asks all guards whether the plan of this hash could be carried out now. Changes nothing.
    package func outlook(_ hash: String, _ job: JobSection, progress: any RunProgress) async throws -> PlanOutlook {
        try await performing(progress) { recorder in
            try await keepingOwner(of: stateNames(of: job)) {
                let retention = try await retentionJob(job)
                let plan = try retention.archive.plan(hash)
                let refusals = try await retention.refusals(of: plan, recorder: recorder)
                return PlanOutlook(plan: plan, refusals: try await ageRefusal(job) + refusals)
            }
        }
    }

    /// Approves the plan of this hash for the next run of `job`, in the name of whoever runs this process.
    package func approvePlan(_ hash: String, _ job: JobSection) async throws -> PlanApproval {
        try await onBlockingThread {
            do {
                return try await keepingOwner(of: stateNames(of: job)) {
                    try await retentionJob(job).approve(hash, by: Self.ownName)
                }
            } catch let error as LocalIOError where error.code == .denied {
                throw RequestError(
                    .configuration, "the approval cannot be written: \(error)", remedy: "run it as opsd's user or as root")
            }
        }
    }

    /// What the engine asks before the job begins.
    private func ageRefusal(_ job: JobSection) async throws -> [UpkeepError] {
        guard let limit = job.requirement?.completeSnapshot, let vault = job.vault else { return [] }
        let newest = try await history(of: try await openVault(vault)).latestComplete?.manifest.recoveryPoint
        let isAhead = newest.map { RetentionJob.isAhead($0, of: now) } ?? false
        if let newest, !isAhead, now.timeIntervalSince(newest) <= Double(limit.components.seconds) { return [] }
        let rule = isAhead ? "which is yet to come" : "and \(DurationText.text(limit)) is the most that the job takes"
        let state = newest.map { "is of \($0.formatted(.iso8601)), \(rule)" } ?? "does not exist"
        return [
            UpkeepError(
                .refused(.uncovered), "the newest complete snapshot in vault '\(vault)' \(state)",
                remedy: "run 'opsd run-now' for the backup first")
        ]
    }
}
