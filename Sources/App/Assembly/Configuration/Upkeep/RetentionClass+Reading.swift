import Retention

extension RetentionClass {
    private enum Versions: String, CaseIterable { case releases, all }
    private enum Kept: String, CaseIterable { case all, none }

    /// Reads one entry of `classes:`. Nil, and problems, where anything in it is wrong: half a class would judge other tags than its
    /// author meant.
    init?(_ reader: SectionReader) {
        let problemsBefore = reader.problems.count
        let repositories = reader.list("repositories", PatternSubject.repositories.pattern) ?? []
        let exceptRepositories = reader.list("except_repositories", PatternSubject.repositories.pattern) ?? []
        let labels = reader.list("labels", PlainValues.text) ?? []
        let members = Self.members(reader)
        reader.need("keep", hint: "such as {last: 5, pushed_within: 30d}, or all, or none")
        let keep = Self.keep(reader, isOfVersions: reader.has("versions"))
        reader.finish()
        guard let members, let keep, reader.problems.count == problemsBefore else { return nil }
        self.init(
            name: reader.name, repositories: repositories, exceptRepositories: exceptRepositories, labels: labels, members: members,
            keep: keep)
    }

    private static func members(_ reader: SectionReader) -> Members? {
        let tags = reader.list("tags", PatternSubject.tags.pattern)
        let except = reader.list("except_tags", PatternSubject.tags.pattern) ?? []
        let versions = reader.value("versions", PlainValues.oneOf(Versions.self))
        let untagged: Members? = reader.value("untagged") { (text: String) throws(MalformedValue) in
            guard text == "true" else { throw MalformedValue("must be true, or left out") }
            return .untagged
        }
        let kinds = ["tags", "versions", "untagged"].filter(reader.has)
        guard kinds.count == 1 else {
            reader.problems.report(
                reader.place,
                kinds.isEmpty
                    ? "'\(reader.path)' names no members" : "'\(reader.path)' names \(kinds.map { "'\($0)'" }.joined(separator: " and "))",
                hint: "give exactly one of 'tags', 'versions' and 'untagged'")
            return nil
        }
        if reader.has("except_tags"), !reader.has("tags") {
            reader.problems.report(
                at: reader.path(of: "except_tags"), "'\(reader.path).except_tags' takes tags out of 'tags', which is not given",
                hint: "give 'tags' instead of '\(kinds[0])'")
        }
        if let tags {
            if tags.isEmpty { reader.problems.report(at: reader.path(of: "tags"), "'\(reader.path).tags' is empty") }
            return .tags(tags, except: except)
        }
        if let versions { return .versions(prereleases: versions == .all) }
        return untagged
    }

    private static func keep(_ reader: SectionReader, isOfVersions: Bool) -> Keep? {
        guard let node = reader.node("keep") else { return nil }
        guard case .mapping = node.value else {
            return reader.value("keep", PlainValues.oneOf(Kept.self)).map { Keep(all: $0 == .all) }
        }
        guard let section = SectionReader(node, path: reader.path(of: "keep"), problems: reader.problems) else { return nil }
        let last = section.value("last", PlainValues.number(1...1_000_000))
        let line = section.value("per", PlainValues.oneOf(Line.self))
        let pushed = section.value("pushed_within", DurationText.parsePositive)
        let pulled = section.value("pulled_within", DurationText.parsePositive)
        section.finish()
        if !["last", "pushed_within", "pulled_within"].contains(where: section.has) {
            section.problems.report(
                section.place, "'\(section.path)' says nothing that stays",
                hint: "give 'last', 'pushed_within' or 'pulled_within', or write 'keep: none'")
        }
        if let line {
            let path = section.path(of: "per")
            if !section.has("last") {
                section.problems.report(at: path, "'\(path)' tells among which tags 'last' counts, which is not given")
            } else if line != .repository, !isOfVersions {
                section.problems.report(at: path, "'\(path)': only versions have a \(line.rawValue) number", hint: "give 'versions'")
            }
        }
        return Keep(last: last, line: line ?? .repository, pushedWithin: pushed, pulledWithin: pulled)
    }
}
