/// The name that somebody probably meant.
struct NearestName {
    /// The closest of the known names, if it is close enough to be a slip of the fingers.
    let name: String?

    init(to wrong: String, among known: some Sequence<String>) {
        let wrong = wrong.lowercased()
        let limit = max(1, wrong.count / 3)
        name =
            known
            .map { (name: $0, distance: Self.distance(wrong, $0.lowercased())) }
            .filter { $0.distance <= limit || (wrong.count > 2 && $0.name.lowercased().hasPrefix(wrong)) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// `did you mean 'x'?`, or else the known names themselves where they are few.
    static func hint(for wrong: String, among known: [String]) -> String? {
        if let name = NearestName(to: wrong, among: known).name { return "did you mean '\(name)'?" }
        return known.isEmpty || known.count > 20 ? nil : "known: \(known.joined(separator: ", "))"
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
    static func distance(_ one: String, _ other: String) -> Int {
        let a = Array(one.unicodeScalars.prefix(64))
        let b = Array(other.unicodeScalars.prefix(64))
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                let replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var best = min(replaced, rows[i - 1][j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
