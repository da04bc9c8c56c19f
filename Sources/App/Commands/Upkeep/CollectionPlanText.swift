import Assembly
import Foundation
import HarborDatabase
import JobEngine
import Retention
import Upkeep

/// The plan of a garbage collection for people: what goes and why, then what speaks against it, then what to do.
struct CollectionPlanText {
    let text: String

    init(_ plan: CollectionPlan, job: JobSection) {
        var lines = [
            "plan: garbage collection of job '\(job.name)', by the database of \(HumanText.time(plan.takenAt))",
            "  \(plan.candidates.count) of \(plan.state.blobs) contents would go (\(HumanText.share(plan.share))), \(HumanText.size(plan.bytes)) of \(HumanText.size(plan.state.bytes)); \(plan.manifests) of them are manifests",
        ]
        if plan.settings.deletesUntagged { lines.append("  \(plan.untagged.count) artifacts without a tag would go first") }
        lines.append("  vault: \(Self.coverage(plan, vault: job.vault))")
        lines.append("  pins: \(Self.pins(plan))")
        lines += Self.leftovers(plan.state)
        var text = lines.joined(separator: "\n") + "\n"
        if !plan.candidates.isEmpty { text += "\n" + Self.reasons(plan) }
        let findings = plan.findings.map { "\($0.severity == .warning ? "WARNING" : "remark") \($0.code): \($0.message)\n" }
        let refusals = plan.refusals.map { "REFUSED \($0)\n" }
        if !(findings + refusals).isEmpty { text += "\n" + (findings + refusals).joined() }
        text += "\n" + Self.next(plan, job: job.name) + "\n"
        self.text = text
    }

    private static func coverage(_ plan: CollectionPlan, vault: String?) -> String {
        switch plan.coverage {
        case .ignored: "not asked whether it has what would go ('coverage: ignored')"
        case .noVault: "none that could be asked"
        case .lacking(let digests):
            digests.isEmpty
                ? "'\(vault ?? "")' has all that would go" : "'\(vault ?? "")' lacks \(digests.count) of what would go"
        }
    }

    private static func pins(_ plan: CollectionPlan) -> String {
        guard let list = plan.pins else { return "none: nobody tells which images are running" }
        let needed = Set(plan.pinned.map(\.pin)).count
        let found = "\(list.references.count) images of \(list.sources.count) \(list.sources.count == 1 ? "list" : "lists")"
        return needed == 0 ? "\(found), none needs what would go" : "\(found), \(needed) NEED what would go"
    }

    private static func leftovers(_ state: GarbageState) -> [String] {
        var lines: [String] = []
        if state.trash > 0 { lines.append("  \(state.trash) deleted artifacts wait for a collection") }
        if state.deleteFailed > 0 { lines.append("  \(state.deleteFailed) contents could not be deleted by an earlier collection") }
        if state.stuck > 0 { lines.append("  \(state.stuck) contents were left half deleted by a collection that was cut off") }
        if state.malformed > 0 { lines.append("  \(state.malformed) rows have names that no registry could hold") }
        return lines
    }

    private static func reasons(_ plan: CollectionPlan) -> String {
        var table = Table("REASON", "CONTENTS", "BYTES")
        for reason in GarbageBlob.Reason.allCases {
            let candidates = plan.candidates.filter { $0.reason == reason }
            guard !candidates.isEmpty else { continue }
            table.add(reason.rawValue, "\(candidates.count)", HumanText.size(candidates.reduce(0) { $0 + $1.size }))
        }
        return table.text
    }

    private static func next(_ plan: CollectionPlan, job: String) -> String {
        if !plan.refusals.isEmpty { return "a run would be refused; nothing was changed" }
        if plan.candidates.isEmpty { return "there is nothing to collect" }
        return "nothing was changed; run it with 'opsd gc run --job \(job)'"
    }
}
