import Foundation
import HarborDatabase
import JobEngine
import OCIImage
import Upkeep

/// What `opsd gc plan --json` prints.
struct CollectionPlanDocument: Encodable {
    struct Candidate: Encodable {
        let digest: String
        let bytes: Int64
        let reason: String
        let isManifest: Bool
    }

    struct Untagged: Encodable {
        let repository: String
        let digest: String
    }

    struct Pinned: Encodable {
        let pin: String
        let digest: String
    }

    struct Finding: Encodable {
        let code: String
        let severity: String
        let message: String
    }

    let job: String
    let takenAt: Date
    let contents: Int64
    let contentBytes: Int64
    let candidates: [Candidate]
    let candidateBytes: Int64
    let share: Double
    let untagged: [Untagged]
    /// `ignored`, `no_vault`, `covered` or `lacking`.
    let coverage: String
    let uncovered: [String]
    let pins: [PinSourceDocument]
    let pinned: [Pinned]
    let trash: Int64
    let deleteFailed: Int64
    let stuck: Int64
    let findings: [Finding]
    /// What a run would be refused for; empty where it would not.
    let refusals: [RefusalDocument]

    init(_ plan: CollectionPlan, job: String) {
        self.job = job
        takenAt = plan.takenAt
        contents = plan.state.blobs
        contentBytes = plan.state.bytes
        candidates = plan.candidates.map {
            Candidate(digest: "\($0.digest)", bytes: $0.size, reason: $0.reason.rawValue, isManifest: $0.isManifest)
        }
        candidateBytes = plan.bytes
        share = plan.share
        untagged = plan.untagged.map { Untagged(repository: "\($0.repository)", digest: "\($0.digest)") }
        coverage =
            switch plan.coverage {
            case .ignored: "ignored"
            case .noVault: "no_vault"
            case .lacking(let digests): digests.isEmpty ? "covered" : "lacking"
            }
        uncovered = plan.uncovered.map(\.description)
        pins = plan.pins?.sources.map(PinSourceDocument.init) ?? []
        pinned = plan.pinned.map { Pinned(pin: $0.pin, digest: "\($0.digest)") }
        trash = plan.state.trash
        deleteFailed = plan.state.deleteFailed
        stuck = plan.state.stuck
        findings = plan.findings.map { Finding(code: $0.code, severity: $0.severity.rawValue, message: $0.message) }
        refusals = plan.refusals.map(RefusalDocument.init)
    }
}
