/// How much ``HarborDatabase/repositories(onRepository:)`` handed out, and what it left out.
///
/// What is left out is no candidate for a removal: nobody can say what it is.
package struct RepositoriesSummary: Sendable, Equatable {
    /// Repositories handed out, empty ones too.
    package var repositories = 0
    /// Artifacts handed out.
    package var artifacts = 0
    /// Tags handed out.
    package var tags = 0
    /// Repositories whose name no registry could hold, or does not begin with the project's; their artifacts count below.
    package var malformedRepositories = 0
    /// Artifacts left out: of such a repository, or with a digest, a tag or a subject's digest that no registry could hold, or without
    /// a time of their push.
    package var malformedArtifacts = 0
    /// Where the first of them are: repository and digest as stored.
    package var malformedSamples: [String] = []

    /// Samples that are kept.
    package static let sampleLimit = 100

    /// An empty summary.
    package init() {}
}
