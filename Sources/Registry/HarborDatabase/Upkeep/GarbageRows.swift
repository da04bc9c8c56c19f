package import OCIImage

/// A content that Harbor's garbage collection would delete.
package struct GarbageBlob: Sendable, Equatable {
    /// Why nothing needs it.
    package enum Reason: String, Sendable, CaseIterable {
        /// An artifact without a tag goes first, and with it this.
        case untagged
        /// An artifact that somebody deleted waits in the trash.
        case trash
        /// No project has it, or no live artifact of the projects that have it.
        case unreferenced
    }

    /// Its name.
    package let digest: Digest
    /// Bytes in the storage; none for a foreign layer, of which only the row goes.
    package let size: Int64
    /// Why it goes; where several reasons hold, the first.
    package let reason: Reason
    /// A manifest, not a layer or a configuration.
    package let isManifest: Bool
    /// An artifact that stays needs it: Harbor's rows contradict each other, and a collection would break that artifact.
    package let isNeeded: Bool

    /// Describes a candidate.
    package init(digest: Digest, size: Int64, reason: Reason, isManifest: Bool, isNeeded: Bool = false) {
        self.digest = digest
        self.size = size
        self.reason = reason
        self.isManifest = isManifest
        self.isNeeded = isNeeded
    }
}

/// An artifact that a garbage collection would delete because it has no tag.
package struct UntaggedArtifact: Sendable, Equatable {
    /// The row.
    package let id: Int64
    /// Where it is.
    package let repository: RepositoryName
    /// The manifest.
    package let digest: Digest

    /// Describes an artifact.
    package init(id: Int64, repository: RepositoryName, digest: Digest) {
        self.id = id
        self.repository = repository
        self.digest = digest
    }
}

/// What the rows say of garbage beside the candidates.
package struct GarbageState: Sendable, Equatable {
    /// Rows of deleted artifacts that wait for a collection; those that were pushed again do not.
    package var trash: Int64 = 0
    /// Contents that an earlier collection could not delete.
    package var deleteFailed: Int64 = 0
    /// Contents that a collection was deleting when it ended: no later one takes them up.
    package var stuck: Int64 = 0
    /// All contents with a row.
    package var blobs: Int64 = 0
    /// Their bytes, those of foreign layers left out.
    package var bytes: Int64 = 0
    /// Candidates whose digest or repository no registry could hold: not handed out, since nothing is stored under such a name.
    package var malformed: Int64 = 0

    /// Nothing yet.
    package init() {}
}
