import OCIImage

/// A repository's name as Harbor's API divides it.
struct HarborRepository {
    let project: String
    /// The name without the project; it may hold slashes.
    let name: String

    /// Throws `malformed` for a name without a project.
    init(_ repository: RepositoryName) throws {
        let text = repository.description
        guard let slash = text.firstIndex(of: "/") else {
            throw HarborAPIError(
                .malformed, "repository '\(text)' belongs to no project", remedy: "write it as project/repository")
        }
        project = String(text[..<slash])
        name = String(text[text.index(after: slash)...])
    }
}
