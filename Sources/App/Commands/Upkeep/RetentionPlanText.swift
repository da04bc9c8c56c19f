import Assembly
import Foundation
import Retention
import Upkeep

/// The plan of a retention for people: the sums, then the repositories or the artifacts of one, then what speaks against it and what to do.
struct RetentionPlanText {
    /// Repositories that are listed without being asked for.
    private static let listed = 30

    let text: String

    init(_ listing: PlanListing, job: JobSection, listsAll: Bool, now: Date) {
        let plan = listing.plan
        let isEnforced = Self.isEnforced(job, now: now)
        var parts = [Self.sums(plan, job)]
        parts.append(listing.artifacts.map(Self.artifacts) ?? Self.repositories(listing.repositories, listsAll: listsAll))
        parts += [Self.reasons("STAY", plan.totals.kept), Self.classes(plan.totals), Self.remarks(plan.totals)]
        parts.append(Self.next(plan, job, isEnforced: isEnforced))
        text = parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// `3 of 120 artifacts (2.5 %) and 4 tags`.
    static func extent(_ totals: PlanTotals) -> String {
        let share = totals.artifacts == 0 ? 0 : Double(totals.removed) / Double(totals.artifacts)
        return
            "\(totals.removed) of \(totals.artifacts) artifacts (\(HumanText.share(share))) with \(totals.removedTags) of \(totals.tags) tags"
    }

    private static func sums(_ plan: StoredPlan, _ job: JobSection) -> String {
        let totals = plan.totals
        var lines = [
            "plan \(plan.shortHash) of job '\(job.name)', by the database of \(HumanText.time(plan.header.snapshot))",
            "  \(extent(totals)) would go, in \(totals.repositories) repositories",
            "  a garbage collection then frees \(HumanText.size(totals.freedBytes)) in \(totals.freedBlobs) contents; Harbor counts \(HumanText.size(totals.removedBytes))",
        ]
        if let pins = plan.header.pins {
            let oldest = pins.sources.map(\.written).min().map { ", the oldest of \(HumanText.time($0))" } ?? ""
            lines.append("  pins: \(pins.images) images of \(pins.sources.count) \(pins.sources.count == 1 ? "list" : "lists")\(oldest)")
        } else {
            lines.append("  pins: none: nobody tells which images are running")
        }
        if !plan.header.holds.isEmpty { lines.append("  holds: \(plan.header.holds.count)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func repositories(_ all: [PlanListing.Repository], listsAll: Bool) -> String {
        let losing = all.filter { $0.sums.removed > 0 || $0.sums.removedTags > 0 }
        let wanted = listsAll ? all : Array(losing.prefix(listed))
        guard !wanted.isEmpty else { return "" }
        var table = Table("REPOSITORY", "ARTIFACTS", "GO", "STAY", "TAGS GO", "FREED", "WHY")
        for repository in wanted {
            let sums = repository.sums
            table.add(
                "\(sums.repository)", "\(sums.artifacts)", "\(sums.removed)", "\(sums.artifacts - sums.removed)", "\(sums.removedTags)",
                HumanText.size(sums.freedBytes), counts(repository.reasons) + (sums.isEmptied ? " EMPTIED" : ""))
        }
        let rest = losing.count - wanted.count
        return table.text + (rest > 0 ? "and \(rest) more: --all lists them\n" : "")
    }

    private static func artifacts(_ artifacts: [PlanListing.Artifact]) -> String {
        var table = Table("FATE", "TAGS", "DIGEST", "REASON")
        for artifact in artifacts {
            table.add(artifact.fate.rawValue, artifact.tags.joined(separator: ","), artifact.digest, artifact.reason)
        }
        return table.text
    }

    private static func reasons(_ title: String, _ counts: [String: Int]) -> String {
        guard !counts.isEmpty else { return "" }
        var table = Table(title, "ARTIFACTS")
        for (code, count) in sorted(counts) { table.add(code, "\(count)") }
        return table.text
    }

    private static func classes(_ totals: PlanTotals) -> String {
        guard !totals.classes.isEmpty else { return "" }
        var table = Table("CLASS", "KEEPS", "NO LONGER")
        for row in totals.classes { table.add(row.name, "\(row.kept)", "\(row.expendable)") }
        return table.text
    }

    private static func remarks(_ totals: PlanTotals) -> String {
        var lines = totals.findings.map { "finding \($0.code): \($0.text)" }
        let rest = totals.findingsCount - totals.findings.count
        if rest > 0 { lines.append("and \(rest) more findings") }
        lines += totals.violations.map { "REFUSED \($0.code): \($0.text)" }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func counts(_ reasons: [String: Int]) -> String {
        sorted(reasons).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private static func sorted(_ counts: [String: Int]) -> [(key: String, value: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    }

    // MARK: - What to do

    private static func isEnforced(_ job: JobSection, now: Date) -> Bool {
        guard case .retention(let settings) = job.work else { return false }
        return switch settings.mode {
        case .report: false
        case .enforce(let start): start.map { now >= $0 } ?? true
        }
    }

    private static func next(_ plan: StoredPlan, _ job: JobSection, isEnforced: Bool) -> String {
        if plan.totals.isEmpty { return "there is nothing to remove\n" }
        if !plan.totals.violations.isEmpty {
            return "it would be refused as it is: look at its repositories, then at the job's caps; nothing was changed\n"
        }
        guard isEnforced else { return "the job only reports yet, so nothing of it can be carried out; nothing was changed\n" }
        let choice = "opsd retention apply \(plan.shortHash) --job \(job.name)"
        return "nothing was changed; '\(choice)' asks the guards, and with --execute carries it out\n"
    }
}
