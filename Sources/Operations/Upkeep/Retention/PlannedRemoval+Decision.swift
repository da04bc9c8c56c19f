import HarborDatabase
import OCIImage
import Retention

extension PlannedRemoval {
    /// What a decision removes of an artifact; nil for an artifact that stays with all its tags.
    init?(_ artifact: StoredArtifact, in repository: RepositoryName, _ decision: ArtifactDecision) {
        switch decision {
        case .keeps: return nil
        case .removesTags(let names, let reason):
            let className: String? = if case .inClass(let name, _, _) = reason { name } else { nil }
            self.init(
                artifact, in: repository, .tags, artifact.tags.filter { names.contains($0.name) },
                code: RemovalReason.Code.inClass.rawValue,
                className: className, follows: nil, reason: "their class keeps these tags no longer; the artifact stays: \(reason)")
        case .removes(let reason):
            var className: String?
            var follows: Digest?
            switch reason {
            case .inClass(let name): className = name
            case .harborPolicy: break
            case .withIndex(let digest), .withSubject(let digest): follows = digest
            }
            self.init(
                artifact, in: repository, .artifact, artifact.tags, code: reason.code.rawValue, className: className, follows: follows,
                reason: "\(reason)")
        }
    }

    private init(
        _ artifact: StoredArtifact, in repository: RepositoryName, _ extent: Extent, _ tags: [StoredTag], code: String, className: String?,
        follows: Digest?, reason: String
    ) {
        self.init(
            id: artifact.id, repository: repository, digest: artifact.digest, extent: extent,
            tags: tags.map { Tag(name: $0.name, pushed: PlanLine.time($0.pushed)) }, pushed: PlanLine.time(artifact.pushed),
            size: artifact.size,
            code: code, className: className, follows: follows, reason: reason)
    }
}
