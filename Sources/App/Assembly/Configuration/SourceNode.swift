/// A value of the file and where it begins.
struct SourceNode: Sendable {
    /// What YAML makes of it; scalars stay text until somebody knows their type.
    enum Value: Sendable {
        case scalar(String)
        case mapping([SourceEntry])
        case sequence([SourceNode])
        /// Nothing after the colon, `~` or `null`.
        case null
    }

    let value: Value
    let place: SourcePlace

    /// What it is, for a message about a wrong type.
    var kind: String {
        switch value {
        case .scalar: "a single value"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .null: "nothing"
        }
    }
}

/// A key with its value.
struct SourceEntry: Sendable {
    let key: String
    let place: SourcePlace
    let value: SourceNode
}

/// Line and column, both from 1.
struct SourcePlace: Hashable, Sendable {
    let line: Int
    let column: Int
}
