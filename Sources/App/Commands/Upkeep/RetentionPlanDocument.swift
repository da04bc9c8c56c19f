import Assembly
import Foundation
import SystemPackage
import Upkeep

/// What `opsd retention plan --json` prints.
struct RetentionPlanDocument: Encodable {
    struct Repository: Encodable {
        let repository: String
        let artifacts: Int
        let tags: Int
        let removed: Int
        let removedTags: Int
        let freedBlobs: Int
        let freedBytes: Int64
        let emptied: Bool
        /// Removals by reason.
        let reasons: [Reason]
    }

    struct Artifact: Encodable {
        let digest: String
        let tags: [String]
        /// `go`, `untag` or `stay`.
        let fate: String
        let code: String
        let reason: String
    }

    /// A list and not an object by word: words are no keys, which would be respelt.
    struct Reason: Encodable {
        let code: String
        let count: Int

        static func list(_ counts: [String: Int]) -> [Reason] {
            counts.sorted { $0.key < $1.key }.map { Reason(code: $0.key, count: $0.value) }
        }
    }

    struct Class: Encodable {
        let name: String
        let kept: Int
        let expendable: Int
    }

    struct Remark: Encodable {
        let code: String
        let text: String
    }

    struct Pins: Encodable {
        let images: Int
        let sources: [PinSourceDocument]
    }

    let job: String
    let hash: String
    /// The plan's own file, with every artifact.
    let file: String
    let created: Date
    let snapshot: Date
    let pins: Pins?
    let holds: Int
    let artifactCount: Int
    let tagCount: Int
    let removed: Int
    let removedTags: Int
    let removedBytes: Int64
    let freedBlobs: Int
    let freedBytes: Int64
    let unclassified: Int
    let kept: [Reason]
    let reasons: [Reason]
    let classes: [Class]
    let repositories: [Repository]
    /// Of the repository that was asked for; nil where none was.
    let artifacts: [Artifact]?
    let findings: [Remark]
    let findingsCount: Int
    /// Caps that the plan is above: it would be refused.
    let violations: [Remark]

    init(_ listing: PlanListing, job: String) {
        let (plan, totals) = (listing.plan, listing.plan.totals)
        self.job = job
        hash = plan.hash
        file = plan.path.string
        created = plan.header.created
        snapshot = plan.header.snapshot
        pins = plan.header.pins.map { Pins(images: $0.images, sources: $0.sources.map(PinSourceDocument.init)) }
        holds = plan.header.holds.count
        artifactCount = totals.artifacts
        tagCount = totals.tags
        removed = totals.removed
        removedTags = totals.removedTags
        removedBytes = totals.removedBytes
        freedBlobs = totals.freedBlobs
        freedBytes = totals.freedBytes
        unclassified = totals.unclassified
        kept = Reason.list(totals.kept)
        reasons = Reason.list(totals.reasons)
        classes = totals.classes.map { Class(name: $0.name, kept: $0.kept, expendable: $0.expendable) }
        repositories = listing.repositories.map(Self.repository)
        artifacts = listing.artifacts?.map {
            Artifact(digest: $0.digest, tags: $0.tags, fate: $0.fate.rawValue.lowercased(), code: $0.code, reason: $0.reason)
        }
        findings = totals.findings.map { Remark(code: $0.code, text: $0.text) }
        findingsCount = totals.findingsCount
        violations = totals.violations.map { Remark(code: $0.code, text: $0.text) }
    }

    private static func repository(_ repository: PlanListing.Repository) -> Repository {
        let sums = repository.sums
        return Repository(
            repository: "\(sums.repository)", artifacts: sums.artifacts, tags: sums.tags, removed: sums.removed,
            removedTags: sums.removedTags,
            freedBlobs: sums.freedBlobs, freedBytes: sums.freedBytes, emptied: sums.isEmptied, reasons: Reason.list(repository.reasons))
    }
}
