/// A Swift file as the checks see it: its code without comments and without the content of strings. The lines stay.
struct SourceText: Sendable {
    let code: String

    init(_ text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        code = scanner.code()
    }

    /// The modules that the file imports, with their lines.
    var imports: [(module: String, line: Int)] {
        let pattern =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var|actor)\s+)?(\w+)/
        return lines.enumerated().flatMap { number, line -> [(module: String, line: Int)] in
            // A pattern costs more than a look for the word, and most lines have none.
            guard line.utf8.contains(where: { $0 == UInt8(ascii: "i") }), line.contains("import") else { return [] }
            return line.split(separator: ";").compactMap { statement in
                statement.firstMatch(of: pattern).map { (String($0.1), number + 1) }
            }
        }
    }

    var lines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }

    /// Walks through the bytes once. Interpolations count as content of their string.
    private struct Scanner {
        let bytes: [UInt8]
        var position = 0
        var kept: [UInt8] = []

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func code() -> String {
            while position < bytes.count {
                if starts("//") {
                    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
                } else if starts("/*") {
                    skip(to: "*/", from: 2)
                } else if let quote = openingQuote() {
                    skipString(quote)
                } else {
                    kept.append(bytes[position])
                    position += 1
                }
            }
            return String(decoding: kept, as: UTF8.self)
        }

        private func starts(_ word: String, at offset: Int = 0) -> Bool {
            bytes[min(position + offset, bytes.count)...].starts(with: word.utf8)
        }

        /// How many `#` stand before the quotation mark that opens a string here, and whether it has several lines.
        private func openingQuote() -> (hashes: Int, isLong: Bool)? {
            let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
            guard starts("\"", at: hashes) else { return nil }
            return (hashes, starts("\"\"\"", at: hashes))
        }

        private mutating func skipString(_ quote: (hashes: Int, isLong: Bool)) {
            let hashes = String(repeating: "#", count: quote.hashes)
            let mark = quote.isLong ? "\"\"\"" : "\""
            position += quote.hashes + mark.utf8.count
            kept += Array("\"\"".utf8)
            while position < bytes.count {
                if starts("\\" + hashes) {
                    position += 1 + quote.hashes
                    skipOne()
                } else if starts(mark + hashes) {
                    position += mark.utf8.count + quote.hashes
                    return
                } else if !quote.isLong, bytes[position] == UInt8(ascii: "\n") {
                    return
                } else {
                    skipOne()
                }
            }
        }

        private mutating func skip(to end: String, from offset: Int) {
            position += offset
            while position < bytes.count, !starts(end) { skipOne() }
            position = min(bytes.count, position + end.utf8.count)
        }

        /// Passes over a byte and keeps line ends, so that lines keep their numbers.
        private mutating func skipOne() {
            guard position < bytes.count else { return }
            if bytes[position] == UInt8(ascii: "\n") { kept.append(bytes[position]) }
            position += 1
        }
    }
}
