import Foundation

/// An alert as `etc/prometheus/*.rules.yml` writes it: one key a line, below `- alert:`.
struct AlertRule {
    let name: String
    /// The lines that belong to it, from `- alert:` on, without comments.
    let lines: [String]

    /// The rules of a file, in its order.
    static func all(in text: String) -> [AlertRule] {
        var rules: [AlertRule] = []
        for line in text.split(separator: "\n").map(String.init) where !line.trimmingCharacters(in: .whitespaces).hasPrefix("#") {
            if let match = line.wholeMatch(of: /\s*- alert: (\w+)/) {
                rules.append(AlertRule(name: String(match.output.1), lines: [line]))
            } else if let last = rules.popLast() {
                rules.append(AlertRule(name: last.name, lines: last.lines + [line]))
            }
        }
        return rules
    }

    /// What stands after `key:` on its line.
    func value(of key: String) -> String? {
        lines.lazy.map { $0.trimmingCharacters(in: .whitespaces) }.first { $0.hasPrefix("\(key):") }
            .map { $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces) }
    }

    /// `OpsdRPOObjectiveBroken` as `opsd-rpo-objective-broken`.
    var pageName: String {
        name.replacing(/([a-z])([A-Z])/) { "\($0.output.1)-\($0.output.2)" }.replacing(/([A-Z])([A-Z][a-z])/) {
            "\($0.output.1)-\($0.output.2)"
        }
        .lowercased()
    }
}
