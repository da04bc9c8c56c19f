/// The text of a configuration file in lines, for messages that show where a problem stands.
struct SourceText: Sendable {
    /// The file's name as messages print it.
    let file: String
    /// Lines without their ends, broken where libyaml breaks them, so that its line numbers are indexes here plus one.
    private(set) var lines: [[Unicode.Scalar]]

    init(_ text: String, file: String) {
        self.file = file
        lines = [[]]
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar {
            case "\n" where previous == "\r": continue
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": lines.append([])
            default: lines[lines.count - 1].append(scalar)
            }
        }
        // libyaml does not count a byte order mark as a column.
        if lines[0].first == "\u{FEFF}" { lines[0].removeFirst() }
    }

    /// The lines as one text again.
    var text: String { lines.map(Self.string).joined(separator: "\n") }

    /// Replaces scalars on a line, from `column` (from 1) on, by as many others.
    mutating func replace(line: Int, column: Int, by scalars: [Unicode.Scalar]) {
        let start = column - 1
        guard lines.indices.contains(line - 1), start >= 0, start + scalars.count <= lines[line - 1].count else { return }
        lines[line - 1].replaceSubrange(start..<start + scalars.count, with: scalars)
    }

    /// Columns of the terminal that a message gives to a source line.
    private static let width = 120

    /// The source line and, below it, a caret under `column`; nil where the file has no such line.
    ///
    /// What may be a secret is masked: the value of a key that sounds like one, age identities, and all from column `hiddenColumn` on.
    func excerpt(line: Int, column: Int, hidingFrom hiddenColumn: Int? = nil) -> String? {
        guard lines.indices.contains(line - 1) else { return nil }
        var shown = lines[line - 1]
        var caret = max(0, min(column - 1, shown.count))
        var mask = SecretMask(lines: lines, index: line - 1).start
        if let hiddenColumn { mask = min(mask ?? .max, max(0, hiddenColumn - 1)) }
        if let mask, mask < shown.count {
            shown.replaceSubrange(mask..., with: Secret.mask.unicodeScalars)
            caret = min(caret, mask)
        }
        shown = shown.map(Self.printable)
        if shown.count > Self.width {
            let start = max(0, min(caret - Self.width / 2, shown.count - Self.width))
            let end = start + Self.width
            let isCutAtEnd = end < shown.count
            shown = Array(shown[start..<end]) + (isCutAtEnd ? ["…"] : [])
            caret -= start
            if start > 0 {
                shown.insert("…", at: 0)
                caret += 1
            }
        }
        // Tabs are kept before the caret, so that it stands right whatever the terminal makes of them.
        let padding = shown.prefix(caret).map { $0 == "\t" ? $0 : " " }
        return "    \(Self.string(shown))\n    \(Self.string(Array(padding)))^"
    }

    /// Control characters would reach the terminal of whoever reads the message.
    private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar == "\t" { return scalar }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: return "\u{FFFD}"
        default: return scalar
        }
    }

    private static func string(_ scalars: [Unicode.Scalar]) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// `text` as a message quotes it: no control characters, not longer than a glance.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(61).map(printable)
        return scalars.count > 60 ? "'\(string(Array(scalars.prefix(60))))…'" : "'\(string(scalars))'"
    }
}
