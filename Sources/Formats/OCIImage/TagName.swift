/// The name of a tag: letters, digits, `_`, `.` and `-`, 128 bytes at most, not beginning with `.` or `-`.
package struct TagName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as written.
    package let description: String

    /// Reads a name; throws `malformedName`.
    package init(parsing text: String) throws(OCIError) {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 128, Self.isWord(first), bytes.allSatisfy({ Self.isWord($0) || Self.isJoint($0) })
        else {
            throw OCIError(
                .malformedName, "\(OCIError.quoted(text)) is no tag",
                remedy: "use letters, digits, _ . and -, 128 at most, beginning with a letter, a digit or _")
        }
        description = text
    }

    /// Whether `left` comes first, byte by byte.
    package static func < (left: TagName, right: TagName) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isJoint(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") }
}

extension TagName: Codable {
    /// Reads the text form; a text that is no tag is an ``OCIError``.
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
