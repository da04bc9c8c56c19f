import Foundation

/// An artifact that retention looks at. Times are whole seconds since 1970; what was never pulled was pulled in the year 1.
struct RetentionCandidate: Sendable {
    let id: Int64
    let digest: String
    let tags: [String]
    let pushed: Int64
    let pulled: Int64
}

extension RetentionPolicy {
    /// The enabled rules whose repository selectors take a repository, `name` being without the project. None: retention leaves it alone.
    func rules(forRepository name: String) -> [Rule] {
        rules.filter { rule in
            rule.disabled != true && (rule.scopeSelectors?["repository"] ?? []).allSatisfy { $0.takes(repository: name) }
        }
    }
}

extension RetentionPolicy.Selector {
    private struct Extras: Decodable {
        var untagged: Bool?
    }

    func takes(repository name: String) -> Bool {
        let matches = DoublestarPattern(pattern).matches(name)
        return decoration == "repoExcludes" ? !matches : matches
    }

    /// Whether an artifact with these tags is taken. One tag is enough, also one that an exclusion does not match.
    func takes(tags: [String]) -> Bool {
        // Extras that are no JSON say nothing, as absent ones.
        let untagged = extras.flatMap { try? JSONDecoder().decode(Extras.self, from: Data($0.utf8)) }?.untagged
        let pattern = DoublestarPattern(pattern)
        if decoration == "excludes" {
            return tags.isEmpty ? untagged != true : tags.contains { !pattern.matches($0) }
        }
        return tags.isEmpty ? untagged != false : tags.contains { pattern.matches($0) }
    }
}

extension RetentionPolicy.Rule {
    /// The candidates that this rule keeps, at the time `now` in seconds since 1970.
    func retained(of all: [RetentionCandidate], now: Int64) -> [RetentionCandidate] {
        let chosen = all.filter { candidate in (tagSelectors ?? []).allSatisfy { $0.takes(tags: candidate.tags) } }
        let number = params?[template]
        switch template {
        case "latestPushedK": return Self.first(number ?? 10, of: chosen) { $0.pushed }
        case "latestPulledN": return Self.first(number ?? 10, of: chosen) { $0.pulled }
        case "latestActiveK": return Self.first(number ?? 10, of: chosen) { max($0.pushed, $0.pulled) }
        case "nDaysSinceLastPush": return chosen.filter { $0.pushed >= now - Int64(number ?? 30) * 86_400 }
        case "lastXDays": return chosen.filter { $0.pushed >= now - Int64(number ?? 10) * 86_400 }
        case "nDaysSinceLastPull": return chosen.filter { $0.pulled >= now - Int64(number ?? 30) * 86_400 }
        case "always": return chosen
        default: return []
        }
    }

    private static func first(
        _ count: Int, of candidates: [RetentionCandidate], by time: (RetentionCandidate) -> Int64
    ) -> [RetentionCandidate] {
        let ranked = candidates.enumerated().sorted { left, right in
            let (first, second) = (time(left.element), time(right.element))
            return first == second ? left.offset < right.offset : first > second
        }
        return ranked.prefix(count).map(\.element)
    }
}

/// What retention decides for the candidates of one repository.
enum RetentionVerdict {
    /// The ids of artifacts to delete: everything that no rule keeps. Rules without tag selectors are never asked; when there are only such,
    /// nothing is deleted.
    static func deletions(
        among candidates: [RetentionCandidate], rules: [RetentionPolicy.Rule], now: Int64
    ) -> Set<Int64> {
        let asked = rules.filter { !($0.tagSelectors ?? []).isEmpty }
        guard !asked.isEmpty else { return [] }
        let kept = Set(asked.flatMap { $0.retained(of: candidates, now: now) }.map(\.id))
        return Set(candidates.map(\.id)).subtracting(kept)
    }
}
