/// Names and values as SQL text that survives every content.
///
/// Names are always quoted, and never stand in a `--` comment, where a newline in a name would end the comment.
enum SQLText {
    /// `"name"`
    static func name(_ name: String) -> String { "\"" + doubled(name, "\"") + "\"" }

    /// `"schema"."name"`
    static func name(_ schema: String, _ name: String) -> String { Self.name(schema) + "." + Self.name(name) }

    /// A literal. The escape form, so that it means the same whatever `standard_conforming_strings` is.
    static func literal(_ text: String) -> String {
        let quoted = doubled(text, "'")
        return text.contains("\\") ? "E'" + doubled(quoted, "\\") + "'" : "'" + quoted + "'"
    }

    /// A body in dollar quotes with a tag that the body does not contain.
    static func dollarQuoted(_ body: String) -> String {
        var tag = "$opsd$"
        var number = 0
        while body.contains(tag) {
            number += 1
            tag = "$opsd\(number)$"
        }
        return tag + body + tag
    }

    private static func doubled(_ text: String, _ character: Character) -> String {
        // By scalars: a combining mark after a quote would make another Character of both.
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if Character(scalar) == character { result.append(scalar) }
            result.append(scalar)
        }
        return String(result)
    }
}
