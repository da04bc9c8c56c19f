import Foundation
import HarborDatabase
import OCIImage

/// What stays in one repository whatever rules say, for reasons of the artifacts' own.
struct ProtectedArtifacts {
    /// Why each artifact stays, in the repository's order; nil where nothing protects it.
    private(set) var reasons: [KeepReason?]
    /// Pins whose image is here, by place.
    private(set) var foundPins: Set<Int> = []
    /// Holds whose image or repository is here, by place.
    private(set) var foundHolds: Set<Int> = []

    private let repository: StoredRepository

    init(_ repository: StoredRepository) {
        self.repository = repository
        reasons = Array(repeating: nil, count: repository.artifacts.count)
    }

    private mutating func protect(_ place: Int, _ reason: @autoclosure () -> KeepReason) {
        if reasons[place] == nil { reasons[place] = reason() }
    }

    /// What runs stays.
    mutating func apply(_ pins: PinSet) {
        guard let lookup = pins.lookup(repository.name) else { return }
        for (place, artifact) in repository.artifacts.enumerated() {
            for index in lookup.digests[artifact.digest] ?? [] {
                foundPins.insert(index)
                protect(place, .pinned(pins.pins[index].reference, source: pins.pins[index].source))
            }
            for tag in artifact.tags {
                for index in lookup.tags[tag.name.description] ?? [] {
                    // A digest wins: the tag may have moved on since.
                    if pins.pins[index].reference.digest == nil { foundPins.insert(index) }
                    protect(place, .pinned(pins.pins[index].reference, source: pins.pins[index].source))
                }
            }
        }
    }

    /// What somebody holds stays.
    mutating func apply(_ holds: [ImageHold], _ names: RepositoryNames) {
        for (index, hold) in holds.enumerated() where covers(hold, names) {
            for (place, artifact) in repository.artifacts.enumerated() where Self.covers(hold, artifact) {
                foundHolds.insert(index)
                protect(place, .held(owner: hold.owner, reason: hold.reason))
            }
        }
    }

    private func covers(_ hold: ImageHold, _ names: RepositoryNames) -> Bool {
        switch hold.target {
        case .image(let reference): reference.repository == repository.name
        // What breaks on the name might be meant to cover it.
        case .repositories(let pattern): pattern.verdict(on: names.full) != .differs
        }
    }

    private static func covers(_ hold: ImageHold, _ artifact: StoredArtifact) -> Bool {
        switch hold.target {
        case .repositories: return true
        case .image(let reference):
            if let digest = reference.digest { return artifact.digest == digest }
            guard let tag = reference.tag else { return true }
            return artifact.tags.contains { $0.name == tag }
        }
    }

    /// What Harbor refuses to delete stays; throws `malformedPattern` where a rule breaks on a name.
    mutating func apply(_ rules: ImmutabilityRules, _ names: RepositoryNames) throws(RetentionError) {
        for (place, tag) in try rules.protectedTags(in: repository, names).enumerated() {
            guard let tag else { continue }
            let name = tag < 0 ? nil : repository.artifacts[place].tags[tag].name
            protect(place, .immutable(name))
        }
    }

    /// The newest releases stay: so many different versions, with every tag of the same precedence.
    mutating func applyRollback(_ count: Int, _ versions: [[SemanticVersion?]]) {
        guard count > 0 else { return }
        let releases = Set(versions.joined().compactMap(\.self).filter { !$0.isPrerelease }).sorted(by: >)
        guard let oldest = releases.prefix(count).last else { return }
        protectReleases(versions, where: { _, version in version >= oldest }, reason: KeepReason.rollback)
    }

    /// Releases with a signature stay.
    mutating func applySignatures(_ versions: [[SemanticVersion?]]) {
        let signed = Set(repository.artifacts.compactMap { $0.subject?.type.hasPrefix("signature.") == true ? $0.subject?.id : nil })
        guard !signed.isEmpty else { return }
        protectReleases(versions, where: { artifact, _ in signed.contains(artifact.id) }, reason: KeepReason.signedRelease)
    }

    private mutating func protectReleases(
        _ versions: [[SemanticVersion?]], where holds: (StoredArtifact, SemanticVersion) -> Bool, reason: (TagName) -> KeepReason
    ) {
        for (place, artifact) in repository.artifacts.enumerated() where reasons[place] == nil && artifact.subject == nil {
            for (index, version) in versions[place].enumerated() {
                guard let version, !version.isPrerelease, holds(artifact, version) else { continue }
                protect(place, reason(artifact.tags[index].name))
                break
            }
        }
    }
}
