import Retention

/// What a pattern is matched against, which no pattern of the wrong shape ever matches.
enum PatternSubject {
    /// Names without a slash.
    case projects
    /// Names with their project.
    case repositories
    /// Words without a slash.
    case tags

    /// Reads a pattern as Harbor writes them. Throws for one that cannot match anything here.
    func pattern(_ text: String) throws(MalformedValue) -> DoublestarPattern {
        let plain = try PlainValues.text(text)
        let pattern: DoublestarPattern
        do {
            pattern = try DoublestarPattern(parsing: plain)
        } catch {
            throw MalformedValue("is no pattern: \(error.problem)", hint: error.remedy)
        }
        switch self {
        case .projects where plain.contains("/"):
            throw MalformedValue("matches no project", hint: "name projects without what follows the '/'")
        case .repositories where plain != "**" && !plain.contains { $0 == "/" || $0 == "{" }:
            throw MalformedValue("matches no repository", hint: "repositories are named with their project: did you mean '\(plain)/**'?")
        case .tags where plain.contains("/"):
            throw MalformedValue("matches no tag", hint: "tags hold no '/'; 'repositories' tells where they are looked for")
        case .projects, .repositories, .tags: return pattern
        }
    }
}
