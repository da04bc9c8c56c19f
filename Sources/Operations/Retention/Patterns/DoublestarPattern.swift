/// A pattern of names as Harbor's rules have them: doublestar, version 1.
///
/// `*` is any text without `/`, `?` any character but `/`, `[a-z]` and `[^a-z]` one character of a set, `{a,b}` one of several
/// patterns, `\` takes the next character for itself. `**` between slashes is any number of components, elsewhere the same as `*`.
/// The whole name must match, letters by case; an empty pattern matches every name, as in Harbor's selectors. A star followed by
/// something takes at least what leaves one character to it, so `a*{,b}` does not match `a`: Harbor decides so too.
package struct DoublestarPattern: Sendable, Hashable, CustomStringConvertible {
    /// What a pattern says of a name.
    enum Verdict {
        case matches, differs
        /// The pattern breaks on this name: alternatives hold a `/`, and the name ends before them.
        case fails
    }

    /// The pattern as written.
    package let description: String
    private let graph: PatternGraph?

    /// Reads a pattern; throws `malformedPattern` for an open or empty set, a range without an end, open alternatives and a `\` at
    /// the end, `oversizedPattern` for more than 1,024 characters.
    package init(parsing text: String) throws(RetentionError) {
        description = text
        graph = text.isEmpty ? nil : try PatternGraph(compiling: text)
    }

    /// Whether the whole name matches; a name on which the pattern breaks does not.
    package func matches(_ name: String) -> Bool { verdict(on: PatternName(name)) == .matches }

    /// What the pattern says of a name, failures told apart.
    func verdict(on name: PatternName) -> Verdict {
        guard let graph else { return .matches }
        var walk = PatternWalk(graph, name)
        return walk.verdict()
    }

    /// Whether both are written alike.
    package static func == (left: DoublestarPattern, right: DoublestarPattern) -> Bool { left.description == right.description }

    /// Feeds the text.
    package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension DoublestarPattern: Codable {
    /// Reads the text form; a malformed pattern is a ``RetentionError``.
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
