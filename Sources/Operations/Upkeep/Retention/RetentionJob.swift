package import Foundation
import HarborAPI
package import JobEngine
package import RegistryStorage
package import Retention
package import SystemPackage
package import Vault

/// Removes what the rules keep no longer: plans from one snapshot of the database, stores the plan, and carries a stored plan out.
///
/// A plan changes nothing. It is carried out only while the registry still is what it was made from, everything that goes is in the vault,
/// and no cap is exceeded; each removal is written down before it is asked for. Cancelled or killed anywhere, a run leaves artifacts that the
/// next run of the same plan removes.
package struct RetentionJob: Sendable {
    let access: HarborAccess
    let settings: RetentionSettings
    let pins: PinSettings?
    let vault: Vault?
    let storage: RegistryStorage?
    let stateDirectory: FilePath

    /// Retention in what `access` reaches. What goes is looked up in `vault`; `storage` is the registry's own, nil where this host does not
    /// have it. Plans, approvals and journals are kept below `stateDirectory`, where the holds are too.
    package init(
        access: HarborAccess, settings: RetentionSettings, pins: PinSettings?, vault: Vault?, storage: RegistryStorage?,
        stateDirectory: FilePath
    ) {
        self.access = access
        self.settings = settings
        self.pins = pins
        self.vault = vault
        self.storage = storage
        self.stateDirectory = stateDirectory
    }

    /// Plans, approvals and journals.
    package var archive: PlanArchive { PlanArchive(stateDirectory: stateDirectory) }

    /// Runs the job as `id`: carries out the plan that somebody approved, or plans, and carries that plan out where the mode says so.
    ///
    /// Throws ``UpkeepError`` with a ``Refusal`` where a guard says no, before anything is removed. The run is partial where something should
    /// be looked at, and where it stopped after its first removal.
    package func run(_ id: RunID, recorder: RunRecorder) async throws -> RunResult {
        if let approval = try openApproval(recorder) {
            let plan = try archive.plan(approval.plan)
            recorder.note(Finding(.remark, "approved", "plan \(plan.shortHash) was approved by \(approval.by)"))
            return try await apply(plan, approval, recorder)
        }
        let plan = try await plan(recorder: recorder)
        guard isEnforced else {
            for violation in plan.totals.violations {
                recorder.note(Finding(.warning, violation.code, "the plan would be refused: \(violation.text)"))
            }
            return Self.result(recorder)
        }
        if !plan.totals.isEmpty, let unused = plan.totals.findings.first(where: { Self.isUnused($0.code) }) {
            throw UpkeepError(
                .refused(.classUnused), "\(unused.text): what it was meant for may be judged by another class",
                remedy: "correct it, or look at the plan and approve it with 'opsd retention apply \(plan.shortHash) --execute'")
        }
        return try await apply(plan, nil, recorder)
    }

    /// Carries out the plan of a hash, or of its first digits, that somebody approved. Throws as ``run(_:recorder:)`` does, and `notApproved`
    /// without an approval that still counts.
    package func apply(_ hash: String, recorder: RunRecorder) async throws -> RunResult {
        let plan = try archive.plan(hash)
        guard let approval = try archive.approvals().first(where: { $0.plan == plan.hash && $0.isOpen(at: access.wallclock.now) }) else {
            throw UpkeepError(
                .refused(.notApproved), "nobody has approved plan \(plan.shortHash), or not lately",
                remedy: "look at it, then approve it with 'opsd retention apply \(plan.shortHash) --execute'")
        }
        try requireEnforcement()
        return try await apply(plan, approval, recorder)
    }

    /// Lets the next run of the job carry the plan of a hash out, once, until `until` or for 24 hours, whichever is earlier.
    ///
    /// Throws `notFound` or `corrupt` for the plan, `notApproved` where the job only reports yet, `settingsChanged` where the plan was made by
    /// other settings.
    @discardableResult
    package func approve(_ hash: String, by person: String, until: Date? = nil) throws -> PlanApproval {
        let plan = try archive.plan(hash)
        try requireEnforcement()
        try requireSettings(plan)
        let now = access.wallclock.now
        let latest = now.addingTimeInterval(PlanArchive.approvalLimit)
        let approval = PlanApproval(plan: plan.hash, by: person, created: now, until: min(until ?? latest, latest))
        try archive.write(approval)
        return approval
    }

    /// The oldest approval that still counts, of a plan that these settings made.
    private func openApproval(_ recorder: RunRecorder) throws -> PlanApproval? {
        let now = access.wallclock.now
        let own = RetentionFingerprint.settings(settings, pins)
        let open = try archive.approvals().filter { $0.isOpen(at: now) }.sorted { ($0.created, $0.plan) < ($1.created, $1.plan) }
        for approval in open {
            let plan = try archive.plan(approval.plan)
            guard plan.header.settings == own else { continue }
            guard isEnforced else {
                recorder.note(
                    Finding(.remark, Refusal.notApproved.rawValue, "plan \(plan.shortHash) is approved, but the job only reports"))
                return nil
            }
            return approval
        }
        return nil
    }

    // MARK: - Guards

    /// Whether a run removes anything now.
    private var isEnforced: Bool {
        switch settings.mode {
        case .report: false
        case .enforce(let start): start.map { access.wallclock.now >= $0 } ?? true
        }
    }

    func requireEnforcement() throws {
        guard !isEnforced else { return }
        throw UpkeepError(
            .refused(.notApproved), "the job only reports yet",
            remedy: "set 'mode: enforce' and an 'enforce_from' that is past in its configuration")
    }

    func requireSettings(_ plan: StoredPlan) throws {
        guard plan.header.settings != RetentionFingerprint.settings(settings, pins) else { return }
        throw UpkeepError(
            .refused(.settingsChanged), "plan \(plan.shortHash) was made by other settings than the job has now",
            remedy: "make a new plan with 'opsd retention plan'")
    }

    private static func isUnused(_ code: String) -> Bool {
        code == RetentionFinding.Code.classWithoutMatch.rawValue || code == RetentionFinding.Code.patternWithoutMatch.rawValue
    }

    static func result(_ recorder: RunRecorder) -> RunResult {
        RunResult(outcome: recorder.findings.contains { $0.severity == .warning } ? .partial : .succeeded)
    }
}
