import HarborAPI
import OCIImage

/// The calls of a registry that removals need. Each throws `HarborAPIError` or `CancellationError`.
protocol ArtifactRemoving: Sendable {
    /// One artifact with its tags; nil where it does not exist.
    func artifact(_ repository: RepositoryName, _ reference: ArtifactReference) async throws -> APIArtifact?
    /// Deletes an artifact with all its tags and what belongs to it.
    func deleteArtifact(_ digest: Digest, in repository: RepositoryName) async throws
    /// Deletes one tag; the artifact stays.
    func deleteTag(_ tag: TagName, of digest: Digest, in repository: RepositoryName) async throws
}

extension HarborClient: ArtifactRemoving {}
