/// The manifest of one image or other artifact: Docker's schema 2 or OCI's.
package struct ImageManifest: Hashable, Sendable {
    /// Docker's or OCI's type.
    package let mediaType: String
    /// What an artifact is that is no image; nil for images.
    package let artifactType: String?
    /// The image's configuration; for an artifact often an empty object.
    package let config: Descriptor
    /// The layers from the base up.
    package let layers: [Descriptor]
    /// The manifest that this one says something about, such as a signature's image.
    package let subject: Descriptor?
    /// Texts by name.
    package let annotations: [String: String]

    /// Puts a manifest together.
    package init(
        mediaType: String, artifactType: String? = nil, config: Descriptor, layers: [Descriptor], subject: Descriptor? = nil,
        annotations: [String: String] = [:]
    ) {
        self.mediaType = mediaType
        self.artifactType = artifactType
        self.config = config
        self.layers = layers
        self.subject = subject
        self.annotations = annotations
    }
}
