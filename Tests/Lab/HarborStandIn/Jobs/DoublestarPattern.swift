/// A pattern of a tag or repository selector: `*`, `?`, classes and alternatives stay within one part between slashes, a part `**` stands
/// for any number of parts. Case matters; the empty pattern matches everything.
struct DoublestarPattern: Equatable, Sendable {
    private let text: String
    private let alternatives: [[[Unicode.Scalar]]]

    init(_ text: String) {
        self.text = text
        alternatives = Self.expanded(Array(text.unicodeScalars)).map { alternative in
            alternative.split(separator: "/", omittingEmptySubsequences: false).map(Array.init)
        }
    }

    /// Whether the whole name fits. A malformed pattern fits nothing.
    func matches(_ name: String) -> Bool {
        guard !text.isEmpty else { return true }
        let parts = name.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map(Array.init)
        return alternatives.contains { Self.matches($0[...], parts[...]) }
    }

    /// One pattern for each choice in braces.
    private static func expanded(_ pattern: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
        guard let open = firstIndex(of: "{", in: pattern[...]), let close = firstIndex(of: "}", in: pattern[(open + 1)...]) else {
            return [pattern]
        }
        var choices: [[Unicode.Scalar]] = []
        var start = open + 1
        while let comma = firstIndex(of: ",", in: pattern[start..<close]) {
            choices.append(Array(pattern[start..<comma]))
            start = comma + 1
        }
        choices.append(Array(pattern[start..<close]))
        return choices.flatMap { expanded(pattern[..<open] + $0 + pattern[(close + 1)...]) }
    }

    /// The first place of a character that no backslash protects.
    private static func firstIndex(of wanted: Unicode.Scalar, in text: ArraySlice<Unicode.Scalar>) -> Int? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == "\\" {
                index += 2
            } else if text[index] == wanted {
                return index
            } else {
                index += 1
            }
        }
        return nil
    }

    private static func matches(_ pattern: ArraySlice<[Unicode.Scalar]>, _ name: ArraySlice<[Unicode.Scalar]>) -> Bool {
        guard let part = pattern.first else { return name.isEmpty }
        if part == ["*", "*"] {
            let rest = pattern.dropFirst()
            // At the end it stands for one part at least: `a/**` does not fit `a`.
            guard !rest.isEmpty else { return !name.isEmpty }
            return name.indices.contains { matches(rest, name[$0...]) }
        }
        guard let first = name.first, matchesPart(part[...], first[...]) else { return false }
        return matches(pattern.dropFirst(), name.dropFirst())
    }

    private static func matchesPart(_ pattern: ArraySlice<Unicode.Scalar>, _ name: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let sign = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        switch sign {
        case "*":
            return (name.startIndex...name.endIndex).contains { matchesPart(rest, name[$0...]) }
        case "?":
            return !name.isEmpty && matchesPart(rest, name.dropFirst())
        case "[":
            guard let close = firstIndex(of: "]", in: rest), let character = name.first else { return false }
            return classContains(rest[..<close], character) && matchesPart(rest[(close + 1)...], name.dropFirst())
        case "\\":
            guard let literal = rest.first, name.first == literal else { return false }
            return matchesPart(rest.dropFirst(), name.dropFirst())
        default:
            return name.first == sign && matchesPart(rest, name.dropFirst())
        }
    }

    private static func classContains(_ text: ArraySlice<Unicode.Scalar>, _ character: Unicode.Scalar) -> Bool {
        let isNegated = text.first == "^"
        var members = isNegated ? text.dropFirst() : text
        var isMember = false
        while let low = takeMember(&members) {
            var high = low
            if members.first == "-" {
                members = members.dropFirst()
                guard let end = takeMember(&members) else { return false }
                high = end
            }
            if low <= character && character <= high { isMember = true }
        }
        return isMember != isNegated
    }

    private static func takeMember(_ members: inout ArraySlice<Unicode.Scalar>) -> Unicode.Scalar? {
        guard let first = members.popFirst() else { return nil }
        return first == "\\" ? members.popFirst() : first
    }
}
