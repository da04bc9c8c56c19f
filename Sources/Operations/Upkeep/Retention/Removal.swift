import Foundation
import HarborDatabase
import OCIImage

/// One request that a plan comes to, about an artifact as the newest look at the database met it.
struct Removal: Sendable {
    let planned: PlannedRemoval
    /// Nil for the artifact itself.
    let tag: TagName?
    /// When the artifact was pushed.
    let pushed: Date
    /// All tags of the artifact, and when each was pushed.
    let tags: [TagName: Date]

    /// The requests for what is left of a planned removal: none for what goes by itself.
    static func requests(for planned: PlannedRemoval, of artifact: StoredArtifact) -> [Removal] {
        let tags = Dictionary(artifact.tags.map { ($0.name, $0.pushed) }, uniquingKeysWith: max)
        switch planned.extent {
        case .artifact:
            return planned.follows == nil ? [Removal(planned: planned, tag: nil, pushed: artifact.pushed, tags: tags)] : []
        case .tags:
            return planned.tags.filter { tags[$0.name] != nil }
                .map { Removal(planned: planned, tag: $0.name, pushed: artifact.pushed, tags: tags) }
        }
    }

    var target: RemovalJournal.Target { RemovalJournal.Target(id: planned.id, tag: tag?.description) }

    /// As an operator reads it.
    var image: String { tag.map { "\(planned.repository):\($0)" } ?? planned.image }
}
