import Foundation

/// What a rule of a Harbor policy retains among the artifacts that its selectors leave.
enum RetentionTemplate: Equatable, Sendable {
    case always
    case latestPushed(Int)
    case latestPulled(Int)
    /// By push or pull, whichever was later.
    case latestActive(Int)
    /// Days.
    case pushedSince(Int)
    /// Days.
    case pulledSince(Int)
    /// Days; unlike the others of its kind it leaves out what lies exactly at the limit.
    case pushedAfter(Int)

    /// An artifact as templates see it: Harbor counts whole seconds.
    struct Candidate {
        /// Its place in the repository.
        let place: Int
        /// The last push of the artifact or a tag, in seconds since 1970.
        let pushed: Int64
        /// The last pull of the artifact or a tag; the year 1 where there was none.
        let pulled: Int64
    }

    /// What Harbor makes of "never": the first second of the year 1.
    static let never: Int64 = -62_135_596_800

    /// Reads a rule; throws `unknownRule` for a template, and for a parameter that Harbor misses.
    init(_ rule: HarborRuleDocument.Rule) throws(RetentionError) {
        func parameter(_ standard: Int) throws(RetentionError) -> Int {
            guard let value = rule.params?[rule.template ?? ""] else {
                throw HarborRuleDocument.Selector.unknown("template without parameter", rule.template)
            }
            // What is no number, or negative, is Harbor's default; a fraction is cut off.
            guard case .number(let number) = value, number > -1 else { return standard }
            return Int(exactly: min(number, 1e9).rounded(.towardZero)) ?? standard
        }
        switch rule.template {
        case "always": self = .always
        case "latestPushedK": self = .latestPushed(try parameter(10))
        case "latestPulledN": self = .latestPulled(try parameter(10))
        case "latestActiveK": self = .latestActive(try parameter(10))
        case "nDaysSinceLastPush": self = .pushedSince(try parameter(30))
        case "nDaysSinceLastPull": self = .pulledSince(try parameter(30))
        case "lastXDays": self = .pushedAfter(try parameter(10))
        default: throw HarborRuleDocument.Selector.unknown("template", rule.template)
        }
    }

    /// Those that stay, of candidates in the order of Harbor's listing, which decides between equal times.
    func retained(of candidates: [Candidate], now: Date) -> [Candidate] {
        switch self {
        case .always: candidates
        case .latestPushed(let count): Self.latest(count, of: candidates, by: \.pushed)
        case .latestPulled(let count): Self.latest(count, of: candidates, by: \.pulled)
        case .latestActive(let count): Self.latest(count, of: candidates) { max($0.pushed, $0.pulled) }
        case .pushedSince(let days): candidates.filter { $0.pushed >= Self.second(days, before: now) }
        case .pulledSince(let days): candidates.filter { $0.pulled >= Self.second(days, before: now) }
        case .pushedAfter(let days):
            candidates.filter { Double($0.pushed) > now.timeIntervalSince1970 - Double(days) * 86_400 }
        }
    }

    /// The second of a date, cut off as Harbor cuts it.
    static func second(_ date: Date?) -> Int64 {
        guard let date else { return never }
        return Int64(exactly: date.timeIntervalSince1970.rounded(.down)) ?? never
    }

    private static func second(_ days: Int, before now: Date) -> Int64 { second(now) - Int64(days) * 86_400 }

    private static func latest(_ count: Int, of candidates: [Candidate], by time: (Candidate) -> Int64) -> [Candidate] {
        guard count < candidates.count else { return candidates }
        let order = candidates.indices.sorted { left, right in
            let (leftTime, rightTime) = (time(candidates[left]), time(candidates[right]))
            return leftTime == rightTime ? left < right : leftTime > rightTime
        }
        return order.prefix(count).map { candidates[$0] }
    }
}
