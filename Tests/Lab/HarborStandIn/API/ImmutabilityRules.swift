import Postgres

/// The rules of one project that protect tags. Of each rule the first repository selector and the first tag selector count.
struct ImmutabilityRules: Sendable {
    private struct Selector: Sendable {
        let isExclusion: Bool
        let pattern: DoublestarPattern

        init?(_ document: JSONValue?) {
            guard let document, let pattern = document["pattern"]?.text else { return nil }
            isExclusion = document["decoration"]?.text?.lowercased().contains("exclude") == true
            self.pattern = DoublestarPattern(pattern)
        }

        func selects(_ name: String) -> Bool { pattern.matches(name) != isExclusion }
    }

    private let rules: [(repository: Selector, tag: Selector)]

    /// The rules that are in force. Throws `PostgresError`, `DecodingError`.
    init(ofProject project: Int, in database: StandInDatabase) async throws {
        let rows = try await database.query(
            "SELECT tag_filter FROM immutable_tag_rule WHERE project_id = $1 AND NOT disabled", ["\(project)"])
        rules = try rows.compactMap { row in
            let document = try JSONValue(parsing: row.text("tag_filter"))
            guard let repository = Selector(document["scope_selectors"]?["repository"]?.array?.first),
                let tag = Selector(document["tag_selectors"]?.array?.first)
            else { return nil }
            return (repository, tag)
        }
    }

    /// Whether a tag may be neither deleted nor moved. `repository` is the whole name.
    func cover(repository: String, tag: String) -> Bool {
        let name = String(repository.drop { $0 != "/" }.dropFirst())
        return rules.contains { $0.repository.selects(name) && $0.tag.selects(tag) }
    }
}
