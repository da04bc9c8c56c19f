/// A part of the text of an expression that knows where it stands.
struct CronWord {
    private let line: [Character]
    private let range: Range<Int>

    /// All of `text`.
    init(_ text: String) {
        line = Array(text)
        range = 0..<line.count
    }

    private init(_ line: [Character], _ range: Range<Int>) {
        self.line = line
        self.range = range
    }

    /// As it is written.
    var text: String { String(line[range]) }
    var isEmpty: Bool { range.isEmpty }
    var beginsWithStar: Bool { line[range].first == "*" }

    /// The column of its first character, from 1; for a word that is missing, where it should stand. Never beyond the text.
    var column: Int { max(1, min(range.lowerBound + 1, line.count)) }
    /// The column of its last character, from 1.
    var lastColumn: Int { max(1, range.upperBound) }

    /// Whether this is `other`, which is in upper case, in any case.
    func spells(_ other: String) -> Bool { text.uppercased() == other }

    /// Its fields: what stands between blanks.
    var fields: [CronWord] {
        pieces { $0.isASCII && $0.isWhitespace }.filter { !$0.isEmpty }
    }

    /// What stands between `separator`s, also where that is nothing.
    func split(at separator: Character) -> [CronWord] { pieces { $0 == separator } }

    /// What stands before and after the first `separator`.
    func splitOnce(at separator: Character) -> (before: CronWord, after: CronWord)? {
        guard let index = line[range].firstIndex(of: separator) else { return nil }
        return (CronWord(line, range.lowerBound..<index), CronWord(line, index + 1..<range.upperBound))
    }

    /// All but its last character.
    var withoutLast: CronWord { CronWord(line, range.lowerBound..<max(range.lowerBound, range.upperBound - 1)) }

    func contains(_ characters: Set<Character>) -> Bool { line[range].contains { characters.contains($0) } }

    /// Its number, if it has digits and nothing else. What is too big for any field is some number that is too big.
    var number: Int? {
        guard !isEmpty else { return nil }
        var number = 0
        for character in line[range] {
            guard character.isASCII, let digit = character.wholeNumberValue else { return nil }
            number = min(number * 10 + digit, 1_000_000)
        }
        return number
    }

    private func pieces(separatedBy isSeparator: (Character) -> Bool) -> [CronWord] {
        var pieces: [CronWord] = []
        var start = range.lowerBound
        for index in range where isSeparator(line[index]) {
            pieces.append(CronWord(line, start..<index))
            start = index + 1
        }
        return pieces + [CronWord(line, start..<range.upperBound)]
    }
}
