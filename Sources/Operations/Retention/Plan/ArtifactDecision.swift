package import OCIImage

/// What becomes of an artifact.
package enum ArtifactDecision: Sendable, Hashable {
    /// It stays with all its tags.
    case keeps(KeepReason)
    /// It stays, and loses these tags: never all of them.
    case removesTags([TagName], KeepReason)
    /// It goes, with all its tags.
    case removes(RemovalReason)

    /// Whether the artifact goes.
    package var isRemoval: Bool {
        switch self {
        case .keeps, .removesTags: false
        case .removes: true
        }
    }
}
