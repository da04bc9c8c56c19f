package import Foundation
package import OCIImage

/// An artifact: an image, an index or something else with a manifest.
package struct APIArtifact: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The manifest's digest.
    package let digest: Digest
    /// Such as `IMAGE` or `CHART`.
    package let type: String
    /// Bytes of manifest, configuration and layers.
    package let size: Int64
    /// When it first came; nil where Harbor does not say.
    package let pushed: Date?
    /// When it was last pulled; nil for never.
    package let pulled: Date?
    /// Its tags; none for an untagged one.
    package let tags: [APITag]
    /// Names of the labels attached to it.
    package let labels: [String]
    /// An index's children.
    package let references: [Digest]
    /// The last scan for vulnerabilities; nil where there was none, or none is possible.
    package let scan: ScanOverview?

    /// An artifact.
    package init(
        id: Int64, digest: Digest, type: String, size: Int64, pushed: Date?, pulled: Date?, tags: [APITag], labels: [String],
        references: [Digest], scan: ScanOverview?
    ) {
        self.id = id
        self.digest = digest
        self.type = type
        self.size = size
        self.pushed = pushed
        self.pulled = pulled
        self.tags = tags
        self.labels = labels
        self.references = references
        self.scan = scan
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        digest = try answer.digest("digest")
        type = try answer.text("type") ?? ""
        size = try answer.integer("size")
        pushed = try answer.time("push_time")
        pulled = try answer.time("pull_time")
        tags = try answer.objects("tags").map(APITag.init)
        labels = try answer.objects("labels").compactMap { try $0.text("name") }
        references = try answer.objects("references").map { try $0.digest("child_digest") }
        scan = try answer.object("scan_overview").flatMap(ScanOverview.init)
    }
}
