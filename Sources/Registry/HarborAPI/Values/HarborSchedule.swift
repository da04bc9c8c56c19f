package import Foundation

/// When Harbor does something by itself. Its times are UTC.
package struct HarborSchedule: Sendable, Equatable {
    /// The ways to state it.
    package enum Kind: Hashable, Sendable, CustomStringConvertible {
        case hourly, daily, weekly, custom
        /// Once, now.
        case manual
        /// Never.
        case none
        /// A word that we do not know.
        case other(String)

        /// Reads Harbor's word.
        package init(_ word: String) {
            self =
                switch word.lowercased() {
                case "hourly": .hourly
                case "daily": .daily
                case "weekly": .weekly
                case "custom": .custom
                case "manual": .manual
                case "none", "": .none
                default: .other(AnswerText.shortened(word))
                }
        }

        /// Harbor's word.
        package var description: String {
            switch self {
            case .hourly: "Hourly"
            case .daily: "Daily"
            case .weekly: "Weekly"
            case .custom: "Custom"
            case .manual: "Manual"
            case .none: "None"
            case .other(let word): word
            }
        }
    }

    /// How it is stated.
    package let kind: Kind
    /// Six fields, seconds first; also for the named kinds. Empty where there is none.
    package let cron: String
    /// When it is due next; nil where Harbor does not say.
    package let next: Date?
    /// What it does, for garbage collection.
    package let parameters: CollectionParameters?

    /// A schedule.
    package init(kind: Kind, cron: String, next: Date? = nil, parameters: CollectionParameters? = nil) {
        self.kind = kind
        self.cron = cron
        self.next = next
        self.parameters = parameters
    }

    /// Of an object with `schedule` in it; nil where nothing is scheduled.
    init?(_ answer: AnswerObject) throws {
        guard let schedule = try answer.object("schedule") else { return nil }
        kind = Kind(try schedule.text("type") ?? "")
        cron = try schedule.text("cron") ?? ""
        if kind == .none || kind == .manual { return nil }
        next = try schedule.time("next_scheduled_time")
        parameters = try answer.nested("job_parameters").map(CollectionParameters.init)
    }
}
