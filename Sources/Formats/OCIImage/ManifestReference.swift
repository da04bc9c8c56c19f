/// One content that a manifest needs or points to.
package struct ManifestReference: Hashable, Sendable {
    /// What the content is to the manifest.
    package enum Kind: String, Sendable {
        case config, layer
        /// A manifest in an index.
        case child
        /// The manifest that this one is about; it may be absent, and does not belong to this one's closure.
        case subject
    }

    /// The content's name.
    package let digest: Digest
    /// Bytes; nil where the manifest does not say (schema 1).
    package let size: Int64?
    /// What the content is to the manifest.
    package let kind: Kind
    /// Whether a registry may lack the content because it is fetched elsewhere.
    package let isForeign: Bool

    /// Points to a content.
    package init(digest: Digest, size: Int64?, kind: Kind, isForeign: Bool) {
        self.digest = digest
        self.size = size
        self.kind = kind
        self.isForeign = isForeign
    }

    init(_ descriptor: Descriptor, kind: Kind) {
        self.init(
            digest: descriptor.digest, size: descriptor.size, kind: kind,
            isForeign: kind == .layer && MediaType.isForeignLayer(descriptor.mediaType))
    }
}
