package import HarborDatabase
import OCIImage
package import Retention

/// The last line of a plan: its sums, and what to look at.
package struct PlanTotals: Codable, Sendable, Equatable {
    /// Something with a bounded word and a sentence.
    package struct Remark: Codable, Sendable, Equatable {
        /// The kind.
        package let code: String
        /// The sentence, without its full stop.
        package let text: String
    }

    /// How a class fared in all repositories.
    package struct Class: Codable, Sendable, Equatable {
        /// Its name.
        package let name: String
        /// Members that it keeps.
        package let kept: Int
        /// Members that it keeps no longer.
        package let expendable: Int
    }

    private enum CodingKeys: String, CodingKey {
        case repositories, artifacts, tags, removed
        case removedTags = "removed_tags"
        case removedBytes = "removed_bytes"
        case freedBlobs = "freed_blobs"
        case freedBytes = "freed_bytes"
        case unclassified, kept, reasons, classes
        case emptied, emptiedCount = "emptied_count"
        case violations, findings
        case findingsCount = "findings_count"
    }

    /// Repositories, emptied ones and findings that are listed; the rest is counted.
    private static let listed = 100

    /// Repositories that the job looks at.
    package let repositories: Int
    /// Their artifacts.
    package let artifacts: Int
    /// Their tags.
    package let tags: Int
    /// Artifacts that go.
    package let removed: Int
    /// Tags that go.
    package let removedTags: Int
    /// Bytes of what goes as Harbor counts them: what artifacts share counts for each.
    package let removedBytes: Int64
    /// Contents that nothing needs any more afterwards.
    package let freedBlobs: Int
    /// Bytes that a garbage collection frees afterwards: what artifacts share counts once, and not at all where something stays that needs it.
    package let freedBytes: Int64
    /// Tags, and artifacts without one, that no class is about.
    package let unclassified: Int
    /// Artifacts that stay, by reason.
    package let kept: [String: Int]
    /// Artifacts that go, by reason.
    package let reasons: [String: Int]
    /// In the configuration's order.
    package let classes: [Class]
    /// The first repositories of which no artifact stays.
    package let emptied: [String]
    /// All of them.
    package let emptiedCount: Int
    /// The caps that the plan is above: it is refused.
    package let violations: [Remark]
    /// The first findings, those about unused classes and patterns before all others.
    package let findings: [Remark]
    /// All of them.
    package let findingsCount: Int

    /// States the sums of a plan.
    package init(_ summary: RetentionSummary, freed: FreedBytes) {
        let totals = summary.totals
        repositories = totals.repositories
        artifacts = totals.artifacts
        tags = totals.tags
        removed = totals.removed
        removedTags = totals.removedTags
        removedBytes = totals.removedBytes
        freedBlobs = freed.blobs
        freedBytes = freed.bytes
        unclassified = totals.unclassified
        kept = Dictionary(totals.kept.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)
        reasons = Dictionary(totals.reasons.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)
        classes = totals.classes.map { Class(name: $0.name, kept: $0.kept, expendable: $0.expendable) }
        emptied = totals.emptied.prefix(Self.listed).map(\.description)
        emptiedCount = totals.emptied.count
        violations = summary.violations.map { Remark(code: $0.refusal.rawValue, text: "\($0)") }
        // Those of classes first: a run is refused by them, however many others there are.
        let ordered = summary.findings.filter(\.isUnused) + summary.findings.filter { !$0.isUnused }
        findings = ordered.prefix(Self.listed).map { Remark(code: $0.code.rawValue, text: "\($0)") }
        findingsCount = summary.findings.count
    }

    /// Nothing goes: neither an artifact nor a tag.
    package var isEmpty: Bool { removed == 0 && removedTags == 0 }
}

extension RetentionFinding {
    /// A class, or a pattern of one, is about nothing.
    fileprivate var isUnused: Bool {
        switch self {
        case .classWithoutMatch, .patternWithoutMatch: true
        case .pinWithoutImage, .holdWithoutImage, .policyUnjudgeable, .immutabilityUnjudgeable, .repositoryUnjudgeable: false
        }
    }
}

extension CapViolation {
    /// The guard that says no by it.
    var refusal: Refusal {
        switch self {
        case .share: .share
        case .count: .count
        case .repositoriesEmptied: .emptiesRepository
        }
    }
}
