import Assembly
import OCIImage
import Upkeep

/// What a listing of a stored plan shows: its repositories with the reasons for what goes, and the artifacts of one of them.
struct PlanListing {
    /// A repository's line of the plan.
    struct Repository {
        let sums: PlanRepository
        /// Removals by the word for their reason; tags that go alone count as one each.
        var reasons: [String: Int] = [:]
    }

    /// An artifact of the repository that was asked for.
    struct Artifact {
        let digest: String
        let tags: [String]
        let fate: Fate
        /// The word for the reason.
        let code: String
        /// The sentence.
        let reason: String
    }

    enum Fate: String, CaseIterable { case goes = "GO", losesTags = "UNTAG", stays = "STAY" }

    let plan: StoredPlan
    /// Those first that lose most bytes; of one repository that alone.
    let repositories: [Repository]
    /// Nil where none was asked for.
    let artifacts: [Artifact]?

    /// Reads the plan's file. Throws ``RequestError`` (`notFound`) where it has no repository of the name.
    init(_ plan: StoredPlan, repository: String?) throws {
        self.plan = plan
        var reasons: [RepositoryName: [String: Int]] = [:]
        var artifacts: [Artifact] = []
        var isWanted = false
        try plan.forEachLine(repository == nil ? [.repositories, .removals] : .all) { line in
            switch line {
            case .repository(let sums): isWanted = sums.repository.description == repository
            case .removal(let removal):
                reasons[removal.repository, default: [:]][removal.code, default: 0] += removal.extent == .artifact ? 1 : removal.tags.count
                if isWanted { artifacts.append(Artifact(removal)) }
            case .stay(let stay): if isWanted { artifacts.append(Artifact(stay)) }
            }
        }
        let listed = try plan.repositories().filter { repository == nil || $0.repository.description == repository }
        if let repository, listed.isEmpty {
            throw RequestError(
                .notFound, "the plan has no repository '\(repository)'",
                remedy: "name it with its project; 'opsd retention plan --all' lists them")
        }
        repositories = listed.map { Repository(sums: $0, reasons: reasons[$0.repository] ?? [:]) }
        self.artifacts = repository == nil ? nil : artifacts
    }
}

extension PlanListing.Artifact {
    fileprivate init(_ removal: PlannedRemoval) {
        let fate: PlanListing.Fate =
            switch removal.extent {
            case .artifact: .goes
            case .tags: .losesTags
            }
        self.init(
            digest: "\(removal.digest)", tags: removal.tags.map { "\($0.name)" }, fate: fate, code: removal.code, reason: removal.reason)
    }

    fileprivate init(_ stay: StoredPlan.Stay) {
        self.init(digest: stay.digest, tags: stay.tags ?? [], fate: .stays, code: stay.code, reason: stay.reason)
    }
}
