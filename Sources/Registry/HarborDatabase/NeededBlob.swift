package import OCIImage

/// One content that Harbor's rows name.
package struct NeededBlob: Hashable, Sendable {
    /// What the content is to Harbor; where several hold, the first of them.
    package enum Role: Int, Sendable, CaseIterable {
        /// An artifact has this digest.
        case manifest
        /// An artifact refers to it.
        case layer
        /// No artifact needs it, but a project still has it; or it is a foreign layer. A missing one is no loss.
        case unreferenced
    }

    /// The content's name.
    package let digest: Digest
    /// Bytes, from the row in `blob`; nil where there is none.
    package let size: Int64?
    /// The media type that Harbor noted, often `application/octet-stream`; nil where there is no row in `blob`.
    package let mediaType: String?
    /// What the content is to Harbor.
    package let role: Role
    /// A layer that is fetched elsewhere: the registry may hold it or not.
    package let isForeign: Bool

    /// States a need.
    package init(digest: Digest, size: Int64?, mediaType: String?, role: Role, isForeign: Bool) {
        self.digest = digest
        self.size = size
        self.mediaType = mediaType
        self.role = role
        self.isForeign = isForeign
    }
}

/// How many contents Harbor's rows name, and what among them is no digest.
package struct NeedsSummary: Equatable, Sendable {
    /// Contents of role ``NeededBlob/Role/manifest``.
    package var manifests = 0
    /// Contents of role ``NeededBlob/Role/layer``.
    package var layers = 0
    /// Contents of role ``NeededBlob/Role/unreferenced`` that are not foreign.
    package var unreferenced = 0
    /// Foreign layers; they count here only.
    package var foreign = 0
    /// Rows whose digest is none.
    package var malformed = 0
    /// The first of them.
    package var malformedSamples: [MalformedDigest] = []

    /// An empty summary.
    package init() {}

    /// Samples that are kept.
    package static let sampleLimit = 100
}

/// A text in a column of digests that is no digest. A registry cannot hold such content, so nothing can be saved for it.
package struct MalformedDigest: Equatable, Sendable {
    /// The text, shortened to 200 characters.
    package let text: String
    /// Which rows have it.
    package let role: NeededBlob.Role

    /// States a finding.
    package init(text: String, role: NeededBlob.Role) {
        self.text = String(text.prefix(200))
        self.role = role
    }
}
