/// Patterns of one kind, and which of them has matched anything yet.
struct PatternUse {
    private let patterns: [DoublestarPattern]
    private var isUsed: [Bool]
    private var unused: Int

    init(_ patterns: [DoublestarPattern]) {
        self.patterns = patterns
        isUsed = Array(repeating: false, count: patterns.count)
        unused = patterns.count
    }

    var isEmpty: Bool { patterns.isEmpty }

    /// Those that matched nothing yet.
    var idle: [DoublestarPattern] { patterns.indices.filter { !isUsed[$0] }.map { patterns[$0] } }

    /// Whether any pattern matches; one that breaks on the name counts as `failing`.
    mutating func matchAny(_ name: PatternName, failing: Bool) -> Bool {
        var matches = false
        for index in patterns.indices where !matches || !isUsed[index] {
            switch patterns[index].verdict(on: name) {
            case .differs: continue
            case .fails: matches = matches || failing
            case .matches:
                matches = true
                if !isUsed[index] {
                    isUsed[index] = true
                    unused -= 1
                }
            }
            // Only patterns that never matched are worth a second look at the name.
            if matches, unused == 0 { return true }
        }
        return matches
    }
}
