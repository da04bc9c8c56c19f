import Foundation
import JobEngine
import Testing

/// A history, limits, and what is left of it.
struct JournalTrimCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let history: [RunRecord]
    let limits: HistoryLimits
    let left: [Int]

    private static let day = 86_400.0

    private static func run(_ number: Int, _ outcome: RunOutcome, job: String = "nightly", started: Bool = true) -> RunRecord {
        JournalFixture.ended(number, outcome, job: job, at: Double(number) * day, started: started)
    }

    /// Run `n` is of day `n`; it is trimmed at the end of day 10.
    static let all: [JournalTrimCase] = [
        JournalTrimCase(
            testDescription: "what is young and few stays", history: (1...9).map { run($0, .failed) },
            limits: HistoryLimits(age: .seconds(20 * 86_400), runs: 9), left: Array(1...9)),
        JournalTrimCase(
            testDescription: "old runs go", history: (1...9).map { run($0, .succeeded) },
            limits: HistoryLimits(age: .seconds(5 * 86_400), runs: 100), left: [6, 7, 8, 9]),
        JournalTrimCase(
            testDescription: "the oldest of too many go", history: (1...9).map { run($0, .succeeded) },
            limits: HistoryLimits(age: .seconds(100 * 86_400), runs: 2), left: [8, 9]),
        JournalTrimCase(
            testDescription: "a job's newest success stays, however old",
            history: [run(1, .succeeded), run(2, .succeeded), run(3, .failed), run(4, .partial), run(9, .failed)],
            limits: HistoryLimits(age: .seconds(86_400), runs: 0), left: [2, 9]),
        JournalTrimCase(
            testDescription: "a job's newest start stays, later skips do not",
            history: [run(1, .failed), run(2, .interrupted), run(3, .skipped, started: false), run(4, .missed, started: false)],
            limits: HistoryLimits(age: .zero, runs: 0), left: [2]),
        JournalTrimCase(
            testDescription: "every job keeps its own",
            history: [run(1, .succeeded, job: "a"), run(2, .succeeded, job: "b"), run(3, .failed, job: "a"), run(4, .failed, job: "c")],
            limits: HistoryLimits(age: .zero, runs: 1), left: [1, 2, 3, 4]),
        JournalTrimCase(
            testDescription: "runs that wait stay, however old",
            history: [JournalFixture.record(1), JournalFixture.record(2, job: "b"), run(3, .skipped, started: false)],
            limits: HistoryLimits(age: .zero, runs: 0), left: [1, 2]),
    ]
}

@Suite("The journal's history is trimmed")
struct JournalTrimTests {
    private let fixture: JournalFixture
    private let journal: SQLiteJournal

    init() throws {
        fixture = try JournalFixture()
        journal = try fixture.open()
    }

    @Test("by age and number, and never of what is needed", arguments: JournalTrimCase.all)
    func cases(_ c: JournalTrimCase) throws {
        try journal.commit(c.history.map { .admitted($0, findings: []) })
        let removed = try journal.trim(c.limits, now: JournalFixture.time(10.5 * 86_400))
        #expect(try journal.runs(of: nil, limit: 100).map(\.id) == c.left.reversed().map(JournalFixture.id))
        #expect(removed == c.history.count - c.left.count)
        #expect(try journal.trim(c.limits, now: JournalFixture.time(10.5 * 86_400)) == 0)
    }

    @Test("a running run stays, and so does what it may still need")
    func running() throws {
        try journal.commit([.admitted(JournalFixture.record(1), findings: []), .began(JournalFixture.id(1), at: JournalFixture.time(0))])
        try journal.end(JournalFixture.ended(2, .skipped, started: false))
        #expect(try journal.trim(HistoryLimits(age: .zero, runs: 0), now: JournalFixture.time(1e9)) == 1)
        #expect(try journal.unfinishedRuns().map(\.id) == [JournalFixture.id(1)])
        try journal.commit([.phase(JournalFixture.id(1), PhaseReport(name: "p", seconds: 1, bytes: 1, items: 1))])
    }

    @Test("details go with their run, and a new run of the same id has none of them")
    func details() throws {
        let record = JournalFixture.ended(1, .failed)
        var report = JournalFixture.report(record, numbers: ["n": 1])
        report.phases = [PhaseReport(name: "p", seconds: 1, bytes: 1, items: 1)]
        report.findings = [Finding(.warning, "c", "m")]
        report.snapshots = ["main": "s"]
        try journal.commit([.ended(record, report), .log(record.id, LogLine(time: JournalFixture.second, level: "debug", text: "t"))])
        try journal.end(JournalFixture.ended(2, .failed, at: 10))
        #expect(try journal.trim(HistoryLimits(age: .zero, runs: 0), now: JournalFixture.time(1e7)) == 1)
        #expect(try journal.details(of: record.id) == nil)
        try journal.end(record)
        let again = try #require(try journal.details(of: record.id))
        #expect(again.log.isEmpty && again.report.phases.isEmpty && again.report.numbers.isEmpty)
        #expect(again.report.findings.isEmpty && again.report.snapshots.isEmpty)
    }

    @Test("a call removes a bounded number of runs, and the next goes on")
    func bounded() throws {
        try journal.commit((0..<12_000).map { .admitted(JournalFixture.ended($0, .failed, at: Double($0)), findings: []) })
        let limits = HistoryLimits(runs: 100)
        #expect(try journal.trim(limits, now: JournalFixture.time(20_000)) == 10_000)
        #expect(try journal.trim(limits, now: JournalFixture.time(20_000)) == 1_900)
        #expect(try journal.runs(of: nil, limit: 1_000).map(\.id) == (11_900..<12_000).reversed().map(JournalFixture.id))
        #expect(try journal.summaries()["nightly"]?.totals == [.failed: 12_000])
    }
}
