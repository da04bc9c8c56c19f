/// How bad a finding is, by the scanner's judgement; the greater the worse.
package enum FindingSeverity: Int, Sendable, Comparable, CaseIterable, CustomStringConvertible {
    case none, unknown, negligible, low, medium, high, critical

    /// Reads Harbor's word; one that we do not know counts as unknown.
    package init(_ word: String) {
        self = Self.allCases.first { $0.description.lowercased() == word.lowercased() } ?? .unknown
    }

    /// Whether `left` is less bad.
    package static func < (left: FindingSeverity, right: FindingSeverity) -> Bool { left.rawValue < right.rawValue }

    /// Harbor's word.
    package var description: String {
        switch self {
        case .none: "None"
        case .unknown: "Unknown"
        case .negligible: "Negligible"
        case .low: "Low"
        case .medium: "Medium"
        case .high: "High"
        case .critical: "Critical"
        }
    }
}
