import Foundation
import HarborDatabase
import Retention

/// Everything that decides about artifacts, read at one time.
struct RetentionRules: Sendable {
    let settings: RetentionSettings
    /// Nil where no pins are configured.
    let pins: PinList?
    let holds: [ImageHold]
    let policies: [StoredRule]
    let immutableRules: [StoredRule]
    let fingerprint: RetentionFingerprint
    /// The time of the snapshot that is judged.
    let now: Date

    /// A planner without any repository yet.
    func makePlanner() -> RetentionPlanner {
        RetentionPlanner(
            settings, policies: policies, immutableRules: immutableRules, pins: pins?.pins ?? PinSet(), holds: holds, now: now)
    }
}

extension RetentionJob {
    /// What people and lists say must stay. Doubtful pins and damaged holds throw ``UpkeepError``.
    func readProtection() async throws -> (pins: PinList?, holds: ImageHolds) {
        let holds = try ImageHolds(stateDirectory: stateDirectory)
        guard let pins else { return (nil, holds) }
        return (try await PinReader(settings: pins, access: access).read(), holds)
    }

    /// Joins it with what the database says at `now`.
    func rules(_ protection: (pins: PinList?, holds: ImageHolds), _ database: HarborDatabase, _ now: Date) async throws -> RetentionRules {
        let policies = try await database.retentionPolicies()
        let immutableRules = try await database.immutableRules()
        return RetentionRules(
            settings: settings, pins: protection.pins, holds: protection.holds.active(at: now), policies: policies,
            immutableRules: immutableRules,
            fingerprint: RetentionFingerprint(settings: settings, pins: pins, policies: policies, immutableRules: immutableRules), now: now)
    }
}
