import CronSchedule
import Foundation
import Testing

@Suite("Next and previous are mirrors", .timeLimit(.minutes(5)))
struct CronPropertyTests {
    private static let zones =
        CronsimDifferentialTests.zones + [
            "America/Asuncion", "Asia/Pyongyang", "America/Caracas", "Pacific/Kiritimati", "Africa/Monrovia", "Europe/Amsterdam",
        ]

    @Test("from any instant, the time ahead leads back and the time behind leads on", arguments: [11, 12, 13, 14] as [UInt64])
    func mirrors(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<1_500 {
            let text = RandomExpression.plausible(using: &random)
            guard let expression = try? CronExpression(parsing: text) else { continue }  // some are impossible dates: other tests' business
            let zone = try #require(TimeZone(identifier: random.pick(Self.zones)))
            var start = Date(timeIntervalSince1970: Double(Int.random(in: -1_800_000_000..<4_000_000_000, using: &random)))
            if random.chance(70), let change = zone.nextDaylightSavingTimeTransition(after: start) {
                start = change.addingTimeInterval(Double(Int.random(in: -15_000..<15_000, using: &random)))
            }
            let place: Comment = "seed \(seed): '\(text)' in \(zone.identifier) around \(start.timeIntervalSince1970)"
            var time = start
            for _ in 0..<5 {
                let next = try #require(expression.next(after: time, in: zone), place)
                #expect(next > time, place)
                #expect(expression.next(after: next.addingTimeInterval(-1), in: zone) == next, place)
                let behind = try #require(expression.previous(before: next, in: zone), place)
                #expect(behind <= time, place)
                #expect(expression.next(after: behind, in: zone) == next, place)
                #expect(expression.previous(before: next.addingTimeInterval(0.5), in: zone) == next, place)
                // Nothing lies between: not from halfway either.
                let middle = Date(timeIntervalSince1970: ((time.timeIntervalSince1970 + next.timeIntervalSince1970) / 2).rounded(.down))
                #expect(expression.next(after: max(middle, time), in: zone) == next, place)
                time = next
            }
        }
    }

    @Test("in the days around changes of clocks, a walk minute by minute finds the same", arguments: CronsimDifferentialTests.zones)
    func walk(zone name: String) throws {
        let zone = try #require(TimeZone(identifier: name))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        var compared = 0
        for text in ["*/30 2 * * *", "0 15 1-3 * * *", "0 0 * * * 0", "0 45 1,3 * * *", "* 1 * * 1-6"] {
            let expression = try CronExpression(parsing: text)
            var start = try Date("2016-12-31T00:00:00Z", strategy: .iso8601)
            for _ in 0..<4 {
                guard let change = zone.nextDaylightSavingTimeTransition(after: start) else { break }
                start = change
                var walked: [Date] = []
                for minute in -2_000..<2_000 {
                    let moment = Date(timeIntervalSince1970: (change.timeIntervalSince1970 / 60).rounded() * 60 + Double(minute * 60))
                    let parts = calendar.dateComponents([.minute, .hour, .weekday], from: moment)
                    if try shows(text, #require(parts.minute), #require(parts.hour), #require(parts.weekday) - 1) { walked.append(moment) }
                }
                guard let first = walked.first else { continue }
                compared += walked.count
                let found = expression.times(after: first.addingTimeInterval(-1), in: zone, count: walked.count)
                #expect(found == walked, "'\(text)' around \(change)")
            }
        }
        let hasChanges = zone.nextDaylightSavingTimeTransition(after: try Date("2016-12-31T00:00:00Z", strategy: .iso8601)) != nil
        #expect(compared > 0 || !hasChanges)
    }

    /// Written out by hand, so that no parser has a part in it.
    private func shows(_ text: String, _ minute: Int, _ hour: Int, _ weekday: Int) -> Bool {
        switch text {
        case "*/30 2 * * *": minute % 30 == 0 && hour == 2
        case "0 15 1-3 * * *": minute == 15 && (1...3).contains(hour)
        case "0 0 * * * 0": minute == 0 && weekday == 0
        case "0 45 1,3 * * *": minute == 45 && (hour == 1 || hour == 3)
        default: hour == 1 && weekday != 0
        }
    }

    @Test("the sparsest expressions are found at once")
    func sparse() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let start = try Date("2072-03-01T00:00:00Z", strategy: .iso8601)
        for text in ["0 0 * 2 MON#5", "0 0 0 * 2 MON#5", "59 59 23 29 2 */7", "0 0 LW,29 2 *"] {
            let expression = try CronExpression(parsing: text)
            for second in 0..<2_000 {
                let after = start.addingTimeInterval(Double(second))
                let next = try #require(expression.next(after: after, in: zone))
                #expect(next > after && expression.previous(before: next, in: zone).map { $0 <= after } == true)
            }
        }
    }
}
