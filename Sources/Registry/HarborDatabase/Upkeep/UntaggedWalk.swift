/// Follows a collection's first step: which artifacts go when those without a tag go.
///
/// An untagged artifact takes with it what is attached to it, tagged or not, and the children that have neither a tag nor another
/// parent left. What an index that stays lists, stays.
struct UntaggedWalk {
    private struct Edge {
        let from: Int64
        let to: Int64
    }

    private var roots: [Int64] = []
    private var children: [Edge] = []
    private var accessories: [Edge] = []
    private var parentsLeft: [Int64: Int] = [:]
    private var tagged: Set<Int64> = []

    /// An untagged artifact that nothing lists and that is attached to nothing.
    mutating func addRoot(_ id: Int64) { roots.append(id) }

    /// An index lists a child. The edges come ordered by parent, all those of each child.
    mutating func addChild(_ child: Int64, of parent: Int64, isTagged: Bool) {
        children.append(Edge(from: parent, to: child))
        parentsLeft[child, default: 0] += 1
        if isTagged { tagged.insert(child) }
    }

    /// An artifact is attached to another one. The edges come ordered by subject.
    mutating func addAccessory(_ accessory: Int64, of subject: Int64) { accessories.append(Edge(from: subject, to: accessory)) }

    /// All artifacts that go, in ascending order.
    func gone() -> [Int64] {
        var gone: Set<Int64> = []
        var left = parentsLeft
        var attached: Set<Int64> = []
        var waiting = roots
        while let id = waiting.popLast() {
            guard gone.insert(id).inserted else { continue }
            for edge in Self.edges(of: id, in: accessories) {
                attached.insert(edge.to)
                if left[edge.to, default: 0] == 0 { waiting.append(edge.to) }
            }
            for edge in Self.edges(of: id, in: children) {
                let remaining = left[edge.to, default: 1] - 1
                left[edge.to] = remaining
                if remaining == 0, !tagged.contains(edge.to) || attached.contains(edge.to) { waiting.append(edge.to) }
            }
        }
        return gone.sorted()
    }

    private static func edges(of id: Int64, in edges: [Edge]) -> ArraySlice<Edge> {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle].from < id { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < edges.count, edges[end].from == id { end += 1 }
        return edges[low..<end]
    }
}
