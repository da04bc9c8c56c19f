/// Docker's first manifest format: the name and tag inside, layers without sizes, no config of its own.
///
/// A registry stores the payload without its signatures and names that by digest; with signatures it is what a client sent.
package struct Schema1Manifest: Hashable, Sendable {
    /// The repository that it was made for.
    package let name: String
    /// The tag that it was made for.
    package let tag: String
    /// Such as `amd64`.
    package let architecture: String
    /// The layers from the newest down to the base; one digest (that of an empty layer) often stands here many times.
    package let layers: [Digest]
    /// Whether signatures are attached; nobody here verifies them.
    package let isSigned: Bool

    /// Puts a manifest together.
    package init(name: String, tag: String, architecture: String, layers: [Digest], isSigned: Bool) {
        self.name = name
        self.tag = tag
        self.architecture = architecture
        self.layers = layers
        self.isSigned = isSigned
    }
}
