import HarborDatabase

/// What has to stay because something else does, by the way Harbor deletes: an index takes the untagged artifacts that it alone
/// lists, an image its accessories, and what an index lists cannot be deleted.
///
/// Each rule only adds, so that one more reason never lets anything go.
struct KeptClosure {
    /// How firmly an artifact stays.
    private struct Hold {
        /// For a reason of its own, or because such a one needs it: what would take it along stays too.
        var isFirm = false
        /// Because its subject stays: an index that would take it along stays too.
        var isBySubject = false
        /// Because an index that stays lists it.
        var isByIndex = false
    }

    private let artifacts: [StoredArtifact]
    private var holds: [Hold]
    private var children: [[Int]]
    private var accessories: [[Int]]
    private var waiting: [Int] = []
    /// The places of the indexes that list each artifact, of those among the rows.
    private(set) var parents: [[Int]]
    /// The place of each accessory's subject, where it is among the rows.
    private(set) var subjects: [Int?]
    /// Why each artifact stays; nil where it does not.
    private(set) var reasons: [KeepReason?]

    /// Takes the artifacts of a repository, none of which stays yet.
    init(_ artifacts: [StoredArtifact]) {
        self.artifacts = artifacts
        let none = [[Int]](repeating: [], count: artifacts.count)
        (children, accessories, parents) = (none, none, none)
        subjects = Array(repeating: nil, count: artifacts.count)
        holds = Array(repeating: Hold(), count: artifacts.count)
        reasons = Array(repeating: nil, count: artifacts.count)
        guard artifacts.contains(where: { !$0.parents.isEmpty || $0.subject != nil }) else { return }
        var places: [Int64: Int] = [:]
        for (place, artifact) in artifacts.enumerated() { places[artifact.id] = place }
        for (place, artifact) in artifacts.enumerated() {
            parents[place] = artifact.parents.compactMap { places[$0] }
            for parent in parents[place] { children[parent].append(place) }
            if let subject = artifact.subject?.id.flatMap({ places[$0] }) {
                subjects[place] = subject
                accessories[subject].append(place)
            }
        }
    }

    /// Keeps an artifact for a reason of its own. The first reason stays.
    mutating func keep(_ place: Int, _ reason: KeepReason) { set(place, \.isFirm, reason) }

    /// Keeps what follows from all that was kept.
    mutating func close() {
        while let place = waiting.popLast() {
            let (hold, digest) = (holds[place], artifacts[place].digest)
            if hold.isFirm || hold.isBySubject, artifacts[place].tags.isEmpty {
                for parent in parents[place] { set(parent, \.isFirm, .neededByIndexed(digest)) }
            }
            if hold.isFirm, let subject = subjects[place] { set(subject, \.isFirm, .neededByAccessory(digest)) }
            for child in children[place] { set(child, \.isByIndex, .indexed(by: digest)) }
            for accessory in accessories[place] { set(accessory, \.isBySubject, .accessory(of: digest)) }
        }
    }

    private mutating func set(_ place: Int, _ kind: WritableKeyPath<Hold, Bool>, _ reason: KeepReason) {
        guard !holds[place][keyPath: kind] else { return }
        holds[place][keyPath: kind] = true
        reasons[place] = reasons[place] ?? reason
        waiting.append(place)
    }
}
