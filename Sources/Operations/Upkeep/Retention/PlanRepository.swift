package import OCIImage

/// The line of a plan that sums up one repository; its artifacts follow it.
package struct PlanRepository: Codable, Sendable, Equatable {
    private enum CodingKeys: String, CodingKey {
        case repository, artifacts, tags, removed
        case removedTags = "removed_tags"
        case isEmptied = "emptied"
        case freedBlobs = "freed_blobs"
        case freedBytes = "freed_bytes"
    }

    /// With the project.
    package let repository: RepositoryName
    /// Artifacts, those in indexes and accessories among them.
    package var artifacts = 0
    /// Tags of all of them.
    package var tags = 0
    /// Artifacts that go.
    package var removed = 0
    /// Tags that go, with their artifact or alone.
    package var removedTags = 0
    /// No artifact stays.
    package var isEmptied = false
    /// Contents that nothing else needs once this repository's removals are done.
    package var freedBlobs = 0
    /// Their bytes.
    package var freedBytes: Int64 = 0

    init(_ repository: RepositoryName) { self.repository = repository }
}
