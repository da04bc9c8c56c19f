/// A family of samples under one name: what Prometheus must know of it before the first value.
package struct Metric: Hashable, Sendable {
    /// What the values mean over time.
    package enum Kind: String, Sendable, CaseIterable {
        /// A value that goes up and down, or a time.
        case gauge
        /// A number that only grows; a restart may set it back to zero.
        case counter
        /// Always 1: the labels are what it says.
        case info

        /// The word after `# TYPE`. The text format has none for facts, so they are gauges.
        var typeName: String {
            switch self {
            case .gauge, .info: "gauge"
            case .counter: "counter"
            }
        }
    }

    /// The name, with prefix and base unit.
    package let name: String
    /// What the values mean over time.
    package let kind: Kind
    /// One sentence for people who see the number and nothing else.
    package let help: String
    /// The names of the labels, in the order in which their values are given.
    package let labels: [String]

    /// A metric. Names are ours and fixed; nothing that users write becomes one.
    package init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }
}
