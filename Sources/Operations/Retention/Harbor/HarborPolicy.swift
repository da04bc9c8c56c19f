package import Foundation
package import HarborDatabase

/// The retention policy of a project, as it stands in Harbor.
///
/// A repository that no enabled rule selects is left alone. In the others everything goes that no rule retains; rules without a tag
/// selector retain nothing and are not evaluated, and a repository that only such rules select is left alone too.
package struct HarborPolicy: Equatable, Sendable {
    struct Rule: Equatable, Sendable {
        let template: RetentionTemplate
        let tagSelectors: [HarborSelector]
        let repositorySelectors: [HarborSelector]
    }

    /// What the policy says of a repository.
    package enum Judgement: Equatable, Sendable {
        /// It leaves the repository alone.
        case silent
        /// For each artifact, in the repository's order: retained or not; nil for what Harbor does not judge, which are accessories
        /// and artifacts without a tag in an index.
        case judged([Bool?])
    }

    /// The row.
    package let id: Int64
    /// The project's row.
    package let projectID: Int64
    /// The enabled ones.
    let rules: [Rule]

    /// Reads a policy; throws `malformedRule`, `malformedPattern`, `oversizedPattern`, or `unknownRule` for a template, selector,
    /// action, algorithm or scope that this opsd does not know. Rules that are disabled are not looked at, as in Harbor.
    package init(parsing row: StoredRule) throws(RetentionError) {
        id = row.id
        projectID = row.projectID
        let document = try HarborRuleDocument.read(row.json, as: HarborRuleDocument.self)
        let enabled = (document.rules ?? []).filter { $0.disabled != true }
        guard !enabled.isEmpty else {
            rules = []
            return
        }
        guard document.algorithm == "or" else { throw HarborRuleDocument.Selector.unknown("algorithm", document.algorithm) }
        guard document.scope?.level == "project" else { throw HarborRuleDocument.Selector.unknown("scope", document.scope?.level) }
        var rules: [Rule] = []
        for rule in enabled {
            guard rule.action == "retain" else { throw HarborRuleDocument.Selector.unknown("action", rule.action) }
            var (tags, repositories): ([HarborSelector], [HarborSelector]) = ([], [])
            for selector in rule.tagSelectors ?? [] { tags.append(try selector.selector()) }
            for selector in rule.scopeSelectors?["repository"] ?? [] { repositories.append(try selector.selector()) }
            rules.append(Rule(template: try RetentionTemplate(rule), tagSelectors: tags, repositorySelectors: repositories))
        }
        self.rules = rules
    }

    /// Judges a repository of the project; throws `malformedPattern` where a pattern breaks on one of its names: Harbor deletes
    /// nothing then.
    package func judgement(of repository: StoredRepository, now: Date) throws(RetentionError) -> Judgement {
        try judgement(of: repository, RepositoryNames(repository), now: now)
    }

    func judgement(of repository: StoredRepository, _ names: RepositoryNames, now: Date) throws(RetentionError) -> Judgement {
        var selector = HarborSelector.Candidate(project: names.project, repository: names.inProject, tags: [])
        var applicable: [Rule] = []
        for rule in rules where try Self.all(rule.repositorySelectors, select: selector) {
            applicable.append(rule)
        }
        applicable.removeAll { $0.tagSelectors.isEmpty }
        guard !applicable.isEmpty else { return .silent }

        let artifacts = repository.artifacts
        var judgement: [Bool?] = artifacts.map { Self.isCandidate($0) ? false : nil }
        let listing = Self.listing(artifacts)
        for rule in applicable {
            var selected: [RetentionTemplate.Candidate] = []
            for candidate in listing {
                selector.tags = names.tags[candidate.place]
                if try Self.all(rule.tagSelectors, select: selector) { selected.append(candidate) }
            }
            for candidate in rule.template.retained(of: selected, now: now) { judgement[candidate.place] = true }
        }
        return .judged(judgement)
    }

    /// What Harbor lists without being asked for more: tagged, or in no index; no accessories.
    static func isCandidate(_ artifact: StoredArtifact) -> Bool {
        artifact.subject == nil && (!artifact.tags.isEmpty || artifact.parents.isEmpty)
    }

    private static func all(
        _ selectors: [HarborSelector], select candidate: HarborSelector.Candidate
    ) throws(RetentionError) -> Bool {
        for selector in selectors where try !selector.selects(candidate) { return false }
        return true
    }

    /// The candidates, the artifact that was pushed last first, as Harbor lists them.
    private static func listing(_ artifacts: [StoredArtifact]) -> [RetentionTemplate.Candidate] {
        artifacts.indices.filter { isCandidate(artifacts[$0]) }
            .sorted { (artifacts[$0].pushed, artifacts[$0].id) > (artifacts[$1].pushed, artifacts[$1].id) }
            .map { place in
                let artifact = artifacts[place]
                let pushed = artifact.tags.reduce(artifact.pushed) { max($0, $1.pushed) }
                let pulled = artifact.tags.reduce(RetentionTemplate.second(artifact.pulled)) {
                    max($0, RetentionTemplate.second($1.pulled))
                }
                return RetentionTemplate.Candidate(place: place, pushed: RetentionTemplate.second(pushed), pulled: pulled)
            }
    }
}
