import Foundation
import JobEngine
import LabServers
import SystemPackage

/// A folder for one journal, and values to write into it.
final class JournalFixture: Sendable {
    static let second = Date(timeIntervalSince1970: 1_790_000_000.123_456)

    let folder: TemporaryFolder
    var path: FilePath { FilePath(folder.file("state/journal.sqlite")) }

    init() throws { folder = try TemporaryFolder("opsd-journal", inMemory: true) }

    func open() throws -> SQLiteJournal { try SQLiteJournal(at: path) }

    /// Names in the journal's folder, without the file that openers lock.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.file("state")).filter { !$0.hasSuffix(".lock") }.sorted()
    }

    func bytes(_ name: String = "journal.sqlite") throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("state/" + name))))
    }

    func replace(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path.string))
    }

    /// A time `offset` seconds after the fixture's.
    static func time(_ offset: Double) -> Date { Date(timeIntervalSince1970: second.timeIntervalSince1970 + offset) }

    static func id(_ number: Int) -> RunID {
        RunID(parsing: "20260921T000000Z-" + String(number + 0x1000_0000, radix: 16)) ?? RunID(startingAt: second)
    }

    /// A run that waits.
    static func record(_ number: Int, job: String = "nightly", at offset: Double = 0) -> RunRecord {
        RunRecord(id: id(number), job: job, kind: .backup, vault: "main", trigger: .schedule, admitted: time(offset))
    }

    /// A run that ended, started or not.
    static func ended(_ number: Int, _ outcome: RunOutcome, job: String = "nightly", at offset: Double = 0, started: Bool = true)
        -> RunRecord
    {
        var record = record(number, job: job, at: offset)
        record.state = .ended(outcome)
        record.started = started ? time(offset + 1) : nil
        record.finished = time(offset + 11)
        record.seconds = started ? 10 : nil
        record.exitCode = outcome.exitCode
        return record
    }

    static func report(_ record: RunRecord, numbers: [String: Int64] = [:]) -> RunReport {
        var report = RunReport(run: record.id, job: record.job, kind: record.kind.rawValue, started: record.started ?? record.admitted)
        report.numbers = numbers
        return report
    }
}

extension SQLiteJournal {
    /// A run's whole life in one commit.
    func end(_ record: RunRecord, numbers: [String: Int64] = [:]) throws {
        try commit([.ended(record, JournalFixture.report(record, numbers: numbers))])
    }
}
