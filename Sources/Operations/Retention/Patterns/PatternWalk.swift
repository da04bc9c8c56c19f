/// One name against one pattern.
///
/// What a branching node answered at a character is remembered, so that a walk takes no more steps than nodes times characters.
struct PatternWalk {
    /// What a node answered for the rest of a component.
    private enum Answer {
        case unknown, differs, fails, done
        case rest(Int)
        /// Several rests are left, in order.
        case rests([Int])
    }

    private struct Place: Hashable {
        let node: Int
        let start: Int
    }

    private let graph: PatternGraph
    private let name: ContiguousArray<UInt32>
    private var answers: [Answer] = []
    private var verdicts: [Place: DoublestarPattern.Verdict] = [:]

    /// Prepares to match.
    init(_ graph: PatternGraph, _ name: PatternName) {
        self.graph = graph
        self.name = name.scalars
    }

    /// Whether the whole name matches the whole pattern.
    mutating func verdict() -> DoublestarPattern.Verdict { verdict(of: 0, from: 0) }

    /// Matches the components that begin at `start`; there is always one, if an empty one.
    private mutating func verdict(of node: Int, from start: Int) -> DoublestarPattern.Verdict {
        // With a single fork no place is reached twice.
        guard graph.forks > 1 else { return freshVerdict(of: node, from: start) }
        let place = Place(node: node, start: start)
        if let known = verdicts[place] { return known }
        let verdict = freshVerdict(of: node, from: start)
        verdicts[place] = verdict
        return verdict
    }

    private mutating func freshVerdict(of node: Int, from start: Int) -> DoublestarPattern.Verdict {
        switch graph.nodes[node].opening {
        case .everything: return .matches
        case .doublestar(let rest):
            var start = start
            while true {
                // A failure behind a doublestar counts as a difference.
                if verdict(of: rest, from: start) == .matches { return .matches }
                let end = endOfComponent(from: start)
                if end == name.count { return .differs }
                start = end + 1
            }
        case .ordinary: break
        }
        let end = endOfComponent(from: start)
        let isLast = end == name.count
        switch answer(of: node, at: start, end: end) {
        case .unknown, .differs: return .differs
        case .fails: return .fails
        case .done: return isLast ? .matches : .differs
        case .rest(let rest): return isLast ? .differs : verdict(of: rest, from: end + 1)
        case .rests(let rests):
            // Where some alternative leaves a rest, one that left none no longer counts.
            if isLast { return .differs }
            for rest in rests {
                let verdict = verdict(of: rest, from: end + 1)
                if verdict != .differs { return verdict }
            }
            return .differs
        }
    }

    private func endOfComponent(from start: Int) -> Int {
        var index = start
        while index < name.count {
            if name[index] == PatternText.slash, index == start || name[index - 1] != PatternText.backslash { return index }
            index += 1
        }
        return index
    }

    private mutating func answer(of start: Int, at first: Int, end: Int) -> Answer {
        var (index, position) = (start, first)
        while position < end {
            let node = graph.nodes[index]
            switch node.step {
            case .stop: return .differs
            case .literal: guard node.scalar == name[position] else { return .differs }
            case .any: break
            case .set: guard graph.sets[node.detail].contains(name[position]) else { return .differs }
            case .starToEnd: return Self.answer(node.starOutcome)
            case .star, .alternatives: return remembered(node, position, end)
            }
            index = node.next
            position += 1
        }
        return Self.answer(graph.nodes[index].exhausted)
    }

    private static func answer(_ outcome: PatternGraph.Outcome) -> Answer {
        switch outcome {
        case .differs: .differs
        case .fails: .fails
        case .done: .done
        case .rest(let node): .rest(node)
        }
    }

    private mutating func remembered(_ node: PatternGraph.Node, _ position: Int, _ end: Int) -> Answer {
        guard graph.branches > 1 else { return fresh(node, position, end) }
        if answers.isEmpty { answers = Array(repeating: .unknown, count: graph.branches * name.count) }
        let place = node.branch * name.count + position
        if case .unknown = answers[place] { answers[place] = fresh(node, position, end) }
        return answers[place]
    }

    private mutating func fresh(_ node: PatternGraph.Node, _ position: Int, _ end: Int) -> Answer {
        if node.step == .alternatives { return merged(graph.options[node.detail], position, end) }
        // The star is content with the first place from which the rest matches, and never takes all.
        for position in position..<end {
            let answer = answer(of: node.next, at: position, end: end)
            if case .differs = answer { continue }
            return answer
        }
        return .differs
    }

    private mutating func merged(_ options: [Int], _ position: Int, _ end: Int) -> Answer {
        var rests: [Int] = []
        var anyMatches = false
        for option in options {
            switch answer(of: option, at: position, end: end) {
            case .unknown, .differs: continue
            case .fails: return .fails
            case .done: break
            case .rest(let rest): if !rests.contains(rest) { rests.append(rest) }
            case .rests(let more): for rest in more where !rests.contains(rest) { rests.append(rest) }
            }
            anyMatches = true
        }
        guard anyMatches else { return .differs }
        return rests.isEmpty ? .done : .rests(rests)
    }
}
