/// The name of a repository inside a registry, such as `library/team/app`.
///
/// The grammar is distribution's: components of lowercase letters and digits, inside a component single `.` or `_`, `__`, or any
/// number of `-` as separators, components divided by `/`, 255 bytes in all.
package struct RepositoryName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as written.
    package let description: String

    /// Reads a name; throws `malformedName`.
    package init(parsing text: String) throws(OCIError) {
        guard text.utf8.count <= Self.limit else {
            throw OCIError(
                .malformedName, "repository name \(OCIError.quoted(text)) is longer than \(Self.limit) bytes",
                remedy: "name a repository that a registry can hold")
        }
        guard text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(Self.isComponent) else {
            throw OCIError(
                .malformedName, "\(OCIError.quoted(text)) is no repository name",
                remedy: "use lowercase letters and digits, with . _ __ or - between them, and / between components")
        }
        description = text
    }

    /// The parts between the slashes, at least one.
    package var components: [String] { description.split(separator: "/").map(String.init) }

    /// Whether `left` comes first, byte by byte.
    package static func < (left: RepositoryName, right: RepositoryName) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }

    /// Bytes in a whole name.
    private static let limit = 255

    static func isComponent(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, let last = text.last, isAlphanumeric(first), isAlphanumeric(last) else { return false }
        return text.split(whereSeparator: isAlphanumeric).allSatisfy { separator in
            separator.elementsEqual(".".utf8) || separator.elementsEqual("_".utf8) || separator.elementsEqual("__".utf8)
                || separator.allSatisfy { $0 == UInt8(ascii: "-") }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

extension RepositoryName: Codable {
    /// Reads the text form; a text that is no name is an ``OCIError``.
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
