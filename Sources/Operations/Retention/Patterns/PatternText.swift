/// What is left of a pattern, as characters, with the searches that doublestar makes in it.
struct PatternText: Hashable {
    /// What is wrong with a pattern; the words continue "pattern 'x'".
    enum Fault: String, Error {
        case openSet = "has a [ without its ]"
        case emptySet = "has a set without characters"
        case malformedRange = "has a set with a - that is no range"
        case openAlternatives = "has a { without its }"
        case nothingEscaped = "has a \\ with nothing behind it"
    }

    static let slash = value("/")
    static let backslash = value("\\")
    static let asterisk = value("*")
    static let question = value("?")
    static let openBracket = value("[")
    static let openBrace = value("{")
    static let caret = value("^")
    private static let closeBracket = value("]")
    private static let closeBrace = value("}")
    private static let comma = value(",")
    private static let dash = value("-")
    /// Doublestar takes it for broken text.
    private static let replacement = value("\u{FFFD}")

    let scalars: [UInt32]

    init(_ text: String) { scalars = text.unicodeScalars.map(\.value) }

    init(_ scalars: some Sequence<UInt32>) { self.scalars = Array(scalars) }

    func from(_ index: Int) -> PatternText { PatternText(scalars[index...]) }

    private static func value(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value }

    /// The first slash without a backslash right before it: doublestar looks no further back, and into sets and alternatives too.
    var firstSlash: Int? { first(Self.slash, from: 0) }

    private func first(_ scalar: UInt32, from start: Int) -> Int? {
        scalars.indices.dropFirst(start).first { scalars[$0] == scalar && ($0 == start || scalars[$0 - 1] != Self.backslash) }
    }

    /// The character behind a backslash at 0.
    func escaped() throws(Fault) -> UInt32 {
        guard scalars.count > 1, scalars[1] != Self.replacement else { throw .nothingEscaped }
        return scalars[1]
    }

    /// The set that begins with a bracket at 0, and where the text goes on.
    func characterSet() throws(Fault) -> (set: PatternGraph.CharacterSet, end: Int) {
        guard let close = first(Self.closeBracket, from: 1) else { throw .openSet }
        var members = scalars[1..<close]
        guard let head = members.first else { throw .emptySet }
        let isNegated = head == Self.caret
        if isNegated { members.removeFirst() }
        var ranges: [ClosedRange<UInt32>] = []
        while !members.isEmpty {
            let low = try Self.member(&members)
            guard members.first == Self.dash else {
                ranges.append(low...low)
                continue
            }
            members.removeFirst()
            let high = try Self.member(&members)
            // A range from high to low holds nothing.
            if low <= high { ranges.append(low...high) }
        }
        return (PatternGraph.CharacterSet(isNegated: isNegated, ranges: ranges), close + 1)
    }

    private static func member(_ members: inout ArraySlice<UInt32>) throws(Fault) -> UInt32 {
        guard let first = members.popFirst(), first != dash else { throw .malformedRange }
        guard first == backslash else { return first }
        guard let escaped = members.popFirst() else { throw .malformedRange }
        return escaped
    }

    /// The alternatives behind the brace at 0, and where the text goes on.
    func alternatives() throws(Fault) -> (options: [ArraySlice<UInt32>], end: Int) {
        var options: [ArraySlice<UInt32>] = []
        var depth = 1
        var isEscaped = false
        var start = 1
        for index in scalars.indices.dropFirst() {
            let scalar = scalars[index]
            if isEscaped {
                isEscaped = false
            } else if scalar == Self.backslash {
                isEscaped = true
            } else if scalar == Self.openBrace {
                depth += 1
            } else if scalar == Self.closeBrace {
                depth -= 1
                if depth == 0 { return (options + [scalars[start..<index]], index + 1) }
            } else if scalar == Self.comma, depth == 1 {
                options.append(scalars[start..<index])
                start = index + 1
            }
        }
        throw .openAlternatives
    }

    /// Whether doublestar takes the text for one that matches nothing at all: stars alone, or alternatives one of which is such.
    func isZeroLength() throws(Fault) -> Bool {
        switch scalars {
        case [], [Self.asterisk], [Self.asterisk, Self.asterisk]: return true
        default: break
        }
        guard scalars[0] == Self.openBrace else { return false }
        let (options, end) = try alternatives()
        guard try from(end).isZeroLength() else { return false }
        for option in options where try PatternText(option).isZeroLength() { return true }
        return false
    }
}
