import Foundation
import JobEngine
import Testing

@Suite("The journal sums up every job")
struct JournalSummaryTests {
    private let fixture: JournalFixture
    private let journal: SQLiteJournal

    init() throws {
        fixture = try JournalFixture()
        journal = try fixture.open()
    }

    private func nightly() throws -> JobSummary { try #require(try journal.summaries()["nightly"]) }

    @Test("every end counts, also of runs that never started")
    func totals() throws {
        for (number, outcome) in RunOutcome.allCases.enumerated() {
            try journal.end(JournalFixture.ended(number * 2, outcome))
            try journal.commit([.admitted(JournalFixture.ended(number * 2 + 1, outcome, started: false), findings: [])])
        }
        try journal.commit([.missed(job: "nightly", count: 40), .missed(job: "other", count: 1), .missed(job: "nightly", count: 2)])
        let summary = try nightly()
        #expect(summary.totals == Dictionary(uniqueKeysWithValues: RunOutcome.allCases.map { ($0, 2) }))
        #expect(summary.missed == 42)
        var other = JobSummary(job: "other")
        other.missed = 1
        #expect(try journal.summaries()["other"] == other)
    }

    @Test("the last start comes with the beginning, the rest with the end")
    func running() throws {
        try journal.commit([.admitted(JournalFixture.record(1), findings: [])])
        #expect(try nightly() == JobSummary(job: "nightly"))
        try journal.commit([.began(JournalFixture.id(1), at: JournalFixture.time(1))])
        var expected = JobSummary(job: "nightly")
        expected.lastStart = JournalFixture.time(1)
        #expect(try nightly() == expected)
        try journal.end(JournalFixture.ended(1, .succeeded), numbers: ["new_blobs": 5])
        expected.totals = [.succeeded: 1]
        expected.lastSuccess = JournalFixture.time(11)
        expected.lastDuration = 10
        expected.lastRun = JournalFixture.id(1)
        expected.lastOutcome = .succeeded
        expected.lastNumbers = ["new_blobs": 5]
        expected.latestNumbers = ["new_blobs": 5]
        #expect(try nightly() == expected)
    }

    @Test("only a success moves the last success; partial runs bring numbers, failed ones do not")
    func successes() throws {
        try journal.end(JournalFixture.ended(1, .succeeded, at: 0), numbers: ["a": 1, "b": 2])
        try journal.end(JournalFixture.ended(2, .partial, at: 100), numbers: ["a": 3])
        try journal.end(JournalFixture.ended(3, .failed, at: 200), numbers: ["a": 4])
        try journal.commit([.admitted(JournalFixture.ended(4, .skipped, at: 300, started: false), findings: [])])
        let summary = try nightly()
        #expect(summary.lastSuccess == JournalFixture.time(11))
        #expect(summary.lastNumbers == ["a": 3])
        #expect(summary.lastRun == JournalFixture.id(3))
        #expect(summary.lastOutcome == .failed)
        #expect(summary.lastStart == JournalFixture.time(201))
    }

    @Test("each number is the newest that was told, also by a run that was refused or failed")
    func latestNumbers() throws {
        try journal.end(JournalFixture.ended(1, .succeeded, at: 0), numbers: ["candidates": 10, "freed": 7])
        try journal.end(JournalFixture.ended(2, .refused, at: 100), numbers: ["candidates": 90])
        #expect(try nightly().lastNumbers == ["candidates": 10, "freed": 7])
        #expect(try nightly().latestNumbers == ["candidates": 90, "freed": 7])
        try journal.end(JournalFixture.ended(3, .failed, at: 200), numbers: ["lost": 2])
        try journal.end(JournalFixture.ended(4, .interrupted, at: 300))
        #expect(try nightly().latestNumbers == ["candidates": 90, "freed": 7, "lost": 2])
        try journal.end(JournalFixture.ended(5, .succeeded, at: 400), numbers: ["candidates": 0, "lost": 0])
        #expect(try nightly().latestNumbers == ["candidates": 0, "freed": 7, "lost": 0])
    }

    @Test("refusals are counted by their reason, and add up to the refused runs")
    func refusals() throws {
        let reasons = ["requires", "share", nil, "requires"]
        for (number, reason) in reasons.enumerated() {
            var record = JournalFixture.ended(number, .refused, at: Double(number))
            record.reason = reason
            try journal.end(record)
        }
        try journal.end(JournalFixture.ended(8, .failed, at: 8))
        let summary = try nightly()
        #expect(summary.refusals == ["requires": 2, "share": 1, "other": 1])
        #expect(summary.refusals.values.reduce(0, +) == summary.totals[.refused])
        #expect(try journal.details(of: JournalFixture.id(0))?.record.reason == "requires")
        #expect(try journal.details(of: JournalFixture.id(2))?.record.reason == nil)
    }

    @Test("a refusal whose end comes again counts once, under its later reason")
    func refusedTwice() throws {
        var record = JournalFixture.ended(1, .refused)
        record.reason = "share"
        try journal.end(record)
        record.reason = "pinned"
        try journal.end(record)
        #expect(try nightly().refusals == ["pinned": 1])
        try journal.end(JournalFixture.ended(1, .failed))
        #expect(try nightly().refusals == [:])
    }

    @Test("an end that is written twice counts once, and the later word holds")
    func twice() throws {
        try journal.end(JournalFixture.ended(1, .failed))
        try journal.end(JournalFixture.ended(1, .failed))
        #expect(try nightly().totals == [.failed: 1])
        try journal.end(JournalFixture.ended(1, .interrupted))
        #expect(try nightly().totals == [.interrupted: 1])
        #expect(try nightly().lastOutcome == .interrupted)
    }

    @Test("late news of an older run replace nothing of a newer one")
    func late() throws {
        try journal.commit([.admitted(JournalFixture.record(1), findings: []), .began(JournalFixture.id(1), at: JournalFixture.time(1))])
        try journal.end(JournalFixture.ended(2, .succeeded, at: 100), numbers: ["a": 2])
        try journal.end(JournalFixture.ended(1, .succeeded, at: 500), numbers: ["a": 1])
        let summary = try nightly()
        #expect(summary.totals == [.succeeded: 2])
        #expect(summary.lastRun == JournalFixture.id(2))
        #expect(summary.lastStart == JournalFixture.time(101))
        #expect(summary.lastSuccess == JournalFixture.time(111))
        #expect(summary.lastNumbers == ["a": 2] && summary.latestNumbers == ["a": 2])
    }

    @Test("a clock that jumped back does not hide the newest run")
    func clockJump() throws {
        try journal.end(JournalFixture.ended(1, .succeeded, at: 31_536_000))
        try journal.end(JournalFixture.ended(2, .failed, at: 0))
        #expect(try nightly().lastRun == JournalFixture.id(2))
        #expect(try journal.runs(of: nil, limit: 1).map(\.id) == [JournalFixture.id(2)])
    }

    @Test("a summary is unchanged by a trimmed history and a reopened file")
    func trimmed() throws {
        for number in 0..<51 {
            let outcome = RunOutcome.allCases[number % RunOutcome.allCases.count]
            try journal.end(JournalFixture.ended(number, outcome, at: Double(number) * 100), numbers: ["n": Int64(number)])
        }
        try journal.commit([.missed(job: "nightly", count: 3)])
        let before = try journal.summaries()
        #expect(try journal.trim(HistoryLimits(age: .zero, runs: 0), now: JournalFixture.time(1e7)) == 49)
        #expect(try journal.summaries() == before)
        #expect(before["nightly"]?.totals.values.reduce(0, +) == 51)
        try journal.close()
        #expect(try fixture.open().summaries() == before)
    }
}
