import CronSchedule
import Foundation
import Testing

@Suite("Harbor's own schedules follow robfig/cron")
struct HarborCronExpressionTests {
    struct Case: CustomTestStringConvertible {
        let expression: String
        let after: String
        let expected: [String]

        init(_ expression: String, after: String, _ expected: [String]) {
            self.expression = expression
            self.after = after
            self.expected = expected
        }

        var testDescription: String { "'\(expression)' after \(after)" }
    }

    static let times: [Case] = [
        // The three that Harbor's user interface writes.
        Case("0 0 * * * *", after: "2026-11-21T02:29:59Z", ["2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z"]),
        Case("0 0 0 * * *", after: "2026-11-21T00:00:00Z", ["2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"]),
        Case("0 0 0 * * 0", after: "2026-11-21T00:00:00Z", ["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"]),
        // Seconds, steps from a value to the end, steps of a range. A range of one value with a step is that value: cronsim's is not.
        Case(
            "10/25 59 23 31 12 *", after: "2026-11-21T00:00:00Z", ["2026-12-31T23:59:10Z", "2026-12-31T23:59:35Z", "2027-12-31T23:59:10Z"]),
        Case(
            "0 20-50/15 3 * * *", after: "2026-11-21T00:00:00Z", ["2026-11-21T03:20:00Z", "2026-11-21T03:35:00Z", "2026-11-21T03:50:00Z"]),
        Case("0 5-5/40 3 * * *", after: "2026-11-21T00:00:00Z", ["2026-11-21T03:05:00Z", "2026-11-22T03:05:00Z"]),
        // A question mark is a star, in any field, and the star ends what a range would begin.
        Case("0 ? 3 ? * ?", after: "2026-11-21T00:00:00Z", ["2026-11-21T03:00:00Z", "2026-11-21T03:01:00Z"]),
        Case("0 0 *-5/12 * * *", after: "2026-11-21T00:00:00Z", ["2026-11-21T12:00:00Z", "2026-11-22T00:00:00Z"]),
        // Both days restricted: either is enough. A star or question mark on one side: both must fit, which is the other's choice.
        Case("0 0 0 1 * Mon", after: "2026-11-21T00:00:00Z", ["2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"]),
        Case("0 0 0 ? * Mon", after: "2026-11-21T00:00:00Z", ["2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"]),
        Case("0 0 0 15 * ?", after: "2026-11-21T00:00:00Z", ["2026-12-15T00:00:00Z", "2027-01-15T00:00:00Z"]),
        // A star anywhere in the list counts; a star with a step does not, other than in Debian's cron; with the step 1 it does.
        Case("0 0 0 1 * 1,*", after: "2026-11-21T00:00:00Z", ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
        Case("0 0 0 */10 * Mon", after: "2026-11-21T00:00:00Z", ["2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"]),
        Case("0 0 0 */1 * Mon", after: "2026-11-21T00:00:00Z", ["2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"]),
        // Empty items of a list do not count; a plus may stand before a number.
        Case("0 0 3,,+5 * jan-FEB *", after: "2026-11-21T00:00:00Z", ["2027-01-01T03:00:00Z", "2027-01-01T05:00:00Z"]),
        Case("0 0 0 29 2 *", after: "2026-11-21T00:00:00Z", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
    ]

    @Test("times follow the fields, in UTC", arguments: times)
    func followFields(_ c: Case) throws {
        let expression = try HarborCronExpression(parsing: c.expression)
        var last = try Date(c.after, strategy: .iso8601)
        for text in c.expected {
            let next = try #require(expression.next(after: last))
            #expect(next == (try Date(text, strategy: .iso8601)))
            #expect(expression.previous(before: next.addingTimeInterval(0.5)) == next)
            #expect(try #require(expression.previous(before: next)) <= last)
            last = next
        }
        #expect(expression.description == c.expression && expression.text == c.expression)
    }

    @Test("what Harbor accepts and never runs is accepted, and never comes", arguments: ["0 0 0 30 2 *", "0 0 0 31 4,6 ?", ", * * * * *"])
    func never(text: String) throws {
        let expression = try HarborCronExpression(parsing: text)
        let instant = try Date("2026-11-21T00:00:00Z", strategy: .iso8601)
        #expect(expression.next(after: instant) == nil)
        #expect(expression.previous(before: instant) == nil)
    }

    @Test("Harbor looks ahead to the end of the fifth year after this one")
    func horizon() throws {
        let expression = try HarborCronExpression(parsing: "0 0 0 29 2 *")
        let far = try Date("2098-12-31T23:59:58Z", strategy: .iso8601)
        let leapDay = try Date("2104-02-29T00:00:00Z", strategy: .iso8601)
        #expect(expression.next(after: far) == nil)
        #expect(expression.next(after: far.addingTimeInterval(1)) == leapDay)
        #expect(expression.previous(before: leapDay) == (try Date("2096-02-29T00:00:00Z", strategy: .iso8601)))
    }

    static let refusals: [(text: String, code: CronError.Code, position: Int)] = [
        ("", .empty, 1),
        ("0 0 * * *", .fieldCount, 9),
        ("0 0 0 * * * *", .fieldCount, 13),
        ("@daily", .unknownMacro, 1),
        ("TZ=Europe/Berlin 0 0 0 * * *", .unsupported, 1),
        ("0 60 * * * *", .outOfRange, 3),
        ("0 0 0 0 * *", .outOfRange, 7),
        ("0 0 0 * * 7", .outOfRange, 11),
        ("0 0 0 * * 5-7", .outOfRange, 11),
        ("0 0 0 * * SAT-SUN", .backwardRange, 11),
        ("0 0 22-5 * * *", .backwardRange, 5),
        ("0 0 0 L * *", .malformedValue, 7),
        ("0 0 0 * * 5L", .malformedValue, 11),
        ("0 0 0 * * 5#2", .malformedValue, 11),
        ("0 0 0 * * Monday", .malformedValue, 11),
        ("0 -5 * * * *", .malformedValue, 3),
        ("0 1-2-3 * * * *", .malformedValue, 7),
        ("0 */0 * * * *", .malformedStep, 5),
        ("0 */-2 * * * *", .malformedStep, 5),
        ("0 1/2/3 * * * *", .malformedStep, 7),
    ]

    @Test("what Harbor refuses is refused, with its place", arguments: refusals)
    func refuse(_ text: String, _ code: CronError.Code, _ position: Int) {
        do throws(CronError) {
            _ = try HarborCronExpression(parsing: text)
            Issue.record("accepted")
        } catch {
            #expect(error.code == code)
            #expect(error.position == position)
        }
    }
}
