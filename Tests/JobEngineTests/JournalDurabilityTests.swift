import Foundation
import LabServers
import SystemPackage
import Testing

@testable import JobEngine

@Suite("The journal survives what happens to its process and its disk")
struct JournalDurabilityTests {
    private let fixture: JournalFixture

    init() throws { fixture = try JournalFixture() }

    @Test("a process killed after any commit left exactly what it had committed")
    func killed() throws {
        let journal = try fixture.open()
        let record = JournalFixture.ended(1, .succeeded)
        let phase = PhaseReport(name: "dump", seconds: 1, bytes: 2, items: 3)
        let hold = Hold(name: "gc", run: record.id, since: JournalFixture.second)
        let steps: [[JournalEntry]] = [
            [.admitted(JournalFixture.record(1), findings: []), .timetable(job: "nightly", schedule: "s", handled: JournalFixture.second)],
            [.began(record.id, at: JournalFixture.time(1))], [.holdTaken(hold)], [.phase(record.id, phase)],
            [.ended(record, JournalFixture.report(record, numbers: ["n": 1])), .missed(job: "nightly", count: 2)],
            [.holdReleased(name: "gc", run: record.id)],
        ]
        for (number, step) in steps.enumerated() {
            try journal.commit(step)
            let copy = try JournalFixture()
            try FileManager.default.createDirectory(atPath: copy.folder.file("state"), withIntermediateDirectories: false)
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: fixture.path.string + suffix, toPath: copy.path.string + suffix)
            }
            #expect(try SQLiteJournal(reading: copy.path).runs(of: nil, limit: 9) == journal.runs(of: nil, limit: 9))
            let (survivor, aside) = try SQLiteJournal.openOrSetAside(at: copy.path, now: JournalFixture.second)
            #expect(aside == nil)
            #expect(try survivor.runs(of: nil, limit: 9) == journal.runs(of: nil, limit: 9))
            #expect(try survivor.summaries() == journal.summaries())
            #expect(try survivor.unfinishedRuns().count == (number < 4 ? 1 : 0))
            #expect(try survivor.holds() == (number >= 2 && number < 5 ? [hold] : []))
            #expect(try survivor.details(of: record.id)?.report.phases == (number >= 3 ? [phase] : []))
            #expect(try survivor.timetables().count == 1)
            #expect(try survivor.summaries()["nightly"]?.missed == (number >= 4 ? 2 : 0))
        }
    }

    @Test("a torn end of the log loses whole commits, never half of one", arguments: [1, 7, 100, 4_000, 9_000, 30_000])
    func tornLog(_ bytes: Int) throws {
        let journal = try fixture.open()
        for number in 0..<10 {
            let record = JournalFixture.ended(number, .failed)
            try journal.commit([
                .admitted(record, findings: [Finding(.warning, "c", "m")]), .missed(job: "nightly", count: 1),
                .log(record.id, LogLine(time: JournalFixture.second, level: "debug", text: "t")),
            ])
        }
        let copy = try JournalFixture()
        try FileManager.default.createDirectory(atPath: copy.folder.file("state"), withIntermediateDirectories: false)
        try copy.replace(try fixture.bytes())
        let log = try fixture.bytes("journal.sqlite-wal")
        try Data(log.dropLast(bytes)).write(to: URL(fileURLWithPath: copy.path.string + "-wal"))
        let survivor = try copy.open()
        let runs = try survivor.runs(of: nil, limit: 99)
        #expect(runs.count < 10)
        #expect(try survivor.summaries()["nightly"]?.missed ?? 0 == runs.count)
        #expect(try survivor.summaries()["nightly"]?.totals[.failed] ?? 0 == runs.count)
        for run in runs {
            let details = try #require(try survivor.details(of: run.id))
            #expect(details.log.count == 1 && details.report.findings.count == 1)
        }
    }

    @Test("every commit is synced, and other settings are as the format says")
    func settings() throws {
        let journal = try fixture.open()
        let found = try journal.write { db in
            try ["synchronous", "foreign_keys", "busy_timeout", "application_id", "user_version"].map { name in
                try SQLiteJournalRow.one(db, "SELECT * FROM pragma_\(name)")?.value(name == "busy_timeout" ? "timeout" : name, Int.self)
            }
        }
        #expect(found == [2, 1, 5_000, 0x6f70_736a, 2])
        #expect(try fixture.bytes()[18...19] == [2, 2])
    }

    @Test("a full disk is said as such, leaves nothing half, and passes")
    func full() throws {
        let journal = try fixture.open()
        try journal.end(JournalFixture.ended(1, .succeeded))
        try journal.execute("PRAGMA max_page_count = 1")
        let long = String(repeating: "x", count: 4_000)
        let error = #expect(throws: JournalError.self) {
            try journal.commit(
                [.admitted(JournalFixture.record(2), findings: [])]
                    + (0..<500).map {
                        .log(JournalFixture.id(2), LogLine(time: JournalFixture.second, level: "debug", text: "\($0) \(long)"))
                    })
        }
        #expect(error?.code == .full)
        #expect(error?.isRetryable == true)
        #expect(error?.description.contains("make room") == true)
        #expect(error?.description.contains("xxx") == false)
        #expect(try journal.runs(of: nil, limit: 9).map(\.id) == [JournalFixture.id(1)])
        try journal.execute("PRAGMA max_page_count = 1000000")
        try journal.end(JournalFixture.ended(3, .succeeded))
        #expect(try journal.summaries()["nightly"]?.totals == [.succeeded: 2])
    }

    @Test("asking whether it can be written to changes nothing and passes through the log")
    func writable() throws {
        let journal = try fixture.open()
        try journal.end(JournalFixture.ended(1, .succeeded))
        let log = try fixture.bytes("journal.sqlite-wal")
        let (runs, summaries) = (try journal.runs(of: nil, limit: 9), try journal.summaries())
        try journal.checkWritable()
        #expect(try fixture.bytes("journal.sqlite-wal") != log)
        #expect(try journal.runs(of: nil, limit: 9) == runs)
        #expect(try journal.summaries() == summaries)
        try journal.close()
        #expect(try fixture.open().summaries() == summaries)
    }

    @Test("readers in other connections never see half a commit")
    func readers() async throws {
        let journal = try fixture.open()
        try journal.commit([.missed(job: "nightly", count: 0)])
        let path = fixture.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    let reader = try SQLiteJournal(reading: path)
                    var last = 0
                    while last < 200 {
                        let summary = try #require(try reader.summaries()["nightly"])
                        #expect(summary.missed == summary.totals[.failed] ?? 0)
                        #expect(summary.missed >= last)
                        last = summary.missed
                    }
                }
            }
            for number in 0..<200 {
                try journal.commit([.missed(job: "nightly", count: 1), .admitted(JournalFixture.ended(number, .failed), findings: [])])
            }
            try await group.waitForAll()
        }
    }

    @Test("another process reads while this one writes", .enabled(if: Program.find("sqlite3") != nil))
    func otherProcess() throws {
        let journal = try fixture.open()
        try journal.end(JournalFixture.ended(1, .succeeded))
        try journal.write { db in
            try SQLiteJournal.apply(.missed(job: "uncommitted", count: 1), db)
            let seen = try Program.succeed("sqlite3", ["-readonly", fixture.path.string, "SELECT job FROM job_summaries"])
            #expect(String(decoding: seen, as: UTF8.self) == "nightly\n")
        }
        let check = try Program.succeed("sqlite3", [fixture.path.string, "PRAGMA integrity_check; PRAGMA foreign_key_check"])
        #expect(String(decoding: check, as: UTF8.self) == "ok\n")
    }
}
