/// A version as semver.org 2.0.0 has it, such as `1.4.0-rc.2`; a `v` in front is allowed, for tags have one often.
///
/// Compared by precedence: neither the `v` nor what follows a `+` counts, and versions that differ in nothing else are equal.
package struct SemanticVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// A number of any length, or a word of a prerelease; numbers come before words.
    private enum Identifier: Hashable, Comparable, Sendable {
        case number(SemanticVersion.Number)
        case word(String)

        static func < (left: Identifier, right: Identifier) -> Bool {
            switch (left, right) {
            case (.number(let left), .number(let right)): left < right
            case (.number, .word): true
            case (.word, .number): false
            case (.word(let left), .word(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
            }
        }
    }

    /// Digits without a zero in front: the longer number is the greater.
    package struct Number: Hashable, Comparable, Sendable, CustomStringConvertible {
        /// The digits.
        package let description: String

        fileprivate init?(_ text: Substring.UTF8View) {
            guard let first = text.first, first != UInt8(ascii: "0") || text.count == 1, text.allSatisfy(SemanticVersion.isDigit) else {
                return nil
            }
            description = String(Substring(text))
        }

        /// Whether `left` is the smaller number.
        package static func < (left: Number, right: Number) -> Bool {
            let (leftCount, rightCount) = (left.description.utf8.count, right.description.utf8.count)
            return leftCount == rightCount
                ? left.description.utf8.lexicographicallyPrecedes(right.description.utf8) : leftCount < rightCount
        }
    }

    /// The version as written.
    package let description: String
    /// The first number.
    package let major: Number
    /// The second number.
    package let minor: Number
    /// The third number.
    package let patch: Number
    private let prerelease: [Identifier]

    /// Reads a version; throws `malformedVersion`.
    package init(parsing text: String) throws(RetentionError) {
        guard let version = SemanticVersion(text) else {
            throw RetentionError(
                .malformedVersion, "'\(text.prefix(200))' is no semantic version",
                remedy: "write MAJOR.MINOR.PATCH, such as 1.4.0 or v1.4.0-rc.2")
        }
        self = version
    }

    /// Reads a version; nil where the text is none.
    package init?(_ text: String) {
        var rest = text[...].utf8
        if rest.first == UInt8(ascii: "v") { rest = rest.dropFirst() }
        guard let first = rest.first, Self.isDigit(first) else { return nil }
        if let plus = rest.firstIndex(of: UInt8(ascii: "+")) {
            guard Self.parts(rest[rest.index(after: plus)...]).allSatisfy(Self.isWord) else { return nil }
            rest = rest[..<plus]
        }
        var identifiers: [Identifier] = []
        if let dash = rest.firstIndex(of: UInt8(ascii: "-")) {
            for part in Self.parts(rest[rest.index(after: dash)...]) {
                guard let identifier = Self.identifier(part) else { return nil }
                identifiers.append(identifier)
            }
            rest = rest[..<dash]
        }
        let core = Self.parts(rest)
        guard core.count == 3, let major = Number(core[0]), let minor = Number(core[1]), let patch = Number(core[2]) else { return nil }
        (description, self.major, self.minor, self.patch, prerelease) = (text, major, minor, patch, identifiers)
    }

    /// It comes before the release of the same numbers.
    package var isPrerelease: Bool { !prerelease.isEmpty }

    /// Whether `left` has the lower precedence.
    package static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        if left.major != right.major { return left.major < right.major }
        if left.minor != right.minor { return left.minor < right.minor }
        if left.patch != right.patch { return left.patch < right.patch }
        // A release comes after its prereleases, a longer list of equal words after the shorter.
        if left.prerelease.isEmpty || right.prerelease.isEmpty { return !left.prerelease.isEmpty && right.prerelease.isEmpty }
        return left.prerelease.lexicographicallyPrecedes(right.prerelease)
    }

    /// Whether both have the same precedence.
    package static func == (left: SemanticVersion, right: SemanticVersion) -> Bool {
        left.major == right.major && left.minor == right.minor && left.patch == right.patch && left.prerelease == right.prerelease
    }

    /// Feeds what precedence depends on.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(major)
        hasher.combine(minor)
        hasher.combine(patch)
        hasher.combine(prerelease)
    }

    private static func parts(_ text: Substring.UTF8View) -> [Substring.UTF8View] {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    }

    private static func identifier(_ text: Substring.UTF8View) -> Identifier? {
        if text.allSatisfy(isDigit) { return Number(text).map(Identifier.number) }
        return isWord(text) ? .word(String(Substring(text))) : nil
    }

    private static func isWord(_ text: Substring.UTF8View) -> Bool {
        !text.isEmpty
            && text.allSatisfy { byte in
                isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
