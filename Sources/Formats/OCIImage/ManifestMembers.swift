/// What stands at the top of a manifest, before it is known which kind it is.
struct ManifestMembers {
    private var schemaVersion: Int64?
    private var mediaType: String?
    private var artifactType: String?
    private var config: Descriptor?
    private var layers: [Descriptor]?
    private var manifests: [Descriptor]?
    private var subject: Descriptor?
    private var annotations: [String: String] = [:]
    private var schema1Layers: [Digest]?
    private var name = ""
    private var tag = ""
    private var architecture = ""
    private var isSigned = false

    private static let known = [
        "schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations", "fsLayers", "name", "tag",
        "architecture", "signatures",
    ]

    init(parsing bytes: [UInt8]) throws(OCIError) {
        var cursor = JSONCursor(bytes)
        // A local copy, since a closure cannot capture self before it is whole.
        var found = ManifestMembers()
        try cursor.members(Self.known) { cursor, name throws(OCIError) in try found.take(name, from: &cursor) }
        try cursor.finish()
        self = found
    }

    private init() {}

    private mutating func take(_ member: String, from cursor: inout JSONCursor) throws(OCIError) {
        // Go writes an empty list as null.
        guard !cursor.takesNull() else { return }
        switch member {
        case "schemaVersion": schemaVersion = try cursor.integer()
        case "mediaType": mediaType = try cursor.string()
        case "artifactType": artifactType = try cursor.string()
        case "config": config = try Descriptor(from: &cursor)
        case "layers": layers = try Descriptor.list(from: &cursor)
        case "manifests": manifests = try Descriptor.list(from: &cursor)
        case "subject": subject = try Descriptor(from: &cursor)
        case "annotations": annotations = try cursor.stringsByName()
        case "fsLayers": schema1Layers = try Self.schema1Layers(from: &cursor)
        case "name": name = try cursor.string()
        case "tag": tag = try cursor.string()
        case "architecture": architecture = try cursor.string()
        default:
            try cursor.elements { cursor throws(OCIError) in
                isSigned = true
                try cursor.skipValue()
            }
        }
    }

    private static func schema1Layers(from cursor: inout JSONCursor) throws(OCIError) -> [Digest] {
        var layers: [Digest] = []
        try cursor.elements { cursor throws(OCIError) in
            var digest: Digest?
            try cursor.members(["blobSum"]) { cursor, _ throws(OCIError) in digest = try Digest(parsing: cursor.string()) }
            guard let digest else { throw cursor.failure("a layer lacks its blobSum") }
            layers.append(digest)
        }
        return layers
    }

    /// Which document these members make.
    func document(mediaType given: String?) throws(OCIError) -> ManifestDocument {
        let inside = mediaType.map(MediaType.essence(of:))
        let outside = given.map(MediaType.essence(of:))
        if let inside, let outside, inside != outside {
            throw Self.unsupported("the manifest calls itself \(OCIError.quoted(inside)), but it is kept as \(OCIError.quoted(outside))")
        }
        guard [config != nil || layers != nil, manifests != nil, schema1Layers != nil].count(where: { $0 }) <= 1 else {
            throw Self.unsupported("the manifest is of several kinds at once")
        }
        switch outside ?? inside {
        case MediaType.dockerManifest, MediaType.ociManifest: return .image(try image(outside ?? inside))
        case MediaType.dockerManifestList, MediaType.ociIndex: return .index(try index(outside ?? inside))
        case MediaType.dockerSchema1, MediaType.dockerSignedSchema1: return .schema1(try schema1())
        case let other?: throw Self.unsupported("\(OCIError.quoted(other)) is not the type of a manifest")
        case nil: break
        }
        if schema1Layers != nil { return .schema1(try schema1()) }
        if manifests != nil { return .index(try index(nil)) }
        return .image(try image(nil))
    }

    private func image(_ mediaType: String?) throws(OCIError) -> ImageManifest {
        guard schemaVersion == 2 else { throw Self.malformed("schemaVersion is not 2") }
        guard let config else { throw Self.malformed("an image manifest lacks its config") }
        // A list may be empty or null: artifacts exist that have a config only.
        return ImageManifest(
            mediaType: mediaType ?? MediaType.ociManifest, artifactType: artifactType, config: config, layers: layers ?? [],
            subject: subject,
            annotations: annotations)
    }

    private func index(_ mediaType: String?) throws(OCIError) -> ImageIndex {
        guard schemaVersion == 2 else { throw Self.malformed("schemaVersion is not 2") }
        guard config == nil, layers == nil else { throw Self.malformed("an index has config or layers") }
        return ImageIndex(
            mediaType: mediaType ?? MediaType.ociIndex, artifactType: artifactType, manifests: manifests ?? [], subject: subject,
            annotations: annotations)
    }

    private func schema1() throws(OCIError) -> Schema1Manifest {
        guard schemaVersion == 1 else { throw Self.malformed("schemaVersion is not 1") }
        guard let schema1Layers else { throw Self.malformed("a schema 1 manifest lacks fsLayers") }
        return Schema1Manifest(name: name, tag: tag, architecture: architecture, layers: schema1Layers, isSigned: isSigned)
    }

    private static func malformed(_ problem: String) -> OCIError {
        OCIError(
            .malformedManifest, problem, remedy: "compare its bytes with its digest; if they agree, the client that pushed it is at fault")
    }

    private static func unsupported(_ problem: String) -> OCIError {
        OCIError(.unsupportedManifest, problem, remedy: "look at the artifact in Harbor: a client may pull something else than was scanned")
    }
}
