package import OCIImage

/// What becomes of the artifacts of one repository.
package struct RepositoryVerdict: Sendable, Equatable {
    /// How a class fared; tags, or artifacts for a class of the untagged.
    package struct ClassCount: Sendable, Equatable {
        /// The class.
        package let name: String
        /// Those that the class keeps.
        package var kept: Int
        /// Those that it keeps no longer, whatever else keeps them.
        package var expendable: Int

        /// States a count.
        package init(name: String, kept: Int = 0, expendable: Int = 0) {
            self.name = name
            self.kept = kept
            self.expendable = expendable
        }
    }

    /// The repository's row.
    package let id: Int64
    /// With the project in front.
    package let repository: RepositoryName
    /// One for each artifact, in the repository's order.
    package let decisions: [ArtifactDecision]
    /// One for each class, in the configuration's order.
    package let classes: [ClassCount]
    /// Tags, and artifacts without a tag, that no class is about.
    package let unclassified: Int
    /// There are artifacts, and none stays.
    package let isEmptied: Bool

    /// States a verdict.
    package init(
        id: Int64, repository: RepositoryName, decisions: [ArtifactDecision], classes: [ClassCount], unclassified: Int
    ) {
        self.id = id
        self.repository = repository
        self.decisions = decisions
        self.classes = classes
        self.unclassified = unclassified
        isEmptied = !decisions.isEmpty && decisions.allSatisfy(\.isRemoval)
    }
}
