import Foundation
import JobEngine
import Testing

@Suite("What is written to the journal can be read from it")
struct JournalEntryTests {
    private let fixture: JournalFixture
    private let journal: SQLiteJournal

    init() throws {
        fixture = try JournalFixture()
        journal = try fixture.open()
    }

    @Test("a run keeps every field from its admission to its end")
    func wholeRun() throws {
        var record = RunRecord(
            id: JournalFixture.id(1), job: "nightly", kind: .restoreDrill, vault: "main", trigger: .catchUp,
            scheduledFor: JournalFixture.time(-60), attempt: 3, retryOf: JournalFixture.id(0),
            requester: Requester(uid: 4_000_000_000, name: "zoë"), admitted: JournalFixture.second)
        try journal.commit([.admitted(record, findings: [])])
        #expect(try journal.unfinishedRuns() == [record])

        try journal.commit([.began(record.id, at: JournalFixture.time(1))])
        record.state = .running
        record.started = JournalFixture.time(1)
        #expect(try journal.unfinishedRuns() == [record])

        let phases = [
            PhaseReport(name: "dump", seconds: 1.25, bytes: .max, items: 7), PhaseReport(name: "blobs", seconds: 0, bytes: 0, items: 0),
        ]
        try journal.commit(phases.map { .phase(record.id, $0) })
        record.state = .ended(.partial)
        record.finished = JournalFixture.time(90)
        record.seconds = 88.5
        record.failure = "line one\nline 'two'"
        record.exitCode = 2
        var report = JournalFixture.report(record, numbers: ["new_blobs": 12, "new_bytes": .max, "less": -1])
        report.findings = [Finding(.warning, "broken", "é is broken"), Finding(.remark, "late", "")]
        report.snapshots = ["main": "s1", "far": "s2"]
        report.recoveryPoint = JournalFixture.time(2)
        try journal.commit([.ended(record, report)])

        #expect(try journal.unfinishedRuns().isEmpty)
        #expect(try journal.runs(of: "nightly", limit: 5) == [record])
        let details = try #require(try journal.details(of: record.id))
        #expect(details.record == record)
        #expect(details.report.phases == phases)
        #expect(details.report.numbers == report.numbers)
        #expect(details.report.findings == report.findings)
        #expect(details.report.snapshots == report.snapshots)
        #expect(details.report.recoveryPoint == report.recoveryPoint)
        #expect(details.report.outcome == .partial)
        #expect(details.report.kind == "restore-drill")
        #expect(details.report.started == record.started)
        #expect(details.report.finished == record.finished)
        #expect(details.log.isEmpty)
    }

    @Test("every outcome, trigger and kind comes back as it was", arguments: RunOutcome.allCases)
    func words(_ outcome: RunOutcome) throws {
        var written: [RunRecord] = []
        for (number, kind) in JobKind.allCases.enumerated() {
            let trigger = RunTrigger.allCases[number % RunTrigger.allCases.count]
            written.append(
                RunRecord(
                    id: JournalFixture.id(number), job: "j", kind: kind, vault: nil, trigger: trigger, admitted: JournalFixture.second,
                    state: .ended(outcome)))
        }
        try journal.commit(written.map { .admitted($0, findings: []) })
        #expect(try journal.runs(of: nil, limit: 100) == written.reversed())
    }

    @Test("findings of a run that ended at its admission, and the report of an interrupted run, replace only what they know")
    func emptyReports() throws {
        let refused = JournalFixture.ended(1, .refused, started: false)
        let finding = Finding(.warning, "no_snapshot", "none is young enough")
        try journal.commit([.admitted(refused, findings: [finding])])
        #expect(try journal.details(of: refused.id)?.report.findings == [finding])
        #expect(try journal.details(of: refused.id)?.report.started == refused.admitted)

        let died = JournalFixture.record(2)
        let phase = PhaseReport(name: "dump", seconds: 1, bytes: 2, items: 3)
        try journal.commit([.admitted(died, findings: []), .began(died.id, at: JournalFixture.time(1)), .phase(died.id, phase)])
        try journal.end(JournalFixture.ended(2, .interrupted))
        #expect(try journal.details(of: died.id)?.report.phases == [phase])
        #expect(try journal.details(of: died.id)?.report.outcome == .interrupted)
    }

    @Test("a report that lists the phases does not double those written on the way")
    func phasesOnce() throws {
        let record = JournalFixture.ended(1, .succeeded)
        let phase = PhaseReport(name: "dump", seconds: 1, bytes: 2, items: 3)
        var report = JournalFixture.report(record)
        report.phases = [phase]
        try journal.commit([.admitted(JournalFixture.record(1), findings: []), .phase(record.id, phase), .ended(record, report)])
        try journal.commit([.ended(record, report)])
        #expect(try journal.details(of: record.id)?.report.phases == [phase])
    }

    @Test("the end of a run that the journal never saw makes it")
    func unknownEnd() throws {
        let record = JournalFixture.ended(1, .succeeded)
        try journal.end(record)
        #expect(try journal.runs(of: nil, limit: 9) == [record])
    }

    @Test("a beginning after the end reopens nothing")
    func lateBeginning() throws {
        try journal.end(JournalFixture.ended(1, .interrupted))
        try journal.commit([.began(JournalFixture.id(1), at: JournalFixture.time(3))])
        #expect(try journal.unfinishedRuns().isEmpty)
        #expect(try journal.runs(of: nil, limit: 1).first?.state == .ended(.interrupted))
    }

    @Test("timetables, pauses, holds and vaults are kept, replaced and removed")
    func state() throws {
        let (a, b) = (JournalFixture.id(1), JournalFixture.id(2))
        let early = Pause(
            job: "nightly", until: JournalFixture.time(60), reason: "move", requester: Requester(uid: 7, name: nil),
            since: JournalFixture.second)
        let late = Pause(job: "nightly", until: JournalFixture.time(90), reason: "", requester: nil, since: JournalFixture.time(1))
        let hold = Hold(name: "gc", run: a, since: JournalFixture.second)
        try journal.commit([
            .timetable(job: "nightly", schedule: "0 2 * * *", handled: JournalFixture.second), .paused(early), .holdTaken(hold),
            .holdTaken(Hold(name: "gc", run: b, since: JournalFixture.time(1))),
        ])
        #expect(try journal.timetables() == ["nightly": Timetable(schedule: "0 2 * * *", handled: JournalFixture.second)])
        #expect(try journal.pauses() == [early])
        #expect(try journal.holds().map(\.run) == [a, b])

        try journal.commit([
            .timetable(job: "nightly", schedule: "@daily", handled: JournalFixture.time(5)), .paused(late),
            .holdReleased(name: "gc", run: b),
            .holdReleased(name: "other", run: a), .holdTaken(Hold(name: "gc", run: a, since: JournalFixture.time(50))),
        ])
        #expect(try journal.timetables() == ["nightly": Timetable(schedule: "@daily", handled: JournalFixture.time(5))])
        #expect(try journal.pauses() == [late])
        #expect(try journal.holds() == [hold])

        try journal.commit([.resumed(job: "nightly"), .resumed(job: "nobody"), .holdReleased(name: "gc", run: a)])
        #expect(try journal.pauses().isEmpty)
        #expect(try journal.holds().isEmpty)
    }

    @Test("jobs that are gone lose timetable and pause, and nothing else")
    func forgotten() throws {
        try journal.end(JournalFixture.ended(1, .succeeded, job: "gone"))
        for job in ["kept", "gone"] {
            try journal.commit([
                .timetable(job: job, schedule: "s", handled: JournalFixture.second),
                .paused(Pause(job: job, until: JournalFixture.time(1), reason: "r", requester: nil, since: JournalFixture.second)),
            ])
        }
        try journal.commit([.forgotten(jobsExcept: ["kept", "new"])])
        #expect(try Array(journal.timetables().keys) == ["kept"])
        #expect(try journal.pauses().map(\.job) == ["kept"])
        #expect(try journal.runs(of: "gone", limit: 1).count == 1)
        #expect(try journal.summaries()["gone"]?.totals == [.succeeded: 1])
    }

    @Test("what was not learned of a vault stays as it was")
    func vaults() throws {
        var first = VaultFacts(vault: "main", observed: JournalFixture.second)
        (first.recoveryPoint, first.snapshots, first.objects, first.bytes) = (JournalFixture.time(1), 3, 40, .max)
        (first.chainSequence, first.oldestUnverified) = (9, JournalFixture.time(2))
        var second = VaultFacts(vault: "main", observed: JournalFixture.time(100))
        second.snapshots = 4
        let other = VaultFacts(vault: "far", observed: JournalFixture.second)
        try journal.commit([.vault(first), .vault(other)])
        #expect(try journal.vaultFacts() == ["main": first, "far": other])
        try journal.commit([.vault(second)])
        first.observed = second.observed
        first.snapshots = 4
        #expect(try journal.vaultFacts()["main"] == first)
    }

    @Test("a look at a whole vault replaces what was known, also by nothing")
    func wholeVault() throws {
        var first = VaultFacts(vault: "main", observed: JournalFixture.second)
        (first.recoveryPoint, first.snapshots, first.objects, first.bytes) = (JournalFixture.time(1), 3, 40, 5)
        (first.chainSequence, first.oldestUnverified) = (9, JournalFixture.time(2))
        var whole = VaultFacts(vault: "main", observed: JournalFixture.time(100))
        (whole.snapshots, whole.isWhole) = (0, true)
        try journal.commit([.vault(first), .vault(whole)])
        whole.isWhole = false
        #expect(try journal.vaultFacts()["main"] == whole)
        let text = try JSONEncoder().encode(first)
        #expect(try JSONDecoder().decode(VaultFacts.self, from: text) == first)
        #expect(!String(decoding: text, as: UTF8.self).contains("isWhole"))
    }

    @Test("a log keeps its first lines and says once how many more there were")
    func log() throws {
        let run = JournalFixture.record(1)
        try journal.commit([.admitted(run, findings: [])])
        let long = String(repeating: "é", count: 4_000)
        let lines = [
            LogLine(time: JournalFixture.time(0.5), level: "debug", text: "a"),
            LogLine(time: JournalFixture.time(1), level: "notice", text: long),
        ]
        try journal.commit(lines.map { .log(run.id, $0) })
        let kept = try #require(try journal.details(of: run.id)).log
        #expect(kept.first == lines[0])
        #expect(kept.count == 2)
        #expect(kept[1].text.utf8.count <= 4_096)
        #expect(kept[1].text.utf8.count > 4_090)
        #expect(kept[1].text.hasPrefix("éé") && kept[1].text.hasSuffix("é..."))

        try journal.commit((0..<2_040).map { .log(run.id, LogLine(time: JournalFixture.time(2), level: "debug", text: "\($0)")) })
        try journal.commit([.log(run.id, LogLine(time: JournalFixture.time(3), level: "debug", text: "last"))])
        let full = try #require(try journal.details(of: run.id)).log
        #expect(full.count == 2_001)
        #expect(full[1_999].text == "1997")
        #expect(full[2_000].text.hasPrefix("43 later lines"))
    }

    @Test(
        "times are exact to the microsecond",
        arguments: [0, 0.000_001, 1_790_000_000.999_999, 2_147_483_648.000_001, 3_999_999_999.123_457, -86_400.5, 253_402_300_799])
    func microseconds(_ seconds: Double) throws {
        let date = Date(timeIntervalSince1970: seconds)
        try journal.commit([.timetable(job: "j", schedule: "s", handled: date)])
        let read = try #require(try journal.timetables()["j"]).handled
        #expect(abs(read.timeIntervalSince(date)) < 0.000_000_6)
        try journal.commit([.timetable(job: "j", schedule: "s", handled: read)])
        #expect(try journal.timetables()["j"]?.handled == read)
    }

    @Test("random microseconds survive as they are")
    func randomMicroseconds() throws {
        for _ in 0..<200 {
            let whole = Int64.random(in: 0..<4_000_000_000_000_000)
            let date = Date(timeIntervalSinceReferenceDate: (Double(whole) - 978_307_200e6) / 1e6)
            try journal.commit([.timetable(job: "j", schedule: "s", handled: date)])
            #expect(try journal.timetables()["j"]?.handled == date, "\(whole)")
        }
    }

    @Test("times beyond reason are stored without a crash", arguments: [-1e300, -1e11, 1e12, 1e300, .infinity, -.infinity, .nan])
    func absurdTimes(_ seconds: Double) throws {
        try journal.commit([.timetable(job: "j", schedule: "s", handled: Date(timeIntervalSince1970: seconds))])
        let read = try #require(try journal.timetables()["j"]).handled
        #expect(read.timeIntervalSince1970.isFinite && (read > JournalFixture.second) == (seconds > 0))
    }

    @Test("runs are found by the beginning of their id")
    func prefixes() throws {
        try journal.commit((1...20).map { .admitted(JournalFixture.record($0), findings: []) })
        #expect(try journal.runs(withPrefix: "20260921T000000Z-1000000", limit: 100).count == 15)
        #expect(try journal.runs(withPrefix: "20260921", limit: 3).map(\.id) == [20, 19, 18].map(JournalFixture.id))
        #expect(try journal.runs(withPrefix: "\(JournalFixture.id(7))", limit: 9).map(\.id) == [JournalFixture.id(7)])
        #expect(try journal.runs(withPrefix: "", limit: 9).count == 9)
        for none in ["2027", "%", "_", "'", "\u{0}"] { #expect(try journal.runs(withPrefix: none, limit: 9).isEmpty) }
        #expect(try journal.runs(of: nil, limit: -1).isEmpty)
        #expect(try journal.runs(of: "other", limit: 9).isEmpty)
        #expect(try journal.details(of: JournalFixture.id(99)) == nil)
    }

    static let failing: [JournalEntry] = [
        .began(JournalFixture.id(99), at: JournalFixture.second),
        .phase(JournalFixture.id(99), PhaseReport(name: "p", seconds: 1, bytes: 1, items: 1)),
        .log(JournalFixture.id(99), LogLine(time: JournalFixture.second, level: "debug", text: "t")),
        .admitted(JournalFixture.record(1), findings: []),
    ]

    @Test("entries whose last one fails leave nothing", arguments: failing.indices)
    func atomic(_ index: Int) throws {
        let old = JournalFixture.ended(1, .succeeded)
        try journal.end(old)
        let summaries = try journal.summaries()
        let hold = Hold(name: "gc", run: old.id, since: JournalFixture.second)
        #expect(throws: JournalError.self) {
            try journal.commit([
                .admitted(JournalFixture.record(2, job: "other"), findings: []), .began(JournalFixture.id(2), at: JournalFixture.second),
                .ended(JournalFixture.ended(1, .failed), JournalFixture.report(old)), .missed(job: "nightly", count: 2), .holdTaken(hold),
                .timetable(job: "nightly", schedule: "s", handled: JournalFixture.second), Self.failing[index],
            ])
        }
        #expect(try journal.runs(of: nil, limit: 9) == [old])
        #expect(try journal.summaries() == summaries)
        #expect(try journal.holds().isEmpty)
        #expect(try journal.timetables().isEmpty)
        try journal.commit([.missed(job: "nightly", count: 1)])
        #expect(try journal.summaries()["nightly"]?.missed == 1)
    }
}
