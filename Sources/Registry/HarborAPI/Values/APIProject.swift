/// A project.
package struct APIProject: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// Its name, the first part of its repositories' names.
    package let name: String
    /// Whether it only keeps copies of another registry's images.
    package let isProxyCache: Bool
    /// How many repositories it holds.
    package let repositoryCount: Int64
    /// Settings as texts, such as `public` and `prevent_vul`; what is absent has its default.
    package let metadata: [String: String]

    /// A project.
    package init(id: Int64, name: String, isProxyCache: Bool, repositoryCount: Int64, metadata: [String: String]) {
        self.id = id
        self.name = name
        self.isProxyCache = isProxyCache
        self.repositoryCount = repositoryCount
        self.metadata = metadata
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("project_id")
        name = try answer.requiredText("name")
        isProxyCache = try answer.integer("registry_id") != 0
        repositoryCount = try answer.integer("repo_count")
        metadata = try answer.texts("metadata")
    }
}
