import HarborDatabase
import OCIImage

/// What the rules say of the artifacts of one repository: classes and, where asked for, the project's policy.
struct Opinions {
    let repository: StoredRepository
    let page: ClassBook.Page
    let judgement: HarborPolicy.Judgement

    /// The policy is about the artifact and retains it.
    func isRetained(_ place: Int) -> Bool { policyRetains(place) == true }

    private func policyRetains(_ place: Int) -> Bool? {
        switch judgement {
        case .silent: nil
        case .judged(let retained): retained[place]
        }
    }

    /// Why an artifact stays; nil where a rule is about all of it and none keeps it, and where others decide for it.
    func reason(_ place: Int, _ closure: KeptClosure, className: (Int) -> String) -> KeepReason? {
        let (artifact, opinion) = (repository.artifacts[place], page.opinions[place])
        if closure.parents[place].count < artifact.parents.count { return .unseenIndex }
        guard opinion.isCandidate else {
            let followsIndex = artifact.tags.isEmpty && !artifact.parents.isEmpty
            return followsIndex || closure.subjects[place] != nil ? nil : .awaitsSubject
        }
        if let keeper = opinion.keeper {
            return .inClass(className(keeper.place), keeper.tag.map { artifact.tags[$0].name }, keeper.rule)
        }
        if isRetained(place) { return .harborPolicy }
        if opinion.speaks || policyRetains(place) != nil { return nil }
        let unclassified = opinion.unclassified.first ?? 0
        return .unclassified(artifact.tags.indices.contains(unclassified) ? artifact.tags[unclassified].name : nil)
    }

    /// Why an artifact goes that nothing keeps.
    func removal(_ place: Int, _ closure: KeptClosure, className: (Int) -> String) -> RemovalReason {
        let opinion = page.opinions[place]
        if opinion.isCandidate { return opinion.speaks ? opinion.owner.map { .inClass(className($0)) } ?? .harborPolicy : .harborPolicy }
        if let subject = closure.subjects[place] { return .withSubject(repository.artifacts[subject].digest) }
        // Without a subject among the rows it is here because an index lists it.
        let index = closure.parents[place].first ?? place
        return .withIndex(repository.artifacts[index].digest)
    }
}
