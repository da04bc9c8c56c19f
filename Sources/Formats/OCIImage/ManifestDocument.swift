/// A parsed manifest of any kind that a registry stores.
package enum ManifestDocument: Hashable, Sendable {
    case image(ImageManifest)
    case index(ImageIndex)
    case schema1(Schema1Manifest)

    /// Bytes that a registry accepts as one manifest.
    package static let sizeLimit = 4 << 20

    /// Parses a manifest, judged by `mediaType` (what the registry or Harbor's row says) or, without one, by the document itself.
    ///
    /// Unknown members are ignored. Throws `tooLarge`, `malformedManifest`, or `unsupportedManifest` for a type that is no manifest, for
    /// a document that is not what `mediaType` says, and for one that is an image and an index at once (CVE-2021-41190).
    package init(parsing bytes: [UInt8], mediaType: String?) throws(OCIError) {
        guard bytes.count <= Self.sizeLimit else {
            throw OCIError(
                .tooLarge, "a manifest of \(bytes.count) bytes is over the limit of \(Self.sizeLimit)",
                remedy: "look at the artifact: no registry accepts such a manifest")
        }
        let members = try ManifestMembers(parsing: bytes)
        self = try members.document(mediaType: mediaType)
    }

    /// Every content that the manifest names, each once a kind: config, layers, children, then the subject.
    package var references: [ManifestReference] {
        let all: [ManifestReference]
        switch self {
        case .image(let manifest):
            all =
                [ManifestReference(manifest.config, kind: .config)]
                + manifest.layers.map { ManifestReference($0, kind: .layer) }
                + [manifest.subject].compactMap { $0 }.map { ManifestReference($0, kind: .subject) }
        case .index(let index):
            all =
                index.manifests.map { ManifestReference($0, kind: .child) }
                + [index.subject].compactMap { $0 }.map { ManifestReference($0, kind: .subject) }
        case .schema1(let manifest):
            all = manifest.layers.map { ManifestReference(digest: $0, size: nil, kind: .layer, isForeign: false) }
        }
        var seen: [ManifestReference.Kind: Set<Digest>] = [:]
        return all.filter { seen[$0.kind, default: []].insert($0.digest).inserted }
    }
}
