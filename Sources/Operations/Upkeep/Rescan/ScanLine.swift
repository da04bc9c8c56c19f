import HarborDatabase

/// Who is scanned next: so many at once, in order, and of the images whose scan keeps somebody from pulling one at a time. While one of these is
/// under way those that disturb nobody go ahead of the next of them.
struct ScanLine: Sendable {
    /// What is to be done now.
    enum Next: Sendable {
        case scan(ScanTarget)
        /// Something must end first.
        case wait
        /// All have had their turn.
        case nothing
    }

    private let targets: [ScanTarget]
    private let width: Int
    /// Places of those that close a gate, and of the others.
    private let closing: [Int]
    private let others: [Int]
    private var nextClosing = 0
    private var nextOther = 0
    private var running = 0
    private var isGateClosed = false
    private var barred: Set<Int64> = []

    /// A line of `targets`, of which at most `width` are under way.
    init(_ targets: [ScanTarget], width: Int) {
        self.targets = targets
        self.width = max(1, width)
        closing = targets.indices.filter { targets[$0].closesGate }
        others = targets.indices.filter { !targets[$0].closesGate }
    }

    /// Says what is next; nothing changes until it begins.
    mutating func next() -> Next {
        while nextClosing < closing.count, isBarred(closing[nextClosing]) { nextClosing += 1 }
        while nextOther < others.count, isBarred(others[nextOther]) { nextOther += 1 }
        let first = nextClosing < closing.count ? closing[nextClosing] : nil
        let second = nextOther < others.count ? others[nextOther] : nil
        guard first != nil || second != nil else { return .nothing }
        guard running < width else { return .wait }
        if isGateClosed { return second.map { .scan(targets[$0]) } ?? .wait }
        guard let place = [first, second].compactMap(\.self).min() else { return .nothing }
        return .scan(targets[place])
    }

    /// The target that was next begins.
    mutating func begin(_ target: ScanTarget) {
        running += 1
        if target.closesGate {
            nextClosing += 1
            isGateClosed = true
        } else {
            nextOther += 1
        }
    }

    /// A target that had begun has ended.
    mutating func end(_ target: ScanTarget) {
        running -= 1
        if target.closesGate { isGateClosed = false }
    }

    /// No other image of the project gets its turn.
    mutating func bar(project: Int64) { barred.insert(project) }

    private func isBarred(_ place: Int) -> Bool { barred.contains(targets[place].state.projectID) }
}
