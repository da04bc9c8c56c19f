package import HarborDatabase

/// The tags that Harbor refuses to delete.
///
/// Of each rule the first tag selector and the first repository selector count; a rule without either protects nothing.
package struct ImmutabilityRules: Sendable {
    private struct Rule {
        let tag: HarborSelector
        let repository: HarborSelector
    }

    /// A rule that cannot be read: everything in its project has to stay.
    package struct Fault: Equatable, Sendable {
        /// The rule's row.
        package let rule: Int64
        /// The project's row.
        package let project: Int64
        /// What is wrong.
        package let error: RetentionError
    }

    private var rules: [Int64: [Rule]] = [:]
    /// The rules that cannot be read.
    package private(set) var faults: [Fault] = []

    /// Reads the rules that are enabled: whether one is stands in its row alone, its JSON may be older.
    package init(_ rows: [StoredRule]) {
        for row in rows {
            do {
                if let rule = try Self.rule(row) { rules[row.projectID, default: []].append(rule) }
            } catch {
                faults.append(Fault(rule: row.id, project: row.projectID, error: error))
            }
        }
    }

    private static func rule(_ row: StoredRule) throws(RetentionError) -> Rule? {
        let document = try HarborRuleDocument.read(row.json, as: HarborRuleDocument.Rule.self)
        guard let repository = document.scopeSelectors?["repository"]?.first, let tag = document.tagSelectors?.first else { return nil }
        return Rule(tag: try tag.selector(ignoringExtras: true), repository: try repository.selector(ignoringExtras: true))
    }

    /// For each artifact, in the repository's order, whether a tag of it is immutable. Rules that exclude a pattern protect
    /// artifacts without a tag too, as in Harbor's retention. Throws `malformedPattern` where a pattern breaks on a name.
    package func protects(_ repository: StoredRepository) throws(RetentionError) -> [Bool] {
        try protectedTags(in: repository, RepositoryNames(repository)).map { $0 != nil }
    }

    /// For each artifact nil, or the place of the tag that is immutable: -1 stands for none that has a name.
    func protectedTags(in repository: StoredRepository, _ names: RepositoryNames) throws(RetentionError) -> [Int?] {
        var found = [Int?](repeating: nil, count: repository.artifacts.count)
        // Harbor asks without the project's name, so that selectors of projects never hold.
        var candidate = HarborSelector.Candidate(project: PatternName(""), repository: names.inProject, tags: [])
        for rule in rules[repository.projectID] ?? [] where try rule.repository.selects(candidate) {
            for place in found.indices where found[place] == nil {
                candidate.tags = []
                if names.tags[place].isEmpty, try rule.tag.selects(candidate) { found[place] = -1 }
                for (tag, name) in names.tags[place].enumerated() where found[place] == nil {
                    candidate.tags = [name]
                    if try rule.tag.selects(candidate) { found[place] = tag }
                }
            }
            candidate.tags = []
        }
        return found
    }
}
