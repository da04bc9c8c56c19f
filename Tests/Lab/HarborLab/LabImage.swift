/// One artifact of the lab, as it was pushed.
package struct LabImage: Codable, Equatable, Sendable {
    /// Why it is in the lab.
    package enum Kind: String, Codable, Sendable {
        case plain
        case dockerSchema2 = "docker_schema2"
        case index
        case child
        case signed
        case signature
        case shared
        case untagged
        case deepName = "deep_name"
        case artifact
        case foreignLayer = "foreign_layer"
        case schema1
        case sha512
        case proxyIndex = "proxy_index"
        case proxyChild = "proxy_child"
        case added
    }

    /// Why it is in the lab.
    package let kind: Kind
    /// The project's name.
    package let project: String
    /// The whole name, project first.
    package let repository: String
    /// Of the manifest, such as `sha256:...`.
    package let digest: String
    /// Of the manifest.
    package let mediaType: String
    /// In the database only: Harbor 2.15 writes no tags to the storage.
    package let tags: [String]
    /// Digests of config and layers that have a file; without the manifest's own.
    package let blobs: [String]
    /// Digests of the children of an index that are there.
    package let children: [String]

    /// One artifact of the lab.
    package init(
        kind: Kind, project: String, repository: String, digest: String, mediaType: String, tags: [String], blobs: [String],
        children: [String]
    ) {
        self.kind = kind
        self.project = project
        self.repository = repository
        self.digest = digest
        self.mediaType = mediaType
        self.tags = tags
        self.blobs = blobs
        self.children = children
    }
}
