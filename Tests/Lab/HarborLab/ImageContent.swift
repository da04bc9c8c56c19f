import Foundation

/// The bytes of one artifact: manifest, config, layers.
struct ImageContent {
    /// The manifest as it is pushed; its bytes are what its digest names.
    let manifest: BlobContent
    /// Config and layers that are pushed too.
    let blobs: [BlobContent]
    /// All that the manifest refers to, in its order, foreign layers and children included.
    let references: [Descriptor]
    /// What Harbor calls the media type: the config's, or the index's own.
    let mediaType: String
    /// The `artifactType`, or else the media type.
    let artifactType: String
    /// What Harbor reads from an image's config.
    let attributes: String
    let annotations: [String: String]?

    /// An image in OCI's or Docker's clothes. Its layers come with their uncompressed digests.
    static func image(
        layers: [(blob: BlobContent, diffID: String)], foreign: [Descriptor] = [], architecture: String = "amd64", docker: Bool = false,
        created: String = "2026-01-01T00:00:00Z"
    ) throws -> ImageContent {
        let diffIDs = layers.map(\.diffID)
        let config = ImageConfig(
            architecture: architecture, config: .init(cmd: ["/bin/sh"], env: ["PATH=/usr/bin:/bin"]), created: created, os: "linux",
            rootfs: .init(diffIDs: diffIDs, type: "layers"))
        let configBlob = BlobContent(docker ? MediaType.dockerConfig : MediaType.config, try CanonicalJSON.encode(config))
        let attributes = ImageAttributes(architecture: architecture, author: "", config: config.config, created: created, os: "linux")
        return try manifest(
            docker ? MediaType.dockerManifest : MediaType.manifest, config: configBlob, layers: foreign + layers.map(\.blob.descriptor),
            blobs: layers.map(\.blob), attributes: String(decoding: CanonicalJSON.encode(attributes), as: UTF8.self))
    }

    /// Any artifact with one config and some layers.
    static func manifest(
        _ type: String = MediaType.manifest, config: BlobContent, layers: [Descriptor], blobs: [BlobContent], artifactType: String? = nil,
        attributes: String = "{}", annotations: [String: String]? = nil, algorithm: BlobContent.Algorithm = .sha256
    ) throws -> ImageContent {
        let document = ManifestDocument(
            schemaVersion: 2, mediaType: type, artifactType: artifactType, config: config.descriptor, layers: layers, manifests: nil,
            annotations: annotations)
        return ImageContent(
            manifest: BlobContent(type, try CanonicalJSON.encode(document), algorithm: algorithm), blobs: [config] + blobs,
            references: [config.descriptor] + layers, mediaType: config.mediaType, artifactType: artifactType ?? config.mediaType,
            attributes: attributes, annotations: annotations)
    }

    /// An index over `children`, which must be pushed before it.
    static func index(_ children: [Descriptor], docker: Bool = false) throws -> ImageContent {
        let type = docker ? MediaType.dockerList : MediaType.index
        let document = ManifestDocument(
            schemaVersion: 2, mediaType: type, artifactType: nil, config: nil, layers: nil, manifests: children, annotations: nil)
        return ImageContent(
            manifest: BlobContent(type, try CanonicalJSON.encode(document)), blobs: [], references: children, mediaType: type,
            artifactType: type, attributes: "null", annotations: nil)
    }

    /// The manifest's descriptor for use in an index.
    func descriptor(architecture: String) -> Descriptor {
        var descriptor = manifest.descriptor
        descriptor.platform = .init(architecture: architecture, os: "linux")
        return descriptor
    }

    private struct ManifestDocument: Encodable {
        let schemaVersion: Int
        let mediaType: String
        let artifactType: String?
        let config: Descriptor?
        let layers: [Descriptor]?
        let manifests: [Descriptor]?
        let annotations: [String: String]?
    }

    private struct ImageConfig: Encodable {
        struct Execution: Encodable {
            let cmd: [String]
            let env: [String]

            enum CodingKeys: String, CodingKey {
                case cmd = "Cmd"
                case env = "Env"
            }
        }

        struct RootFilesystem: Encodable {
            let diffIDs: [String]
            let type: String

            enum CodingKeys: String, CodingKey {
                case diffIDs = "diff_ids"
                case type
            }
        }

        let architecture: String
        let config: Execution
        let created: String
        let os: String
        let rootfs: RootFilesystem
    }

    private struct ImageAttributes: Encodable {
        let architecture: String
        let author: String
        let config: ImageConfig.Execution
        let created: String
        let os: String
    }
}
