internal import Foundation
package import OCIImage

/// One artifact as an inventory lists it: a JSON object of these members and `"kind": "artifact"`.
package struct InventoryArtifact: Codable, Hashable, Sendable {
    /// A signature, an SBOM or the like that belongs to an artifact of the same repository.
    package struct Accessory: Codable, Hashable, Sendable {
        /// The accessory's manifest.
        package let digest: Digest
        /// Harbor's kind, such as `signature.cosign`.
        package let type: String

        /// Names an accessory.
        package init(digest: Digest, type: String) {
            self.digest = digest
            self.type = type
        }
    }

    /// Where the artifact is.
    package let repository: RepositoryName
    /// The artifact's manifest.
    package let digest: Digest
    /// Harbor's kind, such as `IMAGE` or `CHART`.
    package let type: String
    /// The media type of the config.
    package let mediaType: String
    /// The media type of the manifest.
    package let manifestMediaType: String
    /// Bytes of manifest and contents together; nil where Harbor noted none.
    package let size: Int64?
    /// RFC 3339 in UTC; nil where Harbor noted none.
    package let pushTime: String?
    /// In the order of their bytes, as are all lists.
    package let tags: [TagName]
    /// The manifests of an index that exist.
    package let children: [Digest]
    /// What was attached to the artifact.
    package let accessories: [Accessory]
    /// The artifact that this one is an accessory of.
    package let subject: Digest?
    /// Every content that the artifact needs, its own manifest among them; foreign layers and absent children of a proxy cache left out.
    package let blobs: [Digest]

    /// Lists an artifact.
    package init(
        repository: RepositoryName, digest: Digest, type: String, mediaType: String, manifestMediaType: String, size: Int64?,
        pushTime: String?,
        tags: [TagName], children: [Digest], accessories: [Accessory], subject: Digest?, blobs: [Digest]
    ) {
        self.repository = repository
        self.digest = digest
        self.type = type
        self.mediaType = mediaType
        self.manifestMediaType = manifestMediaType
        self.size = size
        self.pushTime = pushTime
        self.tags = tags
        self.children = children
        self.accessories = accessories
        self.subject = subject
        self.blobs = blobs
    }

    enum CodingKeys: String, CodingKey {
        case repository, digest, type, size, tags, children, accessories, subject, blobs
        case mediaType = "media_type"
        case manifestMediaType = "manifest_media_type"
        case pushTime = "push_time"
    }
}

/// One project as an inventory lists it: a JSON object of these members and `"kind": "project"`.
package struct InventoryProject: Codable, Hashable, Sendable {
    /// The name, as in the first component of its repositories.
    package let name: String
    /// Harbor keeps the rows of deleted projects under another name.
    package let deleted: Bool

    /// Lists a project.
    package init(name: String, deleted: Bool) {
        self.name = name
        self.deleted = deleted
    }
}

/// One line of an inventory that ``HarborDatabase/inventory(onLine:)`` made.
package enum InventoryLine: Hashable, Sendable {
    case project(InventoryProject)
    case artifact(InventoryArtifact)
    /// A line of another kind, written by somebody else or by a later version.
    case other(kind: String)

    private struct Kind: Decodable { let kind: String }

    /// Reads a line, with or without its line end. Throws ``HarborDatabaseError`` `malformedInventory`.
    package init(parsing line: some Sequence<UInt8>) throws(HarborDatabaseError) {
        let data = Data(line)
        do {
            let decoder = JSONDecoder()
            switch try decoder.decode(Kind.self, from: data).kind {
            case "project": self = .project(try decoder.decode(InventoryProject.self, from: data))
            case "artifact": self = .artifact(try decoder.decode(InventoryArtifact.self, from: data))
            case let kind: self = .other(kind: kind)
            }
        } catch {
            let start = String(decoding: data.prefix(200), as: UTF8.self).filter { !$0.isNewline }
            throw HarborDatabaseError(
                .malformedInventory, "a line of the inventory cannot be read: \(start)", remedy: "verify the snapshot that it comes from")
        }
    }
}

/// How much an inventory lists.
package struct InventoryCounts: Equatable, Sendable {
    /// Lines of projects.
    package var projects = 0
    /// Lines of artifacts.
    package var artifacts = 0

    /// States counts.
    package init(projects: Int = 0, artifacts: Int = 0) {
        self.projects = projects
        self.artifacts = artifacts
    }
}
