/// The media types by which registries tell contents apart.
package enum MediaType {
    /// An image, Docker's schema 2.
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    /// An index, Docker's schema 2.
    package static let dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
    /// An image, Docker's schema 1 without signatures.
    package static let dockerSchema1 = "application/vnd.docker.distribution.manifest.v1+json"
    /// An image, Docker's schema 1 with signatures.
    package static let dockerSignedSchema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    /// An image's configuration, Docker's.
    package static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    /// A layer, Docker's.
    package static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    /// A layer that is fetched elsewhere, Docker's: base layers of Windows.
    package static let dockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    /// An image or artifact, OCI's.
    package static let ociManifest = "application/vnd.oci.image.manifest.v1+json"
    /// An index, OCI's.
    package static let ociIndex = "application/vnd.oci.image.index.v1+json"
    /// An image's configuration, OCI's.
    package static let ociConfig = "application/vnd.oci.image.config.v1+json"
    /// A layer, OCI's, compressed with gzip.
    package static let ociLayer = "application/vnd.oci.image.layer.v1.tar+gzip"
    /// The empty object, in place of a configuration.
    package static let ociEmpty = "application/vnd.oci.empty.v1+json"

    /// What a foreign layer's media type begins with: these contents are fetched elsewhere, and a registry need not hold them.
    package static let foreignLayerPrefixes = [
        "application/vnd.docker.image.rootfs.foreign.", "application/vnd.oci.image.layer.nondistributable.",
    ]

    /// Whether content of this type names other contents: an image manifest or an index, of any generation.
    package static func isManifest(_ mediaType: String) -> Bool {
        [dockerManifest, dockerManifestList, dockerSchema1, dockerSignedSchema1, ociManifest, ociIndex].contains(essence(of: mediaType))
    }

    /// Whether a layer of this type may be absent from the registry.
    package static func isForeignLayer(_ mediaType: String) -> Bool {
        let type = essence(of: mediaType)
        return foreignLayerPrefixes.contains { type.hasPrefix($0) }
    }

    /// The type without parameters such as `; charset=utf-8`.
    static func essence(of mediaType: String) -> String {
        let type = mediaType.prefix { $0 != ";" }.filter { !$0.isWhitespace }
        return type.lowercased()
    }
}
