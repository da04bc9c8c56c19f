package import OCIImage

/// A repository.
package struct APIRepository: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// The whole name, its project's included.
    package let name: RepositoryName
    /// How many artifacts it holds, children of indexes included.
    package let artifactCount: Int64

    /// A repository.
    package init(id: Int64, name: RepositoryName, artifactCount: Int64) {
        self.id = id
        self.name = name
        self.artifactCount = artifactCount
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        let text = try answer.requiredText("name")
        do {
            name = try RepositoryName(parsing: text)
        } catch {
            throw answer.operation.unexpected("member 'name' is no repository: \(error.problem)")
        }
        artifactCount = try answer.integer("artifact_count")
    }
}
