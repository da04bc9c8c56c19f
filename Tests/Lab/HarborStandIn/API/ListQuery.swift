import Foundation

/// The value of `q`: `k1=v,k2=~v,k3=[min~max],k4={a b},k5=(a b)`.
struct ListQuery: Sendable, Equatable {
    /// What is asked of one key.
    enum Condition: Sendable, Equatable {
        case exact(String)
        case fuzzy(String)
        case range(low: String?, high: String?)
        case any([String])
        case all([String])
    }

    /// What is asked, by key.
    let conditions: [String: Condition]

    /// Reads the value, which the server decodes once more. Throws 400 for a malformed one.
    init(_ value: String?) throws(StandInFailure) {
        guard let value, !value.isEmpty else {
            conditions = [:]
            return
        }
        guard let text = value.removingPercentEncoding else { throw .badRequest("invalid query string value: \(value)") }
        var conditions: [String: Condition] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { throw .badRequest("invalid query string value: \(text)") }
            conditions[parts[0].trimmingCharacters(in: .whitespaces)] = try Self.condition(String(parts[1]))
        }
        self.conditions = conditions
    }

    private static func condition(_ text: String) throws(StandInFailure) -> Condition {
        if text.hasPrefix("\\") { return .exact(String(text.dropFirst())) }
        if text.hasPrefix("~") { return .fuzzy(String(text.dropFirst())) }
        if text.hasPrefix("["), text.hasSuffix("]") {
            let bounds = text.dropFirst().dropLast().split(separator: "~", omittingEmptySubsequences: false).map { unquoted($0) }
            guard bounds.count == 2 else { throw .badRequest("invalid range value: \(text)") }
            return .range(low: bounds[0].isEmpty ? nil : bounds[0], high: bounds[1].isEmpty ? nil : bounds[1])
        }
        if text.hasPrefix("{"), text.hasSuffix("}") { return .any(elements(text)) }
        if text.hasPrefix("("), text.hasSuffix(")") { return .all(elements(text)) }
        return .exact(unquoted(text[...]))
    }

    private static func elements(_ text: String) -> [String] { text.dropFirst().dropLast().split(separator: " ").map { unquoted($0) } }

    private static func unquoted(_ text: Substring) -> String {
        for mark in ["\"", "'"] where text.count >= 2 && text.hasPrefix(mark) && text.hasSuffix(mark) {
            return String(text.dropFirst().dropLast())
        }
        return String(text)
    }
}
