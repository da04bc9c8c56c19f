import CronSchedule
import Testing

@Suite("Malformed expressions are refused where they are wrong")
struct CronErrorTests {
    struct Case: CustomTestStringConvertible {
        let text: String
        let code: CronError.Code
        let position: Int
        /// A part of the problem.
        let problem: String
        let remedy: String?

        init(_ text: String, _ code: CronError.Code, at position: Int, _ problem: String, remedy: String? = nil) {
            self.text = text
            self.code = code
            self.position = position
            self.problem = problem
            self.remedy = remedy
        }

        var testDescription: String { "'\(text.prefix(40))'" }
    }

    private static let order = "write minute hour day-of-month month day-of-week, with seconds in front if wanted"
    private static let macros = "write one of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly"
    private static let both = "where the day-of-month or the day-of-week begins with a star, a date must fit both"

    static let lines: [Case] = [
        Case("", .empty, at: 1, "the expression is empty", remedy: "write 5 fields, or 6 with the seconds first"),
        Case(" \t ", .empty, at: 1, "the expression is empty", remedy: "write 5 fields, or 6 with the seconds first"),
        Case("* * * *", .fieldCount, at: 7, "found 4 fields where 5 or 6 belong", remedy: order),
        Case("5", .fieldCount, at: 1, "found 1 field where 5 or 6 belong", remedy: order),
        Case("* * * * * * 2026", .fieldCount, at: 13, "found 7 fields", remedy: order + "; there is no field for the year or a command"),
        Case(
            "CRON_TZ=UTC 0 0 * *  * * *", .fieldCount, at: 1, "found 8 fields",
            remedy: "the time zone is no part of the expression: the job has its own setting for it"),
        Case(
            " @reboot", .unknownMacro, at: 2, "'@reboot' is no name of a schedule",
            remedy: "opsd has no boot-time jobs: its daemon catches up on what was missed while the host was down"),
        Case(
            "@every 15m", .unknownMacro, at: 1, "'@every' is no name of a schedule",
            remedy: "write the times of the clock: '*/15 * * * *' is every quarter of an hour"),
        Case("@dayly", .unknownMacro, at: 1, "'@dayly' is no name", remedy: macros),
        Case("@daily 5", .fieldCount, at: 8, "'@daily' stands alone", remedy: "remove what follows it"),
        Case(String(repeating: "1,", count: 500) + "1 * * * *", .tooLong, at: 1001, "longer than 1000 characters"),
    ]

    static let values: [Case] = [
        Case("0 25 * * *", .outOfRange, at: 3, "the hour field '25': 25 is not from 0 to 23"),
        Case("0 24 * * *", .outOfRange, at: 3, "24 is not from 0 to 23", remedy: "midnight is hour 0 of the next day"),
        Case("60 * * * *", .outOfRange, at: 1, "the minute field '60'", remedy: "the full hour is 0"),
        Case("60 * * * * *", .outOfRange, at: 1, "the second field '60'", remedy: "the full minute is 0"),
        Case("0 0 0 * *", .outOfRange, at: 5, "0 is not from 1 to 31"),
        Case("0 0 1,2,32 * *", .outOfRange, at: 9, "the day-of-month field '1,2,32': 32 is not from 1 to 31"),
        Case("0 0 * 13 *", .outOfRange, at: 7, "13 is not from 1 to 12"),
        Case("0 0 * * 8", .outOfRange, at: 9, "8 is not from 0 to 7"),
        Case("0 99999999999999999999 * * *", .outOfRange, at: 3, "99999999999999999999 is not from 0 to 23"),
        Case("x * * * *", .malformedValue, at: 1, "'x' is no number"),
        Case("-5 * * * *", .malformedValue, at: 1, "a value is missing", remedy: "write a number, or '*' for any"),
        Case("1,,2 * * * *", .malformedValue, at: 3, "a value is missing", remedy: "write a number, or '*' for any"),
        Case("0 0 * * 1,", .malformedValue, at: 10, "a value is missing", remedy: "write a number, or '*' for any"),
        Case("1-2-3 * * * *", .malformedValue, at: 3, "'2-3' is no number"),
        Case("0 0 * January *", .malformedValue, at: 7, "'January' is no number and no name", remedy: "write JAN"),
        Case("0 0 * * MON-Tuesday", .malformedValue, at: 13, "'Tuesday' is no number", remedy: "write TUE"),
        Case("0 0 * * FOO", .malformedValue, at: 9, "'FOO'", remedy: "names are SUN, MON, TUE, WED, THU, FRI, SAT"),
        Case("0 MON * * *", .malformedValue, at: 3, "'MON' is no number"),
        Case("0 ٣ * * *", .malformedValue, at: 3, "'٣' is no number"),
        Case("0 0 ? * *", .unsupported, at: 5, "'?' means nothing here", remedy: "write '*'"),
        Case(
            "0 0 15W * *", .unsupported, at: 5, "'15W' means nothing here",
            remedy: "L is the last day of the month, LW the last of its Mondays to Fridays"),
        Case(
            "0 0 L-3 * *", .unsupported, at: 5, "'L' means nothing here",
            remedy: "L is the last day of the month, LW the last of its Mondays to Fridays"),
        Case(
            "0 0 * * FRIL", .unsupported, at: 9, "'FRIL' is no last weekday of the month",
            remedy: "write a number from 0 to 7 before the L, as in 5L"),
        Case("0 0 * * L", .unsupported, at: 9, "'L' is no last weekday", remedy: "write a number from 0 to 7 before the L, as in 5L"),
        Case("0 0 * * 8L", .outOfRange, at: 9, "8 is not from 0 to 7"),
        Case("0 0 * * 5#6", .outOfRange, at: 11, "6 after '#' is not from 1 to 5", remedy: "write 5L for the last Friday of the month"),
        Case("0 0 * * 5#", .malformedValue, at: 10, "a number is missing after '#'", remedy: "5#2 is the second Friday of the month"),
        Case("0 0 * * 5#2/2", .malformedValue, at: 11, "'2/2' after '#' is no number", remedy: "5#2 is the second Friday of the month"),
        Case("*/0 * * * *", .malformedStep, at: 3, "a step of 0 leads nowhere", remedy: "write a step of 1 or more, or leave it out"),
        Case("*/ * * * *", .malformedStep, at: 3, "a number is missing after '/'"),
        Case("0/5/2 * * * *", .malformedStep, at: 3, "the step '5/2' is no number"),
        Case("/5 * * * *", .malformedValue, at: 1, "a value is missing", remedy: "write a number, or '*' for any"),
    ]

    static let ranges: [Case] = [
        Case("0 22-5 * * *", .backwardRange, at: 3, "the range '22-5' runs backward", remedy: "write it as 22-23,0-5"),
        Case("0 1,22-0 * * *", .backwardRange, at: 5, "the range '22-0'", remedy: "write it as 22-23,0"),
        Case("0 23-5 * * *", .backwardRange, at: 3, "the range '23-5'", remedy: "write it as 23,0-5"),
        Case("0 22-5/2 * * *", .backwardRange, at: 3, "the range '22-5'", remedy: "write it as 22,0,2,4"),
        Case("0 0 * NOV-feb *", .backwardRange, at: 7, "the range 'NOV-feb'", remedy: "write it as NOV-12,1-feb"),
        Case("0 0 * * FRI-MON", .backwardRange, at: 9, "the range 'FRI-MON'", remedy: "write it as FRI-7,MON"),
        Case("0 0 * * SAT-SUN", .backwardRange, at: 9, "the range 'SAT-SUN'", remedy: "write it as SAT-7"),
        Case("0 0 * * 5-2/2", .backwardRange, at: 9, "the range '5-2'", remedy: "write it as 5,0,2"),
    ]

    static let impossible: [Case] = [
        Case(
            "0 0 30 2 *", .impossibleDate, at: 5, "no date ever fits day-of-month '30'",
            remedy: "'L' in day-of-month is the last day of each month"),
        Case("0 0 31 4 *", .impossibleDate, at: 5, "month '4'", remedy: "'L' in day-of-month is the last day of each month"),
        Case("0 0 0 31 2,4,6 *", .impossibleDate, at: 7, "no date ever fits", remedy: "'L' in day-of-month is the last day of each month"),
        Case("* * 30-31/1 FEB *", .impossibleDate, at: 5, "no date ever fits", remedy: "'L' in day-of-month is the last day of each month"),
        // The last Monday of a month is never its 1st or 21st; the first never its 31st; none of February's is a fifth on the 28th.
        Case("* * */20 * 1L", .impossibleDate, at: 5, "day-of-week '1L'", remedy: both),
        Case("* * */30 2 MON#2", .impossibleDate, at: 5, "no date ever fits", remedy: both),
        Case("0 0 */27 2 MON#5", .impossibleDate, at: 5, "no date ever fits", remedy: both),
    ]

    @Test("faults have a code, a place and, where there is one, a remedy", arguments: lines + values + ranges + impossible)
    func refuse(_ c: Case) {
        do throws(CronError) {
            _ = try CronExpression(parsing: c.text)
            Issue.record("accepted")
        } catch {
            #expect(error.code == c.code)
            #expect(error.position == c.position)
            #expect(error.problem.contains(c.problem), "\(error.problem)")
            #expect(error.remedy == c.remedy)
            #expect(!error.isRetryable)
        }
    }

    @Test("what a hint tells to write is accepted", arguments: ranges)
    func hints(_ c: Case) throws {
        let remedy = try #require(c.remedy)
        let written = remedy.dropFirst("write it as ".count)
        var fields = c.text.split(separator: " ").map(String.init)
        let index = try #require(fields.firstIndex { $0 != "0" && $0 != "*" })
        fields[index] = String(written)
        _ = try CronExpression(parsing: fields.joined(separator: " "))
    }

    @Test("an error reads as a sentence")
    func description() {
        #expect(throws: CronError.self) { try CronExpression(parsing: "0 22-5 * * *") }
        do throws(CronError) {
            _ = try CronExpression(parsing: "0 22-5 * * *")
        } catch {
            #expect("\(error)" == "column 3: the hour field '22-5': the range '22-5' runs backward. Hint: write it as 22-23,0-5")
        }
    }

    @Test("no damage to an expression crashes the parsers, and faults lie within the text", arguments: [1, 2, 3, 20_261_121] as [UInt64])
    func mutations(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var (accepted, refused) = (0, 0)
        for round in 0..<3_000 {
            var text = RandomExpression.damaged(using: &random)
            if random.chance(10) { text.append(random.pick(["é", "👩‍👩‍👧", "\u{0}", "\r\n", "ı", "²", "９", "\u{301}"])) }
            if random.chance(5) { text = String(text.prefix(Int.random(in: 0...text.count, using: &random))) }
            for parse in [{ _ = try CronExpression(parsing: $0) }, { _ = try HarborCronExpression(parsing: $0) }]
                as [(String) throws -> Void]
            {
                do {
                    try parse(text)
                    accepted += 1
                } catch let error as CronError {
                    refused += 1
                    #expect(
                        (1...max(text.count, 1)).contains(error.position) && !error.problem.isEmpty,
                        "seed \(seed), round \(round): '\(text)': \(error)")
                } catch {
                    Issue.record("seed \(seed), round \(round): \(error)")
                }
            }
        }
        #expect(accepted > 300 && refused > 300, "seed \(seed): \(accepted) accepted, \(refused) refused")
    }
}
