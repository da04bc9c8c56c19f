/// What a robot account must be granted for a call.
package struct HarborPermission: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Where Harbor grants it.
    package enum Level: String, Sendable, CaseIterable {
        /// For the whole registry.
        case system
        /// For each project, or for all by `*`.
        case project
    }

    /// Where Harbor grants it.
    package let level: Level
    /// As Harbor's API names it: `garbage-collection`.
    package let resource: String
    /// As Harbor's API names it: `read`, `list`.
    package let action: String

    /// A permission in Harbor's words.
    package init(_ level: Level, _ resource: String, _ action: String) {
        self.level = level
        self.resource = resource
        self.action = action
    }

    /// What opsd's robot needs for all its calls: by level, resource and action.
    package static let all: [HarborPermission] = Set(HarborOperation.allCases.compactMap(\.permission)).sorted()

    /// `all` as a table in Markdown: one row for each resource, a header first, a line feed at the end of each row.
    package static var table: String {
        var rows = ["| Level | Resource | Actions |", "|---|---|---|"]
        var rest = all[...]
        while let first = rest.first {
            let group = rest.prefix(while: { $0.level == first.level && $0.resource == first.resource })
            let actions = group.map { "`\($0.action)`" }.joined(separator: ", ")
            rows.append("| \(first.level.rawValue) | `\(first.resource)` | \(actions) |")
            rest = rest.dropFirst(group.count)
        }
        return rows.map { $0 + "\n" }.joined()
    }

    /// By level, the system's first, then resource, then action.
    package static func < (left: HarborPermission, right: HarborPermission) -> Bool {
        if left.level != right.level { return left.level == .system }
        return (left.resource, left.action) < (right.resource, right.action)
    }

    /// In words: `garbage-collection: read (system)`.
    package var description: String { "\(resource): \(action) (\(level.rawValue))" }
}
