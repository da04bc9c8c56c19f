/// One selector of a rule of Harbor's: a pattern and what it is held against.
struct HarborSelector: Equatable, Sendable {
    /// What the pattern is held against, and whether it must match.
    enum Decoration: String, Sendable {
        case matches, excludes
        case repositoryMatches = "repoMatches"
        case repositoryExcludes = "repoExcludes"
        case projectMatches = "nsMatches"
        case projectExcludes = "nsExcludes"
    }

    /// What a rule knows of an artifact or a repository.
    struct Candidate {
        /// The project's name.
        var project: PatternName
        /// The name without the project.
        var repository: PatternName
        var tags: [PatternName]
    }

    let decoration: Decoration
    let pattern: DoublestarPattern
    /// Of tag selectors: `matches` takes artifacts without a tag, `excludes` leaves them out.
    let untagged: Bool

    /// Whether the candidate is selected; throws `malformedPattern` where the pattern breaks on a name, as Harbor's job does then.
    func selects(_ candidate: Candidate) throws(RetentionError) -> Bool {
        switch decoration {
        case .matches: return try selectsByTag(candidate, whereMatching: true, untagged: untagged)
        // One tag that differs is enough.
        case .excludes: return try selectsByTag(candidate, whereMatching: false, untagged: !untagged)
        case .repositoryMatches: return try selects(candidate.repository, whereMatching: true)
        case .repositoryExcludes: return try selects(candidate.repository, whereMatching: false)
        case .projectMatches: return try selects(candidate.project, whereMatching: true)
        case .projectExcludes: return try selects(candidate.project, whereMatching: false)
        }
    }

    private func selects(_ name: PatternName, whereMatching wanted: Bool) throws(RetentionError) -> Bool {
        guard !name.scalars.isEmpty else { return false }
        return try matches(name) == wanted
    }

    private func selectsByTag(_ candidate: Candidate, whereMatching wanted: Bool, untagged: Bool) throws(RetentionError) -> Bool {
        if candidate.tags.isEmpty { return untagged }
        for tag in candidate.tags where try matches(tag) == wanted { return true }
        return false
    }

    private func matches(_ name: PatternName) throws(RetentionError) -> Bool {
        switch pattern.verdict(on: name) {
        case .matches: return true
        case .differs: return false
        case .fails:
            throw RetentionError(
                .malformedPattern, "pattern '\(pattern)' breaks on a name that ends before its alternatives",
                remedy: "write the alternatives with a / as patterns of their own")
        }
    }
}
