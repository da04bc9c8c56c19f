import Yams

/// A value of the description, as it stands there: every scalar is text.
enum DescriptionNode: Sendable, Equatable {
    case text(String)
    case list([DescriptionNode])
    case map([String: DescriptionNode])

    init(_ node: Node) throws {
        switch node {
        case .scalar(let scalar): self = .text(scalar.string)
        case .sequence(let sequence): self = .list(try sequence.map(DescriptionNode.init))
        case .mapping(let mapping):
            var members: [String: DescriptionNode] = [:]
            for (key, value) in mapping {
                guard case .scalar(let name) = key else { throw DescriptionError("a key is no word") }
                members[name.string] = try DescriptionNode(value)
            }
            self = .map(members)
        case .alias: throw DescriptionError("an alias has no anchor")
        }
    }

    subscript(name: String) -> DescriptionNode? { members[name] }

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    var list: [DescriptionNode] {
        guard case .list(let list) = self else { return [] }
        return list
    }

    var members: [String: DescriptionNode] {
        guard case .map(let members) = self else { return [:] }
        return members
    }

    var isTrue: Bool { text == "true" }
    var number: Double? { text.flatMap(Double.init) }
}

/// Why the description cannot be used.
package struct DescriptionError: Error, CustomStringConvertible {
    /// What is wrong with it.
    package let description: String

    init(_ description: String) { self.description = description }
}
