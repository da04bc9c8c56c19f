import Foundation
import HarborDatabase
package import JobEngine
import OCIImage
import Retention
import Synchronization
import Vault

extension CollectionJob {
    /// Finds out what a collection would delete now and what speaks against it. Changes nothing, and asks Harbor to change nothing.
    ///
    /// Guards that say no are in ``CollectionPlan/refusals``. Throws ``UpkeepError`` where the pins are doubtful, and where database, Harbor
    /// or vault do not answer.
    package func plan(recorder: RunRecorder) async throws -> CollectionPlan {
        let list = try await pins?.reader(access).read()
        let garbage = Mutex<[GarbageBlob]>([])
        let untagged = Mutex<[UntaggedArtifact]>([])
        var plan = try await access.withSnapshot { database, now in
            var plan = CollectionPlan(takenAt: now, settings: settings)
            plan.state = try await database.garbage(
                deletesUntagged: settings.deletesUntagged, window: settings.window,
                onBlob: { blob in garbage.withLock { $0.append(blob) } },
                onUntagged: { artifact in untagged.withLock { $0.append(artifact) } })
            plan.isReadOnly = try await database.property("read_only") == "true"
            plan.findings += try await scheduleFindings(database, now)
            return plan
        }
        plan.candidates = garbage.withLock { $0 }
        plan.untagged = untagged.withLock { $0 }
        plan.pins = list
        if let list, storage == nil, !list.pins.pins.isEmpty {
            plan.findings.append(
                Finding(
                    .remark, "gc_pins_not_compared",
                    "this host does not have the registry's storage, so only the manifests of pinned images were compared, not their layers"
                ))
        }
        if let list { plan.pinned = try await PinNeeds(client: access.client, storage: storage).candidates(among: plan, of: list.pins) }
        plan.coverage = try await coverage(of: plan.candidates, recorder)
        note(plan, recorder)
        return plan
    }

    /// What speaks against deleting `digests`, which Harbor's dry run names and `plan` lacks; nil where nothing does.
    func refusal(ofUnplanned digests: Set<Digest>, _ plan: CollectionPlan, _ recorder: RunRecorder) async throws -> UpkeepError? {
        guard !digests.isEmpty else { return nil }
        var rest = CollectionPlan(takenAt: plan.takenAt, settings: settings)
        // Neither size nor reason is known; a content without a size would count as foreign.
        rest.candidates = digests.sorted().map { GarbageBlob(digest: $0, size: 1, reason: .unreferenced, isManifest: false) }
        rest.state.blobs = Int64.max
        if let list = plan.pins {
            rest.pinned = try await PinNeeds(client: access.client, storage: storage).candidates(among: rest, of: list.pins)
        }
        rest.coverage = try await coverage(of: rest.candidates, recorder)
        return rest.refusals.first
    }

    private func note(_ plan: CollectionPlan, _ recorder: RunRecorder) {
        recorder.add("candidates", Int64(plan.candidates.count))
        recorder.add("candidate_bytes", plan.bytes)
        recorder.add("candidate_manifests", Int64(plan.manifests))
        recorder.add("untagged_artifacts", Int64(plan.untagged.count))
        recorder.add("uncovered", Int64(plan.uncovered.count))
        recorder.add("pinned_candidates", Int64(plan.pinned.count))
        recorder.add("contents", plan.state.blobs)
        if let list = plan.pins { recorder.add("pins", Int64(list.pins.pins.count)) }
    }

    /// Looks the candidates up in packs that signed snapshots list and that are whole in the target. What the storage does not have any more
    /// cannot be lost by a collection.
    private func coverage(of candidates: [GarbageBlob], _ recorder: RunRecorder) async throws -> CollectionPlan.Coverage {
        guard settings.requiresCoverage else { return .ignored }
        guard let vault else { return .noVault }
        // Of a foreign layer only the row goes.
        let digests = candidates.filter { $0.size > 0 }.map(\.digest)
        guard !digests.isEmpty else { return .lacking([]) }
        return .lacking(try await VaultCover(vault, storage, recorder).absent(of: digests))
    }
}
