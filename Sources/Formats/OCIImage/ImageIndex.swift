/// A list of manifests, usually one for each platform: Docker's manifest list or OCI's index.
package struct ImageIndex: Hashable, Sendable {
    /// Docker's or OCI's type.
    package let mediaType: String
    /// What the index is of if not of images.
    package let artifactType: String?
    /// The children, in the order of the index.
    package let manifests: [Descriptor]
    /// The manifest that this one says something about.
    package let subject: Descriptor?
    /// Texts by name.
    package let annotations: [String: String]

    /// Puts an index together.
    package init(
        mediaType: String, artifactType: String? = nil, manifests: [Descriptor], subject: Descriptor? = nil,
        annotations: [String: String] = [:]
    ) {
        self.mediaType = mediaType
        self.artifactType = artifactType
        self.manifests = manifests
        self.subject = subject
        self.annotations = annotations
    }
}
