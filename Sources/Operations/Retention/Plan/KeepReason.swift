package import OCIImage

/// Why an artifact stays. Where several reasons hold, the first of this list.
package enum KeepReason: Sendable, Hashable, CustomStringConvertible {
    /// Which part of a class keeps it.
    package enum Rule: String, Sendable, CaseIterable {
        case all, last
        case pushedWithin = "pushed_within"
        case pulledWithin = "pulled_within"
    }

    /// A word for each reason; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        case projectNotWatched = "project_not_watched"
        case unjudgeable, pinned, held, immutable, rollback
        case signedRelease = "signed_release"
        case inClass = "in_class"
        case harborPolicy = "harbor_policy"
        case indexed
        case accessory
        case neededByIndexed = "needed_by_indexed"
        case neededByAccessory = "needed_by_accessory"
        case awaitsSubject = "awaits_subject"
        case unseenIndex = "unseen_index"
        case unclassified
    }

    /// The job does not look at its project.
    case projectNotWatched
    /// A rule that cannot be read or breaks on a name might keep it; the text says which.
    case unjudgeable(String)
    /// An image that runs: the pin, and the list that has it.
    case pinned(Reference, source: String)
    /// A hold covers it.
    case held(owner: String, reason: String)
    /// Harbor refuses to delete this tag; nil where the rule is about artifacts without a tag.
    case immutable(TagName?)
    /// The tag is among the newest releases of the repository.
    case rollback(TagName)
    /// The tag is a release, and there is a signature.
    case signedRelease(TagName)
    /// A class keeps the tag; nil where the artifact has none.
    case inClass(String, TagName?, Rule)
    /// The project's policy in Harbor retains it.
    case harborPolicy
    /// An index that stays lists it.
    case indexed(by: Digest)
    /// It is about an image that stays.
    case accessory(of: Digest)
    /// Harbor would delete this listed artifact together with the index.
    case neededByIndexed(Digest)
    /// Harbor would delete this accessory together with its subject.
    case neededByAccessory(Digest)
    /// It is about an image that the repository does not have.
    case awaitsSubject
    /// An index lists it that was not among the rows.
    case unseenIndex
    /// Neither a class nor a policy is about this tag; nil where the artifact has none.
    case unclassified(TagName?)

    /// The kind of reason.
    package var code: Code {
        switch self {
        case .projectNotWatched: .projectNotWatched
        case .unjudgeable: .unjudgeable
        case .pinned: .pinned
        case .held: .held
        case .immutable: .immutable
        case .rollback: .rollback
        case .signedRelease: .signedRelease
        case .inClass: .inClass
        case .harborPolicy: .harborPolicy
        case .indexed: .indexed
        case .accessory: .accessory
        case .neededByIndexed: .neededByIndexed
        case .neededByAccessory: .neededByAccessory
        case .awaitsSubject: .awaitsSubject
        case .unseenIndex: .unseenIndex
        case .unclassified: .unclassified
        }
    }

    /// A sentence for an operator, without its full stop.
    package var description: String {
        switch self {
        case .projectNotWatched: "the job does not look at the project"
        case .unjudgeable(let problem): problem
        case .pinned(let reference, let source): "\(reference) runs, says \(source)"
        case .held(let owner, let reason): "\(owner) holds it: \(reason)"
        case .immutable(let tag?): "tag \(tag) is immutable"
        case .immutable(nil): "a rule makes artifacts without a tag immutable"
        case .rollback(let tag): "release \(tag) is among the newest, for a rollback"
        case .signedRelease(let tag): "release \(tag) is signed"
        case .inClass(let name, let tag, let rule): "class \(name) keeps \(tag.map { "tag \($0)" } ?? "it"): \(Self.sentence(rule))"
        case .harborPolicy: "the project's policy in Harbor retains it"
        case .indexed(let digest): "index \(digest) stays and lists it"
        case .accessory(let digest): "it is about \(digest), which stays"
        case .neededByIndexed(let digest): "it lists \(digest), which stays"
        case .neededByAccessory(let digest): "\(digest) is about it and stays"
        case .awaitsSubject: "it is about an image that is not there"
        case .unseenIndex: "an index that is not among the repository's rows lists it"
        case .unclassified(let tag?): "no rule is about tag \(tag)"
        case .unclassified(nil): "no rule is about artifacts without a tag"
        }
    }

    private static func sentence(_ rule: Rule) -> String {
        switch rule {
        case .all: "it keeps all"
        case .last: "among the newest"
        case .pushedWithin: "pushed lately"
        case .pulledWithin: "pulled lately"
        }
    }
}
