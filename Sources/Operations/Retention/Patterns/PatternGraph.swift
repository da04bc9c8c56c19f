/// A pattern as a graph: a node for each rest of the pattern that can be left over, with what it does next.
///
/// Alternatives are put in front of what follows them, as doublestar does, so that each node is a text of its own; texts that are
/// equal share a node, which keeps their number near the length of the pattern.
struct PatternGraph: Sendable {
    /// What a node asks of the next character.
    enum Step: UInt8, Sendable {
        /// No character may follow in this component.
        case stop
        case literal, any, set
        /// A star that ends the component.
        case starToEnd
        case star, alternatives
    }

    /// What is left to do after a component of the name.
    enum Outcome: Equatable, Sendable {
        case differs, fails
        /// Nothing: it was the pattern's last component.
        case done
        /// The following components have to match this node.
        case rest(Int)
    }

    /// How a rest of the pattern deals with whole components.
    enum Opening: Equatable, Sendable {
        case ordinary
        /// `**` alone.
        case everything
        /// `**` and a slash; the node is what follows.
        case doublestar(Int)
    }

    struct Node: Sendable {
        var step = Step.stop
        /// The character of a literal.
        var scalar: UInt32 = 0
        /// The node behind the step.
        var next = 0
        /// The place in `sets` or `options`.
        var detail = 0
        /// The place of a branching node in a walk's memory.
        var branch = 0
        /// What a component that ends before this node leaves to do.
        var exhausted = Outcome.differs
        /// What a star leaves to do.
        var starOutcome = Outcome.differs
        var opening = Opening.ordinary
    }

    struct CharacterSet: Sendable {
        var isNegated: Bool
        var ranges: [ClosedRange<UInt32>]

        func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != isNegated }
    }

    static let characterLimit = 1024
    static let nodeLimit = 8192

    private(set) var nodes: ContiguousArray<Node> = []
    private(set) var sets: [CharacterSet] = []
    private(set) var options: [[Int]] = []
    /// Stars with something behind them, and alternatives.
    private(set) var branches = 0
    /// Nodes at which the components of a name can be divided in several ways.
    private(set) var forks = 0

    /// Compiles a pattern that is not empty; throws `malformedPattern` or `oversizedPattern`.
    init(compiling text: String) throws(RetentionError) {
        let pattern = PatternText(text)
        guard pattern.scalars.count <= Self.characterLimit else {
            throw RetentionError(
                .oversizedPattern, "a pattern has \(pattern.scalars.count) characters", remedy: "write at most \(Self.characterLimit)")
        }
        var rests = Rests(first: pattern)
        while let rest = rests.next() {
            do {
                let node = try node(for: rest, &rests)
                nodes.append(node)
            } catch {
                throw RetentionError(
                    .malformedPattern, "pattern '\(text.prefix(200))' \(error.rawValue)", remedy: "close it, or put \\ before the character"
                )
            }
            guard rests.count <= Self.nodeLimit else {
                throw RetentionError(
                    .oversizedPattern, "pattern '\(text.prefix(200))' has too many ways to match", remedy: "write several patterns")
            }
        }
    }

    /// The texts that have a node, or will have one, by the order in which they came up.
    private struct Rests {
        private var indices: [PatternText: Int]
        private var texts: [PatternText]
        private var position = 0

        init(first: PatternText) {
            indices = [first: 0]
            texts = [first]
        }

        var count: Int { texts.count }

        mutating func next() -> PatternText? {
            guard position < texts.count else { return nil }
            defer { position += 1 }
            return texts[position]
        }

        mutating func index(of text: PatternText) -> Int {
            if let index = indices[text] { return index }
            indices[text] = texts.count
            texts.append(text)
            return texts.count - 1
        }
    }

    private mutating func node(for rest: PatternText, _ rests: inout Rests) throws(PatternText.Fault) -> Node {
        var node = Node()
        node.exhausted = Self.outcome(ofEndBefore: rest, &rests)
        guard let first = rest.scalars.first, first != PatternText.slash else { return node }
        switch first {
        case PatternText.backslash:
            node.step = .literal
            node.scalar = try rest.escaped()
            node.next = rests.index(of: rest.from(2))
        case PatternText.asterisk:
            try star(&node, rest, &rests)
        case PatternText.question:
            node.step = .any
            node.next = rests.index(of: rest.from(1))
        case PatternText.openBracket:
            let (set, end) = try rest.characterSet()
            node.step = .set
            node.detail = sets.count
            sets.append(set)
            node.next = rests.index(of: rest.from(end))
        case PatternText.openBrace:
            let (choices, end) = try rest.alternatives()
            node.step = .alternatives
            node.detail = options.count
            node.branch = branches
            branches += 1
            forks += 1
            let tail = rest.scalars[end...]
            options.append(choices.map { rests.index(of: PatternText($0 + tail)) })
        default:
            node.step = .literal
            node.scalar = first
            node.next = rests.index(of: rest.from(1))
        }
        return node
    }

    private mutating func star(_ node: inout Node, _ rest: PatternText, _ rests: inout Rests) throws(PatternText.Fault) {
        if rest.scalars.starts(with: [PatternText.asterisk, PatternText.asterisk]) {
            if rest.scalars.count == 2 {
                node.opening = .everything
            } else if rest.scalars[2] == PatternText.slash {
                node.opening = .doublestar(rests.index(of: rest.from(3)))
                forks += 1
            }
        }
        guard rest.scalars.count > 1 else {
            node.step = .starToEnd
            node.starOutcome = .done
            return
        }
        guard rest.scalars[1] != PatternText.slash else {
            node.step = .starToEnd
            node.starOutcome = .rest(rests.index(of: rest.from(2)))
            return
        }
        node.step = .star
        node.branch = branches
        branches += 1
        node.next = rests.index(of: rest.from(1))
    }

    private static func outcome(ofEndBefore rest: PatternText, _ rests: inout Rests) -> Outcome {
        if rest.scalars.isEmpty { return .done }
        let slash = rest.firstSlash
        let component = slash.map { PatternText(rest.scalars[..<$0]) } ?? rest
        do {
            guard try component.isZeroLength() else { return .differs }
        } catch {
            return .fails
        }
        return slash.map { .rest(rests.index(of: rest.from($0 + 1))) } ?? .done
    }
}
