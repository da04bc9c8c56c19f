import HarborDatabase
import OCIImage

/// The names of a repository that patterns are held against, taken apart once.
struct RepositoryNames {
    /// The project's.
    let project: PatternName
    /// With the project.
    let full: PatternName
    /// Without the project.
    let inProject: PatternName
    /// The tags of each artifact, in the repository's order.
    let tags: [[PatternName]]

    init(_ repository: StoredRepository) {
        project = PatternName(repository.project)
        full = PatternName(repository.name.description)
        inProject = PatternName(repository.nameInProject)
        tags = repository.artifacts.map { artifact in artifact.tags.map { PatternName($0.name.description) } }
    }
}
