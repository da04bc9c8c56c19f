import Foundation
import HarborDatabase
import OCIImage

/// The classes of the configuration, and what of them has been met so far.
struct ClassBook {
    /// What classes say of an artifact.
    struct Opinion {
        /// A class keeps it: its place, the tag and the rule.
        var keeper: (place: Int, tag: Int?, rule: KeepReason.Rule)?
        /// Tags that no class is about, by place; for an untagged artifact that no class is about a single 0.
        var unclassified: [Int] = []
        /// The class of its first tag, or of itself.
        var owner: Int?
        /// Tags that their class keeps no longer, by place.
        var expendable: [Int] = []
        /// Harbor judges it by itself, and so do classes.
        var isCandidate = true

        /// Classes are about all of it.
        var speaks: Bool { isCandidate && unclassified.isEmpty }
    }

    /// What one repository comes to.
    struct Page {
        var opinions: [Opinion]
        var counts: [RepositoryVerdict.ClassCount]
        var unclassified = 0
    }

    /// A tag of a class, or an untagged artifact of it.
    private struct Member {
        let artifact: Int
        let tag: Int?
        let version: SemanticVersion?
        let pushed: Date
        let pulled: Date?
    }

    private struct Entry {
        let settings: RetentionClass
        var repositories: PatternUse
        var exceptRepositories: PatternUse
        var tags: PatternUse
        var exceptTags: PatternUse
        var isUsed = false

        init(_ settings: RetentionClass) {
            self.settings = settings
            repositories = PatternUse(settings.repositories)
            exceptRepositories = PatternUse(settings.exceptRepositories)
            switch settings.members {
            case .tags(let patterns, let except): (tags, exceptTags) = (PatternUse(patterns), PatternUse(except))
            case .versions, .untagged: (tags, exceptTags) = (PatternUse([]), PatternUse([]))
            }
        }

        // A pattern that breaks on a name must not put it into a class, and must not keep an exception from holding.
        mutating func covers(_ names: RepositoryNames) -> Bool {
            let isIn = repositories.isEmpty || repositories.matchAny(names.full, failing: false)
            return isIn && !exceptRepositories.matchAny(names.full, failing: true)
        }

        func covers(_ artifact: StoredArtifact) -> Bool {
            settings.labels.isEmpty || settings.labels.contains { artifact.labels.contains($0) }
        }

        mutating func has(_ name: PatternName, _ version: SemanticVersion?) -> Bool {
            switch settings.members {
            case .tags: tags.matchAny(name, failing: false) && !exceptTags.matchAny(name, failing: true)
            case .versions(let prereleases): version.map { prereleases || !$0.isPrerelease } ?? false
            case .untagged: false
            }
        }

        var isOfUntagged: Bool {
            switch settings.members {
            case .tags, .versions: false
            case .untagged: true
            }
        }
    }

    private var entries: [Entry]

    init(_ classes: [RetentionClass]) { entries = classes.map(Entry.init) }

    /// Some class asks for versions.
    var needsVersions: Bool {
        entries.contains { entry in
            switch entry.settings.members {
            case .versions: true
            case .tags, .untagged: entry.settings.keep.line != .repository
            }
        }
    }

    func name(_ place: Int) -> String { entries[place].settings.name }

    /// What a configuration says in vain.
    var findings: [RetentionFinding] {
        entries.flatMap { entry in
            let name = entry.settings.name
            guard entry.isUsed else { return [RetentionFinding.classWithoutMatch(name)] }
            return [entry.repositories, entry.exceptRepositories, entry.tags, entry.exceptTags].flatMap(\.idle)
                .map { .patternWithoutMatch($0, of: name) }
        }
    }

    /// Judges a repository.
    mutating func page(
        _ repository: StoredRepository, _ names: RepositoryNames, _ versions: [[SemanticVersion?]], now: Date
    ) -> Page {
        let covering = entries.indices.filter { entries[$0].covers(names) }
        var page = Page(opinions: [], counts: entries.map { RepositoryVerdict.ClassCount(name: $0.settings.name) })
        page.opinions.reserveCapacity(repository.artifacts.count)
        var members = [[Member]](repeating: [], count: entries.count)
        for (place, artifact) in repository.artifacts.enumerated() {
            var opinion = Opinion()
            opinion.isCandidate = HarborPolicy.isCandidate(artifact)
            if opinion.isCandidate { sort(artifact, place, names, versions, covering, &opinion, &members) }
            page.unclassified += opinion.unclassified.count
            page.opinions.append(opinion)
        }
        for place in covering where !members[place].isEmpty {
            entries[place].isUsed = true
            apply(place, members[place], now, &page)
        }
        return page
    }

    /// Puts each tag of an artifact, or the artifact itself, into the first class that has it.
    private mutating func sort(
        _ artifact: StoredArtifact, _ place: Int, _ names: RepositoryNames, _ versions: [[SemanticVersion?]], _ covering: [Int],
        _ opinion: inout Opinion, _ members: inout [[Member]]
    ) {
        let covering = covering.filter { entries[$0].covers(artifact) }
        if artifact.tags.isEmpty {
            guard let owner = covering.first(where: { entries[$0].isOfUntagged }) else {
                opinion.unclassified = [0]
                return
            }
            opinion.owner = owner
            members[owner].append(
                Member(artifact: place, tag: nil, version: nil, pushed: artifact.pushed, pulled: artifact.pulled))
            return
        }
        for (index, tag) in artifact.tags.enumerated() {
            let version = versions[place].isEmpty ? nil : versions[place][index]
            guard let owner = covering.first(where: { entries[$0].has(names.tags[place][index], version) }) else {
                opinion.unclassified.append(index)
                continue
            }
            opinion.owner = opinion.owner ?? owner
            members[owner].append(
                Member(
                    artifact: place, tag: index, version: version, pushed: max(artifact.pushed, tag.pushed),
                    pulled: [artifact.pulled, tag.pulled].compactMap(\.self).max()))
        }
    }

    private func apply(_ place: Int, _ members: [Member], _ now: Date, _ page: inout Page) {
        let keep = entries[place].settings.keep
        let newest = newest(of: members, in: entries[place].settings)
        for (index, member) in members.enumerated() {
            let rule: KeepReason.Rule? =
                if keep.all {
                    .all
                } else if newest[index] {
                    .last
                } else if Self.lies(member.pushed, within: keep.pushedWithin, of: now) {
                    .pushedWithin
                } else if let pulled = member.pulled, Self.lies(pulled, within: keep.pulledWithin, of: now) {
                    .pulledWithin
                } else {
                    nil
                }
            if let rule {
                page.counts[place].kept += 1
                let isFirst = page.opinions[member.artifact].keeper.map { ($0.tag ?? 0) > (member.tag ?? 0) } ?? true
                if isFirst { page.opinions[member.artifact].keeper = (place, member.tag, rule) }
            } else {
                page.counts[place].expendable += 1
                if let tag = member.tag { page.opinions[member.artifact].expendable.append(tag) }
            }
        }
    }

    private static func lies(_ date: Date, within duration: Duration?, of now: Date) -> Bool {
        guard let duration else { return false }
        return .seconds(now.timeIntervalSince(date)) < duration
    }

    /// Whether each member is among the last of its line. Members with the same rank stay or go together.
    private func newest(of members: [Member], in settings: RetentionClass) -> [Bool] {
        var newest = [Bool](repeating: false, count: members.count)
        guard let last = settings.keep.last, last > 0 else { return newest }
        let byVersion =
            switch settings.members {
            case .versions: true
            case .tags, .untagged: false
            }
        let lines = Dictionary(grouping: members.indices) { Self.line(of: members[$0].version, settings.keep.line) }
        for line in lines.values {
            let order = line.sorted { left, right in
                if byVersion, let left = members[left].version, let right = members[right].version { return left > right }
                return members[left].pushed > members[right].pushed
            }
            for (rank, index) in order.enumerated() {
                if rank >= last {
                    let (limit, member) = (members[order[last - 1]], members[index])
                    guard byVersion ? member.version == limit.version : member.pushed == limit.pushed else { break }
                }
                newest[index] = true
            }
        }
        return newest
    }

    /// What is no version is a line of its own.
    private static func line(of version: SemanticVersion?, _ line: RetentionClass.Line) -> [SemanticVersion.Number] {
        guard let version else { return [] }
        return switch line {
        case .repository: []
        case .major: [version.major]
        case .minor: [version.major, version.minor]
        }
    }
}
