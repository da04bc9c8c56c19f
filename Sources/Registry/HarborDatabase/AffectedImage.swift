package import OCIImage

/// An artifact that cannot be pulled whole because contents are missing or rotten.
package struct AffectedImage: Hashable, Sendable {
    /// Where it is.
    package let repository: RepositoryName
    /// The artifact's own digest.
    package let digest: Digest
    /// Its tags, in order; none where only an index or a digest leads to it.
    package let tags: [TagName]
    /// Which of the contents it needs, in order.
    package let digests: [Digest]

    /// Names an image.
    package init(repository: RepositoryName, digest: Digest, tags: [TagName], digests: [Digest]) {
        self.repository = repository
        self.digest = digest
        self.tags = tags
        self.digests = digests
    }
}
