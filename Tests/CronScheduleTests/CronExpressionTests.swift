import CronSchedule
import Foundation
import Testing

@Suite("Cron expressions find their times")
struct CronExpressionTests {
    static let plain: [CronCase] = [
        // Strictly later, from a full second or from within one.
        CronCase("30 2 * * *", after: "2026-11-21T02:30:00Z", ["2026-11-22T02:30:00Z"]),
        CronCase("30 2 * * *", after: "2026-11-21T02:29:59Z", ["2026-11-21T02:30:00Z", "2026-11-22T02:30:00Z"]),
        CronCase("* * * * *", after: "2026-11-21T02:29:59Z", ["2026-11-21T02:30:00Z", "2026-11-21T02:31:00Z"]),
        // Seconds in front.
        CronCase("*/20 * * * * *", after: "2026-11-21T02:29:40Z", ["2026-11-21T02:30:00Z", "2026-11-21T02:30:20Z"]),
        CronCase("5 4 3 2 1 *", after: "2026-11-21T00:00:00Z", ["2027-01-02T03:04:05Z"]),
        // Steps: of all, of a range, from a value to the end, and of a range of one value, which is a value.
        CronCase("*/25 3 * * *", after: "2026-11-21T00:00:00Z", ["2026-11-21T03:00:00Z", "2026-11-21T03:25:00Z", "2026-11-21T03:50:00Z"]),
        CronCase("10-20/7 3 * * *", after: "2026-11-21T03:10:00Z", ["2026-11-21T03:17:00Z", "2026-11-22T03:10:00Z"]),
        CronCase("5/40 3 * * *", after: "2026-11-21T00:00:00Z", ["2026-11-21T03:05:00Z", "2026-11-21T03:45:00Z", "2026-11-22T03:05:00Z"]),
        CronCase("5-5/40 3 * * *", after: "2026-11-21T00:00:00Z", ["2026-11-21T03:05:00Z", "2026-11-21T03:45:00Z"]),
        CronCase("0 0 */10 * *", after: "2026-11-01T00:00:00Z", ["2026-11-11T00:00:00Z", "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z"]),
        // Lists, names in any case, blanks around and between.
        CronCase("0,30 6 * mar,OCT *", after: "2026-03-31T06:00:00Z", ["2026-03-31T06:30:00Z", "2026-10-01T06:00:00Z"]),
        CronCase(
            " \t0  6 *\t* mon-Wed ", after: "2026-11-21T12:00:00Z",
            ["2026-11-23T06:00:00Z", "2026-11-24T06:00:00Z", "2026-11-25T06:00:00Z"]),
        // Sunday is 0 and 7; 5-7 is Friday to Sunday; every second weekday from Sunday on.
        CronCase("0 6 * * 7", after: "2026-11-21T12:00:00Z", ["2026-11-22T06:00:00Z", "2026-11-29T06:00:00Z"]),
        CronCase("0 6 * * 0", after: "2026-11-21T12:00:00Z", ["2026-11-22T06:00:00Z", "2026-11-29T06:00:00Z"]),
        CronCase("0 6 * * 5-7", after: "2026-11-21T12:00:00Z", ["2026-11-22T06:00:00Z", "2026-11-27T06:00:00Z", "2026-11-28T06:00:00Z"]),
        CronCase("0 6 * * */3", after: "2026-11-21T12:00:00Z", ["2026-11-22T06:00:00Z", "2026-11-25T06:00:00Z", "2026-11-28T06:00:00Z"]),
        // The year ends.
        CronCase("59 23 31 12 *", after: "2026-12-31T23:59:00Z", ["2027-12-31T23:59:00Z"]),
        CronCase("0 0 1 1 *", after: "2026-12-31T23:59:59Z", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
        // Before 1970.
        CronCase("0 12 * * *", after: "1969-12-30T13:00:00Z", ["1969-12-31T12:00:00Z", "1970-01-01T12:00:00Z"]),
        // The names.
        CronCase("@hourly", after: "2026-11-21T02:29:59Z", ["2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z"]),
        CronCase("@daily", after: "2026-11-21T02:29:59Z", ["2026-11-22T00:00:00Z"]),
        CronCase(" @MIDNIGHT ", after: "2026-11-21T02:29:59Z", ["2026-11-22T00:00:00Z"]),
        CronCase("@weekly", after: "2026-11-21T02:29:59Z", ["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"]),
        CronCase("@monthly", after: "2026-11-21T02:29:59Z", ["2026-12-01T00:00:00Z"]),
        CronCase("@yearly", after: "2026-11-21T02:29:59Z", ["2027-01-01T00:00:00Z"]),
        CronCase("@annually", after: "2026-11-21T02:29:59Z", ["2027-01-01T00:00:00Z"]),
    ]

    static let days: [CronCase] = [
        // Either rule is enough: the 1st, and each Monday.
        CronCase("0 0 1 * MON", after: "2026-11-21T00:00:00Z", ["2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"]),
        // A star in front asks for both: odd days that are Mondays; Mondays of all days; Sundays (each seventh weekday) that are the 1st.
        CronCase("0 0 */2 * MON", after: "2026-11-21T00:00:00Z", ["2026-11-23T00:00:00Z", "2026-12-07T00:00:00Z", "2026-12-21T00:00:00Z"]),
        CronCase("0 0 *,5 * MON", after: "2026-11-21T00:00:00Z", ["2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"]),
        CronCase("0 0 1 * */7", after: "2026-03-02T00:00:00Z", ["2026-11-01T00:00:00Z", "2027-08-01T00:00:00Z"]),
        // A star elsewhere does not.
        CronCase("0 0 1 * 1,*", after: "2026-11-21T00:00:00Z", ["2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"]),
        // L is the last day. May 2026 ends on a Sunday and its last working day is the 29th; October's is the 30th, November's the 30th.
        CronCase("0 0 L * *", after: "2027-12-31T00:00:00Z", ["2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"]),
        CronCase("0 0 LW * *", after: "2026-05-01T00:00:00Z", ["2026-05-29T00:00:00Z", "2026-06-30T00:00:00Z"]),
        CronCase("0 0 lw 10,11 *", after: "2026-05-01T00:00:00Z", ["2026-10-30T00:00:00Z", "2026-11-30T00:00:00Z"]),
        CronCase("0 0 15,L 11 *", after: "2026-05-01T00:00:00Z", ["2026-11-15T00:00:00Z", "2026-11-30T00:00:00Z"]),
        // The last Friday, the second Friday, the last Sunday by both its numbers.
        CronCase("0 0 * * 5L", after: "2026-11-01T00:00:00Z", ["2026-11-27T00:00:00Z", "2026-12-25T00:00:00Z", "2027-01-29T00:00:00Z"]),
        CronCase("0 0 * * fri#2", after: "2026-11-01T00:00:00Z", ["2026-11-13T00:00:00Z", "2026-12-11T00:00:00Z"]),
        CronCase("0 0 * * 7L", after: "2026-11-01T00:00:00Z", ["2026-11-29T00:00:00Z", "2026-12-27T00:00:00Z"]),
        CronCase("0 0 * * 0#1,0L", after: "2026-11-01T00:00:00Z", ["2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"]),
        // A fifth Friday is not in each month; a fifth Monday in a February comes in 28 years, over 2100 in 40.
        CronCase("0 0 * * 5#5", after: "2026-11-01T00:00:00Z", ["2027-01-29T00:00:00Z", "2027-04-30T00:00:00Z", "2027-07-30T00:00:00Z"]),
        CronCase("0 0 * 2 MON#5", after: "2026-11-01T00:00:00Z", ["2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z", "2112-02-29T00:00:00Z"]),
        // Leap years, over 2100, which is none, and 2400, which is one.
        CronCase("0 0 29 2 *", after: "2026-11-01T00:00:00Z", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        CronCase("0 0 29 2 *", after: "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00Z"]),
        CronCase("0 0 29 2 *", after: "2396-03-01T00:00:00Z", ["2400-02-29T00:00:00Z"]),
        CronCase("0 0 29 2 */7", after: "2088-03-01T00:00:00Z", ["2128-02-29T00:00:00Z"]),
        // No 30 February, but Mondays in it.
        CronCase("0 0 30 2 MON", after: "2026-11-01T00:00:00Z", ["2027-02-01T00:00:00Z", "2027-02-08T00:00:00Z"]),
        // Months that are too short are left out.
        CronCase("0 0 31 * *", after: "2026-08-31T00:00:00Z", ["2026-10-31T00:00:00Z", "2026-12-31T00:00:00Z"]),
    ]

    @Test("times follow the fields", arguments: plain)
    func followFields(_ c: CronCase) throws { try check(c) }

    @Test("day-of-month and day-of-week together", arguments: days)
    func dayRules(_ c: CronCase) throws { try check(c) }

    @Test("times across changes of the clocks", arguments: ClockChangeCases.all)
    func clockChanges(_ c: CronCase) throws { try check(c) }

    private func check(_ c: CronCase) throws {
        let expression = try CronExpression(parsing: c.expression)
        let zone = try #require(TimeZone(identifier: c.zone))
        let after = try Date(c.after, strategy: .iso8601)
        let expected = try c.expected.map { try Date($0, strategy: .iso8601) }
        #expect(expression.times(after: after, in: zone, count: expected.count) == expected)
        // Backward from just after the last, the same times come, and then one that is not after `after`.
        var last = try #require(expected.last).addingTimeInterval(1)
        for time in expected.reversed() {
            last = try #require(expression.previous(before: last, in: zone))
            #expect(last == time)
        }
        #expect(try #require(expression.previous(before: last, in: zone)) <= after)
    }

    @Test("within a second, the next time is the one ahead and the previous the one behind")
    func fractions() throws {
        let expression = try CronExpression(parsing: "* * * * * *")
        let utc = try #require(TimeZone(identifier: "UTC"))
        let full = try Date("2026-11-21T02:30:00Z", strategy: .iso8601)
        #expect(expression.next(after: full.addingTimeInterval(0.25), in: utc) == full.addingTimeInterval(1))
        #expect(expression.previous(before: full.addingTimeInterval(0.25), in: utc) == full)
        #expect(expression.next(after: full.addingTimeInterval(-0.25), in: utc) == full)
        #expect(expression.next(after: full, in: utc) == full.addingTimeInterval(1))
        #expect(expression.previous(before: full, in: utc) == full.addingTimeInterval(-1))
        let beforeFull = Date(timeIntervalSinceReferenceDate: full.timeIntervalSinceReferenceDate.nextDown)
        #expect(expression.next(after: beforeFull, in: utc) == full)
    }

    @Test("time ends with the year 9999 and begins with the year 1")
    func ends() throws {
        let expression = try CronExpression(parsing: "0 0 1 1 *")
        let utc = try #require(TimeZone(identifier: "UTC"))
        let last = try Date("9999-01-01T00:00:00Z", strategy: .iso8601)
        #expect(expression.next(after: last, in: utc) == nil)
        #expect(expression.next(after: Date(timeIntervalSince1970: .infinity), in: utc) == nil)
        #expect(expression.previous(before: Date(timeIntervalSince1970: 1e300), in: utc) == last)
        let first = try #require(expression.next(after: Date(timeIntervalSince1970: -.infinity), in: utc))
        #expect(expression.previous(before: first, in: utc) == nil)
        #expect(expression.next(after: Date(timeIntervalSince1970: .nan), in: utc) == nil)
        #expect(expression.times(after: last, in: utc, count: 5).isEmpty)
        #expect(expression.times(after: first, in: utc, count: -1).isEmpty)
    }

    @Test("the description is what was written, and equality too")
    func description() throws {
        let expression = try CronExpression(parsing: " @Daily ")
        #expect(expression.description == " @Daily " && expression.text == " @Daily ")
        #expect(try CronExpression(parsing: "0 0 * * *") == CronExpression(parsing: "0 0 * * *"))
        #expect(try CronExpression(parsing: "0 0 * * *") != CronExpression(parsing: "0 1 * * *"))
    }
}
