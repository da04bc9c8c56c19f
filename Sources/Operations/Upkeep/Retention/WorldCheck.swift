import Foundation
import HarborDatabase
import OCIImage
import Retention

/// Holds a plan against the registry as it is now, repository by repository.
struct WorldCheck {
    /// What became of the plan's removals.
    struct Outcome: Sendable {
        /// Requests that are still to be sent, parents before what they list.
        var requests: [Removal] = []
        /// Planned artifacts that are still there and still go, those that go by themselves among them.
        var going: Set<Int64> = []
        /// Planned removals that an earlier run has done.
        var done: Set<Int64> = []
        /// What is not as the plan met it, by the artifact's row.
        var changes: [Int64: String] = [:]
        /// Repositories of which nothing would stay.
        var emptied: [RepositoryName] = []
        /// Artifacts of the repositories that the job looks at.
        var artifacts = 0
        /// Planned artifacts that were pushed after what the vault saved last, as images.
        var young: [String] = []
    }

    private var planner: RetentionPlanner
    private let journal: RemovalJournal
    /// What was pushed after this is in no snapshot; nil checks nothing.
    private let savedUntil: Date?
    private var plans: [RepositoryName: [PlannedRemoval]]
    private var outcome = Outcome()
    /// Requests with the number of planned indexes above them.
    private var requests: [(depth: Int, removal: Removal)] = []

    init(_ removals: [PlannedRemoval], planner: RetentionPlanner, journal: RemovalJournal, savedUntil: Date?) {
        self.planner = planner
        self.journal = journal
        self.savedUntil = savedUntil
        plans = Dictionary(grouping: removals, by: \.repository)
    }

    /// Judges a repository anew and compares it with what the plan says of it.
    mutating func add(_ repository: StoredRepository) {
        let verdict = planner.judge(repository)
        guard let planned = plans.removeValue(forKey: repository.name) else { return }
        let family = Family(repository.artifacts, planned)
        let hanging = family.newcomers(verdict.decisions)
        var going = 0
        for removal in planned {
            guard let place = family.places[removal.id] else {
                noteMissing(removal, family)
                continue
            }
            let artifact = repository.artifacts[place]
            if let change = change(removal, artifact, verdict.decisions[place]) {
                outcome.changes[removal.id] = change
                continue
            }
            if let newcomer = hanging[removal.id] {
                outcome.changes[removal.id] = "\(repository.name)@\(newcomer) is new, and would go together with \(removal.image)"
                continue
            }
            if removal.extent == .artifact {
                outcome.going.insert(removal.id)
                going += 1
            }
            if let savedUntil, artifact.tags.reduce(artifact.pushed, { max($0, $1.pushed) }) > savedUntil {
                outcome.young.append(removal.image)
            }
            let depth = family.depth(of: artifact)
            requests += Removal.requests(for: removal, of: artifact).map { (depth, $0) }
        }
        if going > 0, verdict.decisions.allSatisfy(\.isRemoval) { outcome.emptied.append(repository.name) }
    }

    /// What became of the plan, once all repositories were added.
    mutating func finish() -> (outcome: Outcome, summary: RetentionSummary) {
        for planned in plans.values {
            let family = Family([], planned)
            for removal in planned { noteMissing(removal, family) }
        }
        plans = [:]
        let summary = planner.summary()
        outcome.artifacts = summary.totals.artifacts
        // An index goes before what it lists: Harbor refuses to delete a listed artifact.
        outcome.requests = requests.enumerated().sorted { ($0.element.depth, $0.offset) < ($1.element.depth, $1.offset) }.map(
            \.element.removal)
        return (outcome, summary)
    }

    private mutating func noteMissing(_ removal: PlannedRemoval, _ family: Family) {
        if claims(removal, family) {
            outcome.done.insert(removal.id)
        } else {
            outcome.changes[removal.id] = "\(removal.image) is not there any more, and was not removed by this plan"
        }
    }

    /// What goes by itself was removed by this plan where that with which it goes was.
    private func claims(_ removal: PlannedRemoval, _ family: Family) -> Bool {
        var next: PlannedRemoval? = removal
        var seen: Set<Int64> = []
        while let one = next, seen.insert(one.id).inserted {
            if journal.claims(RemovalJournal.Target(id: one.id, tag: nil)) { return true }
            next = one.follows.flatMap { family.removals[$0] }
        }
        return false
    }

    private func change(_ removal: PlannedRemoval, _ artifact: StoredArtifact, _ decision: ArtifactDecision) -> String? {
        guard artifact.digest == removal.digest else { return "\(removal.image) is another artifact now" }
        guard PlanLine.time(artifact.pushed) == removal.pushed else { return "\(removal.image) was pushed again" }
        let tags = Dictionary(artifact.tags.map { ($0.name, PlanLine.time($0.pushed)) }, uniquingKeysWith: { first, _ in first })
        for tag in removal.tags {
            guard let pushed = tags[tag.name] else {
                let target = RemovalJournal.Target(id: removal.id, tag: tag.name.description)
                if removal.extent == .tags, journal.claims(target) { continue }
                return "tag \(tag.name) of \(removal.image) is not there any more"
            }
            guard pushed == tag.pushed else { return "tag \(tag.name) of \(removal.image) was pushed again" }
        }
        switch (removal.extent, decision) {
        case (.artifact, .removes):
            let known = Set(removal.tags.map(\.name))
            guard let new = artifact.tags.first(where: { !known.contains($0.name) }) else { return nil }
            return "\(removal.image) has a new tag, \(new.name)"
        case (.tags, .removes): return nil
        case (.tags, .removesTags(let names, let reason)):
            let left = removal.tags.filter { tags[$0.name] != nil }
            guard let stays = left.first(where: { !names.contains($0.name) }) else { return nil }
            return "tag \(stays.name) of \(removal.image) stays now: \(reason)"
        case (.artifact, .keeps(let reason)), (.artifact, .removesTags(_, let reason)): return "\(removal.image) stays now: \(reason)"
        case (.tags, .keeps(let reason)):
            return removal.tags.contains { tags[$0.name] != nil } ? "the tags of \(removal.image) stay now: \(reason)" : nil
        }
    }
}

/// The artifacts of one repository and what is planned for them, to be looked up.
private struct Family {
    /// The artifacts' places, by row.
    let places: [Int64: Int]
    /// Planned removals of whole artifacts.
    let removals: [Digest: PlannedRemoval]
    private let artifacts: [StoredArtifact]
    private let planned: Set<Int64>

    init(_ artifacts: [StoredArtifact], _ removals: [PlannedRemoval]) {
        self.artifacts = artifacts
        places = Dictionary(artifacts.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        let whole = removals.filter { $0.extent == .artifact }
        self.removals = Dictionary(whole.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
        planned = Set(whole.map(\.id))
    }

    /// Planned rows with which something would go that is in no plan, such as a signature that came meanwhile; with the digest of that.
    func newcomers(_ decisions: [ArtifactDecision]) -> [Int64: Digest] {
        var found: [Int64: Digest] = [:]
        for (artifact, decision) in zip(artifacts, decisions) where decision.isRemoval && !planned.contains(artifact.id) {
            var next = leaders(of: artifact)
            while let id = next.popLast() {
                guard found.updateValue(artifact.digest, forKey: id) == nil, let place = places[id] else { continue }
                // What goes by itself goes with the request for those above it, so that they have to stay too.
                if removals[artifacts[place].digest]?.follows != nil { next += leaders(of: artifacts[place]) }
            }
        }
        return found
    }

    /// The planned rows with which Harbor deletes an artifact.
    private func leaders(of artifact: StoredArtifact) -> [Int64] {
        (artifact.parents + [artifact.subject?.id].compactMap(\.self) + artifact.otherSubjects.compactMap(\.id)).filter(planned.contains)
    }

    /// The number of planned indexes above an artifact; Harbor's indexes are a few levels deep at most.
    func depth(of artifact: StoredArtifact) -> Int {
        var depth = 0
        var level = artifact.parents.filter(planned.contains)
        while !level.isEmpty, depth < 16 {
            depth += 1
            level = level.flatMap { places[$0].map { artifacts[$0].parents } ?? [] }.filter(planned.contains)
        }
        return depth
    }
}
