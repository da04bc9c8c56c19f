import Foundation
import HarborAPI
import HarborDatabase
package import JobEngine
package import RegistryStorage
package import Retention
package import SystemPackage
package import Vault

/// Lets Harbor collect its garbage, once it is proved that nothing goes that somebody needs.
///
/// The order: a look at the storage, which may take hours, Harbor's own dry run, the plan from one snapshot of the database, the guards, and
/// at once the collection, so that little can become garbage unjudged. It is followed to its end, and the storage is looked at again whether
/// all that live artifacts need is still there. Nothing is changed before all guards have agreed.
/// Cancelled, the run stops the collection; what that had deleted stays deleted. Killed, it leaves the collection to Harbor.
package struct CollectionJob: Sendable {
    let access: HarborAccess
    let settings: CollectionSettings
    let pins: PinSettings?
    let vault: Vault?
    let storage: RegistryStorage?
    let stateDirectory: FilePath

    /// A collection begins within this time after its plan's snapshot: what becomes garbage after that was judged by nobody.
    private static let planLife = Duration.seconds(600)

    /// A collection in what `access` reaches. Candidates are looked up in `vault`; `storage` is the registry's own, nil where this host does
    /// not have it. Logs are kept below `stateDirectory`.
    package init(
        access: HarborAccess, settings: CollectionSettings, pins: PinSettings?, vault: Vault?, storage: RegistryStorage?,
        stateDirectory: FilePath
    ) {
        self.access = access
        self.settings = settings
        self.pins = pins
        self.vault = vault
        self.storage = storage
        self.stateDirectory = stateDirectory
    }

    /// Runs the collection as `id`.
    ///
    /// Throws ``UpkeepError`` with a ``Refusal`` where a guard says no, before anything is changed; `unreachable` where Harbor stopped
    /// answering while it collects, which goes on; `failed` where the collection failed or stood still. What stands in `recorder` by then is
    /// true in any case.
    package func run(_ id: RunID, recorder: RunRecorder) async throws -> RunResult {
        let log = CollectionLog(run: id, stateDirectory: stateDirectory)
        try await recorder.phase("checks") { try await checkHarbor() }
        let missingBefore = try await recorder.phase("storage_before") { try await missingContents(recorder) }
        let estimate = try await recorder.phase("dry_run") { try await collect(isDryRun: true, log, recorder) }
        let age = Stopwatch(access.clock)
        let plan = try await recorder.phase("plan") { try await self.plan(recorder: recorder) }
        for finding in plan.findings { recorder.note(finding) }
        for refusal in plan.refusals.dropFirst() { recorder.note(Finding(.remark, refusal.label, refusal.description)) }
        if let refusal = plan.refusals.first { throw refusal }
        try await compare(estimate, with: plan, recorder)
        // The world went on since the first look, also without us.
        try await checkHarbor()
        guard age.elapsed < Self.planLife else {
            throw UpkeepError(
                .refused(.worldChanged),
                "the plan took \(Int64(age.elapsed.seconds)) s, and what became garbage meanwhile was not judged",
                remedy: "run it again when database and vault have less to do")
        }
        let outcome: Outcome
        do {
            outcome = try await recorder.phase("collection") { try await collect(isDryRun: false, log, recorder) }
        } catch {
            await verifyAnyway(missingBefore, recorder)
            throw error
        }
        note(outcome.run, against: plan, recorder)
        try await recorder.phase("storage_after") { try await verify(missingBefore, recorder) }
        try await noteRest(recorder)
        let isPartial = recorder.findings.contains { $0.severity == .warning }
        return RunResult(outcome: isPartial ? .partial : .succeeded)
    }

    // MARK: - Before

    /// Refuses while Harbor is read-only, collects already, or would only queue the collection.
    private func checkHarbor() async throws {
        if try await access.client.systemInfo().isReadOnly == true {
            throw UpkeepError(
                .refused(.readOnly), "Harbor is in its read-only mode, in which a collection ends half way",
                remedy: "see who switched it on, and switch it off in Harbor's settings when they are done")
        }
        let underWay = try await access.client.collections(limit: 20).filter { !$0.status.isFinal }
        guard underWay.isEmpty else {
            let names = underWay.map { "\($0.id) (\($0.status))" }.joined(separator: ", ")
            throw UpkeepError(
                .refused(.busy), "Harbor is collecting already: garbage collection \(names)",
                remedy: "let it end, or stop it in Harbor, then run this again")
        }
        guard try await !isQueuePaused() else {
            throw UpkeepError(
                .refused(.queuePaused), "Harbor's queue of garbage collections is paused, so a collection would only wait in it",
                remedy: "let the backup end that holds it, or resume the queue in Harbor if nobody needs it paused")
        }
    }

    private func isQueuePaused() async throws -> Bool {
        do {
            return try await access.client.queues().contains { $0.jobType == "GARBAGE_COLLECTION" && $0.isPaused }
        } catch let error as HarborAPIError where error.code == .forbidden || error.code == .notFound {
            // Who may not look finds out by the collection that does not begin.
            return false
        }
    }

    // MARK: - Collecting

    /// A collection that has ended, and what its log says; nil where Harbor did not give the log.
    struct Outcome: Sendable {
        let run: CollectionRun
        let report: CollectionLog.Report?
    }

    private func collect(isDryRun: Bool, _ log: CollectionLog, _ recorder: RunRecorder) async throws -> Outcome {
        let watch = CollectionWatch(client: access.client, clock: access.clock, stall: settings.stall)
        let number = try await watch.start(deletesUntagged: settings.deletesUntagged, isDryRun: isDryRun, workers: settings.workers)
        let title = isDryRun ? "dry run \(number)" : "garbage collection \(number)"
        do {
            let run = try await watch.follow(number, title: title)
            let report = await log.keep(title, number, access.client, recorder)
            guard run.status == .success else {
                throw UpkeepError(
                    .failed, "\(title) ended as \(run.status)\((report?.lastError).map { ": \($0)" } ?? "")",
                    remedy: "read its log in \(log.path)")
            }
            return Outcome(run: run, report: report)
        } catch is CancellationError {
            await watch.stopInAnyCase(number)
            throw CancellationError()
        } catch let error as UpkeepError where error.isStalled {
            await watch.stopInAnyCase(number)
            _ = await log.keep(title, number, access.client, recorder)
            throw error
        }
    }

    // MARK: - Judging

    /// Harbor's own estimate was made first. What it names and the plan does not was rescued meanwhile, or is counted differently: a few
    /// are the one, many the other. Each that has a name must withstand the guards that the plan's own do.
    private func compare(_ estimate: Outcome, with plan: CollectionPlan, _ recorder: RunRecorder) async throws {
        guard let report = estimate.report, let blobs = estimate.run.purgedBlobs, let manifests = estimate.run.purgedManifests else {
            throw UpkeepError(
                .refused(.estimateUnknown), "Harbor did not tell what its dry run would delete, so the plan cannot be compared with it",
                remedy: "see the dry run and its log under Clean Up in Harbor's administration, then run this again")
        }
        if let hours = report.windowHours, Duration.seconds(hours * 3600) != settings.window {
            throw UpkeepError(
                .configuration,
                "Harbor collects what nobody touched for \(hours) h, and the configuration says \(settings.window.components.seconds) s",
                remedy: "set 'time_window' to what Harbor's core has in GC_TIME_WINDOW_HOURS")
        }
        let planned = Set(plan.candidates.map(\.digest))
        let named = report.eligible.subtracting(planned)
        let counted = Int(blobs + manifests) - plan.candidates.count
        let unknown = max(named.count, counted)
        recorder.add("estimate_bytes", estimate.run.freedBytes ?? 0)
        guard unknown > 0 else { return }
        let text = "Harbor's dry run would delete \(unknown) contents that the plan does not have"
        if let refusal = try await refusal(ofUnplanned: named, plan, recorder) { throw refusal }
        guard unknown <= max(10, plan.candidates.count / 20) else {
            throw UpkeepError(
                .refused(.worldChanged), text,
                remedy: "run it again; if it stays so, read the log of the dry run before you collect by hand")
        }
        recorder.note(Finding(.remark, "gc_estimate_differs", "\(text), and that somebody may have pushed again meanwhile"))
    }

    private func note(_ run: CollectionRun, against plan: CollectionPlan, _ recorder: RunRecorder) {
        let purged = (run.purgedBlobs ?? 0) + (run.purgedManifests ?? 0)
        recorder.add("freed_bytes", run.freedBytes ?? 0)
        recorder.add("purged_blobs", run.purgedBlobs ?? 0)
        recorder.add("purged_manifests", run.purgedManifests ?? 0)
        let planned = Int64(plan.candidates.count)
        guard purged > planned + max(10, planned / 20) else {
            if purged < planned {
                recorder.note(
                    Finding(
                        .remark, "gc_less_than_planned", "\(purged) of \(planned) planned contents went; the rest was rescued, or stays"))
            }
            return
        }
        recorder.note(
            Finding(
                .warning, "gc_more_than_planned",
                "\(purged) contents went, and \(planned) were planned: what came in addition was not checked against pins and vault. Hint: run 'opsd pins --check'"
            ))
    }

    /// What waits and what failed, as it is afterwards.
    private func noteRest(_ recorder: RunRecorder) async throws {
        let state = try await access.withSnapshot { database, _ in
            try await database.garbage(deletesUntagged: false, window: settings.window, onBlob: { _ in }, onUntagged: { _ in })
        }
        recorder.add("trash", state.trash)
        recorder.add("delete_failed", state.deleteFailed)
        recorder.add("stuck", state.stuck)
        guard state.deleteFailed > 0 else { return }
        recorder.note(
            Finding(
                .warning, "gc_delete_failed",
                "\(state.deleteFailed) contents could not be deleted from the registry's storage. Hint: see the log of the run for the reason; a later collection tries again"
            ))
    }
}

extension UpkeepError {
    /// The refusal's word, for findings; `failed` for everything else.
    fileprivate var label: String {
        switch code {
        case .refused(let refusal): refusal.rawValue
        case .notFound, .corrupt, .configuration, .unreachable, .failed: "failed"
        }
    }
}
