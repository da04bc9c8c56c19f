import CronSchedule
import Foundation
import JobEngine
import Testing

@Suite("What a schedule owes")
struct DueTimesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var cron = "0 4 * * *"
        var zone = "UTC"
        let handled: String
        let now: String
        /// After `now`.
        var fraction = 0.0
        var catchUp = 0.0
        /// Nil where nothing is due.
        var time: String?
        var verdict = DueTimes.Verdict.onTime
        var missed = 0
        var lastMissed: String?
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "nothing a second before", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T03:59:59Z"),
        Case(name: "on its second", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T04:00:00Z", time: "2026-01-01T04:00:00Z"),
        Case(name: "nothing just before its second", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T03:59:59Z", fraction: 0.999),
        Case(
            name: "within its second", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T04:00:00Z", fraction: 0.25,
            time: "2026-01-01T04:00:00Z"),
        Case(name: "nothing where it is handled", handled: "2026-01-01T04:00:00Z", now: "2026-01-01T04:00:30Z"),
        Case(name: "nothing while the clock is behind", handled: "2026-01-02T04:00:00Z", now: "2026-01-01T05:00:00Z"),
        Case(
            name: "on time at the end of grace", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T04:01:00Z", time: "2026-01-01T04:00:00Z"),
        Case(
            name: "missed after grace without a window", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T04:01:00Z", fraction: 0.5,
            time: "2026-01-01T04:00:00Z", verdict: .missed, missed: 1, lastMissed: "2026-01-01T04:00:00Z"),
        Case(
            name: "caught up after grace within the window", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T04:01:00Z", fraction: 0.5,
            catchUp: 3600, time: "2026-01-01T04:00:00Z", verdict: .caughtUp),
        Case(
            name: "caught up at the window's end", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T05:00:00Z", catchUp: 3600,
            time: "2026-01-01T04:00:00Z", verdict: .caughtUp),
        Case(
            name: "missed after the window", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T05:00:00Z", fraction: 0.5, catchUp: 3600,
            time: "2026-01-01T04:00:00Z", verdict: .missed, missed: 1, lastMissed: "2026-01-01T04:00:00Z"),
        Case(
            name: "a window shorter than grace changes nothing", handled: "2026-01-01T00:00:00Z", now: "2026-01-01T04:00:50Z", catchUp: 10,
            time: "2026-01-01T04:00:00Z"),
        Case(
            name: "the last of three is caught up, two are missed", handled: "2026-01-01T00:00:00Z", now: "2026-01-03T04:30:00Z",
            catchUp: 3600, time: "2026-01-03T04:00:00Z", verdict: .caughtUp, missed: 2, lastMissed: "2026-01-02T04:00:00Z"),
        Case(
            name: "a window over days still makes up for one alone", handled: "2026-01-01T00:00:00Z", now: "2026-01-03T03:00:00Z",
            catchUp: 864_000, time: "2026-01-02T04:00:00Z", verdict: .caughtUp, missed: 1, lastMissed: "2026-01-01T04:00:00Z"),
        Case(
            name: "all three are missed", handled: "2026-01-01T00:00:00Z", now: "2026-01-03T05:30:00Z", catchUp: 3600,
            time: "2026-01-03T04:00:00Z", verdict: .missed, missed: 3, lastMissed: "2026-01-03T04:00:00Z"),
        Case(
            name: "a job of every second after a year is counted to the limit", cron: "* * * * * *", handled: "2026-01-01T00:00:00Z",
            now: "2027-01-01T00:00:00Z", time: "2027-01-01T00:00:00Z", missed: DueTimes.countLimit, lastMissed: "2026-12-31T23:59:59Z"),
        Case(
            name: "the missed one at the end does not exceed the limit", cron: "*/5 * * * *", handled: "2026-01-01T00:00:00Z",
            now: "2026-03-01T00:03:20Z", time: "2026-03-01T00:00:00Z", verdict: .missed, missed: DueTimes.countLimit,
            lastMissed: "2026-03-01T00:00:00Z"),
        Case(
            name: "a time in Berlin's skipped hour comes right after it", cron: "30 2 * * *", zone: "Europe/Berlin",
            handled: "2026-03-28T01:30:00Z", now: "2026-03-29T01:00:00Z", time: "2026-03-29T01:00:00Z"),
        Case(
            name: "and not again at its usual distance", cron: "30 2 * * *", zone: "Europe/Berlin", handled: "2026-03-29T01:00:00Z",
            now: "2026-03-29T23:59:59Z"),
        Case(
            name: "a fixed time in Berlin's repeated hour comes the first time", cron: "30 2 * * *", zone: "Europe/Berlin",
            handled: "2026-10-24T00:30:00Z", now: "2026-10-25T00:30:00Z", time: "2026-10-25T00:30:00Z"),
        Case(
            name: "and not the second time", cron: "30 2 * * *", zone: "Europe/Berlin", handled: "2026-10-25T00:30:00Z",
            now: "2026-10-25T01:30:59Z"),
        Case(
            name: "a time in New York's skipped hour comes right after it", cron: "15 2 * * *", zone: "America/New_York",
            handled: "2026-03-07T07:15:00Z", now: "2026-03-08T07:00:20Z", time: "2026-03-08T07:00:00Z"),
        Case(
            name: "Lord Howe's repeated half hour comes once", cron: "45 1 * * *", zone: "Australia/Lord_Howe",
            handled: "2026-04-04T14:45:00Z", now: "2026-04-04T15:20:00Z"),
        Case(
            name: "a week of Berlin's summer nights is counted across the change", cron: "30 2 * * *", zone: "Europe/Berlin",
            handled: "2026-03-25T12:00:00Z", now: "2026-03-31T12:00:00Z", time: "2026-03-31T00:30:00Z", verdict: .missed, missed: 6,
            lastMissed: "2026-03-31T00:30:00Z"),
    ]

    @Test("on time, caught up, missed or nothing", arguments: cases)
    func due(_ c: Case) throws {
        let zone = try #require(TimeZone(identifier: c.zone))
        let schedule = JobDefinition.Schedule(try CronExpression(parsing: c.cron), in: zone)
        let due = DueTimes(
            schedule, handled: try Date(c.handled, strategy: .iso8601),
            now: try Date(c.now, strategy: .iso8601).addingTimeInterval(c.fraction),
            catchUp: .seconds(c.catchUp))
        #expect(due?.time == (try c.time.map { try Date($0, strategy: .iso8601) }))
        guard let due else { return }
        #expect(due.verdict == c.verdict)
        #expect(due.missed == c.missed)
        #expect(due.lastMissed == (try c.lastMissed.map { try Date($0, strategy: .iso8601) }))
    }
}

@Suite("The delay of a host")
struct HostJitterTests {
    @Test("is the same each time, within its limit, and never changes between versions")
    func stable() {
        for limit in [1, 59, 900, 86_400] {
            let offset = HostJitter.offset(host: "a", job: "nightly", limit: .seconds(limit))
            #expect(offset == HostJitter.offset(host: "a", job: "nightly", limit: .seconds(limit)))
            #expect(offset >= .zero && offset <= .seconds(limit))
            #expect(offset.components.attoseconds == 0)
        }
        #expect(HostJitter.offset(host: "a", job: "b", limit: .zero) == .zero)
        #expect(HostJitter.offset(host: "a", job: "b", limit: .milliseconds(900)) == .zero)
        #expect(
            HostJitter.offset(host: "registry-1", job: "nightly", limit: .seconds(900)) == .seconds(Self.hash("registry-1/nightly") % 901))
    }

    @Test("spreads hosts and jobs over the whole of it")
    func spread() {
        var quarters: [Int64: Int] = [:]
        for number in 0..<400 {
            let offset = HostJitter.offset(host: "host-\(number % 20)", job: "job-\(number / 20)", limit: .seconds(899))
            quarters[offset.components.seconds / 225, default: 0] += 1
        }
        for quarter in 0..<4 as Range<Int64> { #expect((70...130).contains(quarters[quarter] ?? 0), "quarter \(quarter)") }
    }

    /// FNV-1a with its constants as the specification writes them, and the upper half folded onto the lower.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in text.utf8 {
            hash ^= UInt64(byte)
            hash = hash.multipliedReportingOverflow(by: 1_099_511_628_211).partialValue
        }
        return hash ^ (hash >> 32)
    }
}
