import Foundation
import HarborDatabase
package import JobEngine
import LocalIO
import Retention
import Synchronization

extension RetentionJob {
    /// Judges every artifact, stores the plan and returns it. Changes nothing in Harbor, and asks its API nothing.
    ///
    /// Throws ``UpkeepError`` where the pins are doubtful, the holds damaged or the database out of reach.
    package func plan(recorder: RunRecorder) async throws -> StoredPlan {
        let protection = try await recorder.phase("pins") { try await readProtection() }
        let path = try await recorder.phase("plan") {
            try Folder.make(archive.folder)
            return try await access.withSnapshot { database, now in
                let rules = try await rules(protection, database, now)
                let writer = try PlanWriter(in: archive.folder, rules.fingerprint)
                let planner = Mutex(rules.makePlanner())
                let stream = try await database.repositories { repository in
                    try writer.append(repository, planner.withLock { $0.judge(repository) })
                }
                let summary = planner.withLock { $0.summary() }
                note(summary, stream, recorder)
                let freed = try await database.freedBytes(removing: writer.removed)
                return try writer.finish(summary, freed) { hash in
                    PlanHeader(
                        hash: hash, created: access.wallclock.now, snapshot: now, fingerprint: rules.fingerprint, pins: rules.pins,
                        holds: rules.holds)
                }
            }
        }
        try archive.prune(now: access.wallclock.now)
        let plan = try StoredPlan(reading: path)
        note(plan, recorder)
        return plan
    }

    private func note(_ plan: StoredPlan, _ recorder: RunRecorder) {
        let totals = plan.totals
        func kept(_ code: KeepReason.Code) -> Int64 { Int64(totals.kept[code.rawValue] ?? 0) }
        recorder.add("repositories", Int64(totals.repositories))
        recorder.add("candidates", Int64(totals.artifacts))
        recorder.add("removals", Int64(totals.removed))
        recorder.add("removals_tags", Int64(totals.removedTags))
        recorder.add("freed_bytes", totals.freedBytes)
        recorder.add("kept_unmatched", kept(.unclassified))
        recorder.add("kept_pinned", kept(.pinned))
        recorder.add("kept_held", kept(.held))
        recorder.add("pins", Int64(plan.header.pins?.images ?? 0))
    }

    private func note(_ summary: RetentionSummary, _ stream: RepositoriesSummary, _ recorder: RunRecorder) {
        var unused = FindingList(.warning, Refusal.classUnused.rawValue)
        var unjudgeable = FindingList(.warning, "policy_unjudgeable")
        var pins = FindingList(.remark, "pin_unmatched")
        var holds = FindingList(.remark, "hold_unmatched")
        for finding in summary.findings {
            switch finding {
            case .classWithoutMatch, .patternWithoutMatch: unused.add(finding.description)
            case .policyUnjudgeable, .immutabilityUnjudgeable, .repositoryUnjudgeable: unjudgeable.add(finding.description)
            case .pinWithoutImage: pins.add(finding.description)
            case .holdWithoutImage: holds.add(finding.description)
            }
        }
        for list in [unused, unjudgeable, pins, holds] { list.note(in: recorder) }
        recorder.add("pins_unmatched", Int64(pins.count))
        guard stream.malformedArtifacts + stream.malformedRepositories > 0 else { return }
        recorder.note(
            Finding(
                .remark, "rows_unreadable",
                "\(stream.malformedArtifacts) artifacts have rows that no registry could hold, and stay: \(stream.malformedSamples.prefix(3).joined(separator: ", "))"
            ))
    }
}
