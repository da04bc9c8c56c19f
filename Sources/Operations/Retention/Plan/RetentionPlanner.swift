package import Foundation
package import HarborDatabase
import OCIImage

/// Judges repositories one after the other and keeps the sums, so that a registry of any size needs the memory of one repository.
package struct RetentionPlanner: Sendable {
    private let settings: RetentionSettings
    private let immutability: ImmutabilityRules
    private let pins: PinSet
    private let holds: [ImageHold]
    private let now: Date
    private var policies: [Int64: HarborPolicy] = [:]
    /// Why everything of a project stays, by the project's row.
    private var unjudgeable: [Int64: String] = [:]
    private var projects: PatternUse
    private var classes: ClassBook
    private var totals = RetentionSummary.Totals()
    private var findings: [RetentionFinding] = []
    private var foundPins: Set<Int> = []
    private var foundHolds: Set<Int> = []
    private let needsVersions: Bool

    /// Prepares to judge what is in the registry at `now`: `policies` are Harbor's, looked at where the settings follow them,
    /// `immutableRules` those that are enabled. Rules that cannot be read keep all of their project and become findings.
    package init(
        _ settings: RetentionSettings, policies: [StoredRule] = [], immutableRules: [StoredRule] = [], pins: PinSet = PinSet(),
        holds: [ImageHold] = [], now: Date
    ) {
        self.settings = settings
        self.pins = pins
        self.holds = holds.filter { $0.isActive(at: now) }
        self.now = now
        projects = PatternUse(settings.projects)
        classes = ClassBook(settings.classes)
        needsVersions = classes.needsVersions || settings.rollbackReleases > 0 || settings.keepsSignedReleases
        totals.classes = settings.classes.map { RepositoryVerdict.ClassCount(name: $0.name) }
        immutability = ImmutabilityRules(immutableRules)
        for fault in immutability.faults {
            block(fault.project, .immutabilityUnjudgeable(fault.rule, project: fault.project, fault.error))
        }
        guard settings.followsHarborPolicies else { return }
        for row in policies {
            do {
                self.policies[row.projectID] = try HarborPolicy(parsing: row)
            } catch {
                block(row.projectID, .policyUnjudgeable(row.id, project: row.projectID, error))
            }
        }
    }

    private mutating func block(_ project: Int64, _ finding: RetentionFinding) {
        findings.append(finding)
        unjudgeable[project] = unjudgeable[project] ?? finding.description
    }

    /// Decides about every artifact of a repository. Each repository is to be judged once, with all its artifacts.
    package mutating func judge(_ repository: StoredRepository) -> RepositoryVerdict {
        guard projects.isEmpty || projects.matchAny(PatternName(repository.project), failing: false) else {
            return verdict(keepingAllOf: repository, .projectNotWatched)
        }
        let verdict: RepositoryVerdict
        do {
            verdict = try watchedVerdict(repository)
        } catch {
            let finding = RetentionFinding.repositoryUnjudgeable(repository.name, error)
            findings.append(finding)
            verdict = self.verdict(keepingAllOf: repository, .unjudgeable(finding.description))
        }
        count(verdict, repository)
        return verdict
    }

    /// The sums, the caps that they are above, and what was noticed; to be asked for when all repositories have been judged.
    package func summary() -> RetentionSummary {
        var findings = findings + classes.findings
        findings += projects.idle.map { .patternWithoutMatch($0, of: nil) }
        for (index, pin) in pins.pins.enumerated() where !foundPins.contains(index) && watches(pin.reference.repository) {
            findings.append(.pinWithoutImage(pin.reference, source: pin.source))
        }
        for (index, hold) in holds.enumerated() where !foundHolds.contains(index) {
            if case .image(let reference) = hold.target, !watches(reference.repository) { continue }
            findings.append(.holdWithoutImage(hold.target, owner: hold.owner))
        }
        return RetentionSummary(totals: totals, violations: violations, findings: findings)
    }

    private func watches(_ repository: RepositoryName) -> Bool {
        guard let project = repository.components.first, !settings.projects.isEmpty else { return true }
        return settings.projects.contains { $0.matches(project) }
    }

    private var violations: [CapViolation] {
        var violations: [CapViolation] = []
        if totals.share > settings.caps.share {
            violations.append(.share(removed: totals.removed, of: totals.artifacts, cap: settings.caps.share))
        }
        if totals.removed > settings.caps.count { violations.append(.count(removed: totals.removed, cap: settings.caps.count)) }
        if !settings.caps.allowsEmptying, !totals.emptied.isEmpty { violations.append(.repositoriesEmptied(totals.emptied)) }
        return violations
    }

    private func verdict(keepingAllOf repository: StoredRepository, _ reason: KeepReason) -> RepositoryVerdict {
        RepositoryVerdict(
            id: repository.id, repository: repository.name,
            decisions: Array(repeating: .keeps(reason), count: repository.artifacts.count),
            classes: settings.classes.map { RepositoryVerdict.ClassCount(name: $0.name) }, unclassified: 0)
    }

    private mutating func watchedVerdict(_ repository: StoredRepository) throws(RetentionError) -> RepositoryVerdict {
        let names = RepositoryNames(repository)
        let versions = versions(of: repository)
        let page = classes.page(repository, names, versions, now: now)

        var protected = ProtectedArtifacts(repository)
        protected.apply(pins)
        protected.apply(holds, names)
        foundPins.formUnion(protected.foundPins)
        foundHolds.formUnion(protected.foundHolds)
        if let problem = unjudgeable[repository.projectID] {
            let kept = verdict(keepingAllOf: repository, .unjudgeable(problem))
            return RepositoryVerdict(
                id: kept.id, repository: kept.repository, decisions: kept.decisions, classes: page.counts, unclassified: page.unclassified)
        }
        try protected.apply(immutability, names)
        protected.applyRollback(settings.rollbackReleases, versions)
        if settings.keepsSignedReleases { protected.applySignatures(versions) }
        let judgement = try policies[repository.projectID]?.judgement(of: repository, names, now: now) ?? .silent

        let opinions = Opinions(repository: repository, page: page, judgement: judgement)
        var closure = KeptClosure(repository.artifacts)
        for place in repository.artifacts.indices {
            if let reason = protected.reasons[place] ?? opinions.reason(place, closure, className: classes.name) {
                closure.keep(place, reason)
            }
        }
        closure.close()
        let decisions = repository.artifacts.indices.map { place in
            decision(place, opinions, closure)
        }
        return RepositoryVerdict(
            id: repository.id, repository: repository.name, decisions: decisions, classes: page.counts, unclassified: page.unclassified)
    }

    /// The versions among the tags of each artifact; of accessories none, their tags name what they are about.
    private func versions(of repository: StoredRepository) -> [[SemanticVersion?]] {
        repository.artifacts.map { artifact in
            guard needsVersions, artifact.subject == nil else { return [] }
            return artifact.tags.map { SemanticVersion($0.name.description) }
        }
    }

    private func decision(_ place: Int, _ opinions: Opinions, _ closure: KeptClosure) -> ArtifactDecision {
        guard let reason = closure.reasons[place] else {
            return .removes(opinions.removal(place, closure, className: classes.name))
        }
        let expendable = opinions.page.opinions[place].expendable
        guard settings.removesSingleTags, reason.code == .inClass, !expendable.isEmpty, !opinions.isRetained(place) else {
            return .keeps(reason)
        }
        return .removesTags(expendable.map { opinions.repository.artifacts[place].tags[$0].name }, reason)
    }

    private mutating func count(_ verdict: RepositoryVerdict, _ repository: StoredRepository) {
        totals.repositories += 1
        totals.artifacts += repository.artifacts.count
        totals.unclassified += verdict.unclassified
        for (index, count) in verdict.classes.enumerated() {
            totals.classes[index].kept += count.kept
            totals.classes[index].expendable += count.expendable
        }
        for (artifact, decision) in zip(repository.artifacts, verdict.decisions) {
            totals.tags += artifact.tags.count
            switch decision {
            case .keeps(let reason): totals.kept[reason.code, default: 0] += 1
            case .removesTags(let tags, let reason):
                totals.kept[reason.code, default: 0] += 1
                totals.removedTags += tags.count
            case .removes(let reason):
                totals.reasons[reason.code, default: 0] += 1
                totals.removed += 1
                totals.removedBytes += artifact.size
                totals.removedTags += artifact.tags.count
            }
        }
        if verdict.isEmptied { totals.emptied.append(verdict.repository) }
    }
}
