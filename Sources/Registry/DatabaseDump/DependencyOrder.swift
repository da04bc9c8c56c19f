/// Puts things into an order in which each comes after what it depends on, and otherwise keeps the order given.
enum DependencyOrder {
    /// What remained when nothing more could be placed: a cycle, and whatever waits for it.
    struct Cycle<Node: Hashable & Sendable>: Error {
        let nodes: [Node]
    }

    /// Orders `nodes`; `dependencies` maps a node to those that must come before it. Unknown names in it are ignored.
    static func sorted<Node: Hashable & Sendable>(_ nodes: [Node], dependencies: [Node: Set<Node>]) throws(Cycle<Node>) -> [Node] {
        let known = Set(nodes)
        var placed: Set<Node> = []
        var order: [Node] = []
        var waiting = nodes
        while !waiting.isEmpty {
            var later: [Node] = []
            for node in waiting {
                let missing = (dependencies[node] ?? []).contains { $0 != node && known.contains($0) && !placed.contains($0) }
                if missing {
                    later.append(node)
                } else {
                    order.append(node)
                    placed.insert(node)
                }
            }
            guard later.count < waiting.count else { throw Cycle(nodes: later) }
            waiting = later
        }
        return order
    }
}
