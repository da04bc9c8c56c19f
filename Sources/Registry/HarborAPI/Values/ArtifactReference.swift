package import OCIImage

/// Which artifact of a repository is meant.
package enum ArtifactReference: Hashable, Sendable, CustomStringConvertible {
    /// The one that the tag names when Harbor is asked.
    case tag(TagName)
    /// This one.
    case digest(Digest)

    /// The tag's name, or the digest.
    package var description: String {
        switch self {
        case .tag(let name): name.description
        case .digest(let digest): digest.description
        }
    }
}
