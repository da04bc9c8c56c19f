/// A retention policy, as the API and column `data` spell it.
struct RetentionPolicy: Codable, Sendable {
    struct Selector: Codable, Hashable, Sendable {
        var kind: String?
        var decoration: String
        var pattern: String
        /// JSON within the JSON.
        var extras: String?
    }

    struct Rule: Codable, Hashable, Sendable {
        var id: Int?
        var priority: Int?
        var disabled: Bool?
        var action: String?
        var template: String
        var params: [String: Int]?
        var tagSelectors: [Selector]?
        var scopeSelectors: [String: [Selector]]?

        enum CodingKeys: String, CodingKey {
            case id, priority, disabled, action, template, params
            case tagSelectors = "tag_selectors"
            case scopeSelectors = "scope_selectors"
        }
    }

    struct Trigger: Codable, Sendable {
        var kind: String
        var settings: [String: String]?
        var references: [String: Int]?
    }

    struct Scope: Codable, Sendable {
        var level: String
        var ref: Int64
    }

    var id: Int64?
    var algorithm: String
    var rules: [Rule]
    var trigger: Trigger?
    var scope: Scope

    /// When the policy runs by itself; empty means never.
    var cron: String { trigger?.settings?["cron"] ?? "" }

    /// The places of two rules that are the same but for their numbers.
    var firstConflict: (Int, Int)? {
        var seen: [Rule: Int] = [:]
        for (index, rule) in rules.enumerated() {
            var bare = rule
            bare.id = nil
            if let earlier = seen.updateValue(index, forKey: bare) { return (index, earlier) }
        }
        return nil
    }
}
