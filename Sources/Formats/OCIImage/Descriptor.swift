/// A manifest's pointer to another content.
package struct Descriptor: Hashable, Sendable {
    /// Which machine an image is for.
    package struct Platform: Hashable, Sendable {
        /// Such as `amd64`; empty where the manifest does not say.
        package let architecture: String
        /// Such as `linux`; empty where the manifest does not say.
        package let os: String
        /// The least version of Windows.
        package let osVersion: String?
        /// Which kind of the architecture, such as `v8`.
        package let variant: String?

        /// Names a machine, such as `arm64`, `linux`, no version, `v8`.
        package init(architecture: String, os: String, osVersion: String? = nil, variant: String? = nil) {
            self.architecture = architecture
            self.os = os
            self.osVersion = osVersion
            self.variant = variant
        }
    }

    /// What the content is, in the manifest's words.
    package let mediaType: String
    /// The content's name.
    package let digest: Digest
    /// Bytes, not negative.
    package let size: Int64
    /// Where else the content can be fetched; foreign layers have some.
    package let urls: [String]
    /// Texts by name, as the client wrote them.
    package let annotations: [String: String]
    /// Given for the children of an index.
    package let platform: Platform?
    /// What the content is if it is no image.
    package let artifactType: String?

    /// Points to content that is known in every detail.
    package init(
        mediaType: String, digest: Digest, size: Int64, urls: [String] = [], annotations: [String: String] = [:],
        platform: Platform? = nil, artifactType: String? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.urls = urls
        self.annotations = annotations
        self.platform = platform
        self.artifactType = artifactType
    }
}

extension Descriptor {
    init(from cursor: inout JSONCursor) throws(OCIError) {
        var mediaType: String?
        var digest: Digest?
        var size: Int64?
        var urls: [String] = []
        var annotations: [String: String] = [:]
        var platform: Platform?
        var artifactType: String?
        let known = ["mediaType", "digest", "size", "urls", "annotations", "platform", "artifactType"]
        try cursor.members(known) { cursor, name throws(OCIError) in
            guard !cursor.takesNull() else { return }
            switch name {
            case "mediaType": mediaType = try cursor.string()
            case "digest": digest = try Digest(parsing: cursor.string())
            case "size": size = try cursor.integer()
            case "urls": urls = try cursor.strings()
            case "annotations": annotations = try cursor.stringsByName()
            case "platform": platform = try Platform(from: &cursor)
            default: artifactType = try cursor.string()
            }
        }
        guard let mediaType, let digest, let size else { throw cursor.failure("a descriptor lacks mediaType, digest or size") }
        guard size >= 0 else { throw cursor.failure("the size of \(digest) is negative") }
        self.init(
            mediaType: mediaType, digest: digest, size: size, urls: urls, annotations: annotations, platform: platform,
            artifactType: artifactType)
    }

    /// Reads a list of descriptors.
    static func list(from cursor: inout JSONCursor) throws(OCIError) -> [Descriptor] {
        var list: [Descriptor] = []
        try cursor.elements { cursor throws(OCIError) in list.append(try Descriptor(from: &cursor)) }
        return list
    }
}

extension Descriptor.Platform {
    init(from cursor: inout JSONCursor) throws(OCIError) {
        var values: [String: String] = [:]
        try cursor.members(["architecture", "os", "os.version", "variant"]) { cursor, name throws(OCIError) in
            if !cursor.takesNull() { values[name] = try cursor.string() }
        }
        self.init(
            architecture: values["architecture"] ?? "", os: values["os"] ?? "", osVersion: values["os.version"], variant: values["variant"])
    }
}

extension JSONCursor {
    /// Reads an array of strings.
    mutating func strings() throws(OCIError) -> [String] {
        var list: [String] = []
        try elements { cursor throws(OCIError) in list.append(try cursor.string()) }
        return list
    }

    /// Reads an object whose members are all strings.
    mutating func stringsByName() throws(OCIError) -> [String: String] {
        var values: [String: String] = [:]
        try everyMember { cursor, name throws(OCIError) in values[name] = try cursor.string() }
        return values
    }
}
