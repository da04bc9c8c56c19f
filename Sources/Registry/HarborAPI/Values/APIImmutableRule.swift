/// A rule of a project that forbids to move and delete tags.
package struct APIImmutableRule: Sendable, Equatable {
    /// A pattern with what it does.
    package struct Selector: Sendable, Equatable {
        /// `matches`, `excludes`, `repoMatches` or `repoExcludes`.
        package let decoration: String
        /// A doublestar pattern.
        package let pattern: String

        /// A selector.
        package init(decoration: String, pattern: String) {
            self.decoration = decoration
            self.pattern = pattern
        }
    }

    /// Harbor's own number.
    package let id: Int64
    /// Whether it is switched off.
    package let isDisabled: Bool
    /// Of tags; Harbor looks at the first alone.
    package let tagSelectors: [Selector]
    /// Of repository names without their project; Harbor looks at the first alone.
    package let repositorySelectors: [Selector]

    /// A rule.
    package init(id: Int64, isDisabled: Bool, tagSelectors: [Selector], repositorySelectors: [Selector]) {
        self.id = id
        self.isDisabled = isDisabled
        self.tagSelectors = tagSelectors
        self.repositorySelectors = repositorySelectors
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        isDisabled = try answer.flag("disabled")
        tagSelectors = try answer.objects("tag_selectors").map(Selector.init)
        repositorySelectors = try answer.object("scope_selectors")?.objects("repository").map(Selector.init) ?? []
    }
}

extension APIImmutableRule.Selector {
    init(_ answer: AnswerObject) throws {
        self.init(decoration: try answer.text("decoration") ?? "", pattern: try answer.text("pattern") ?? "")
    }
}
