import Foundation
import JobEngine
import LabServers
import SystemPackage
import Testing

/// A host with jobs of several kinds and a journal that says what was done.
struct ControlHost {
    let host: SampleHost

    /// `backup` at 02:15 UTC, `audit` at 03:00 in Berlin, `deep` by hand.
    init() throws {
        try self.init(SampleHost())
    }

    /// As ``init()``, with a vault that an audit finds sound.
    static func withVault() async throws -> ControlHost { try await ControlHost(SampleHost.withVault()) }

    private init(_ host: SampleHost) throws {
        self.host = host
        let jobs = """
            objectives: {rpo: 1h}
            jobs:
              audit: {schedule: "0 3 * * *", timezone: Europe/Berlin}
              deep: {kind: audit, schedule: manual}

            """
        let socket = "control_socket: \(host.folder.file("control.sock"))\n"
        try host.write(host.configuration.replacing("jobs:\n", with: jobs) + socket, to: "opsd.yaml")
    }

    var state: FilePath { FilePath(host.folder.file("state")) }
    var socket: String { host.folder.file("control.sock") }

    func opsd(_ words: String..., onTerminal: Bool = false) async -> Spoken {
        await Spoken.opsd(words + ["--config", host.configurationFile], onTerminal: onTerminal)
    }

    func journal() throws -> SQLiteJournal { try SQLiteJournal(at: state.appending("journal.sqlite")) }

    static let time = Date(timeIntervalSince1970: 1_767_225_600)

    static func id(_ number: Int) -> RunID {
        RunID(parsing: String(format: "20260101T00%02d00Z-%08x", number, number)) ?? RunID(startingAt: time)
    }

    /// A run of minute `number` past midnight of 2026.
    static func record(_ number: Int, job: String = "backup", kind: JobKind = .backup, _ state: RunState) -> RunRecord {
        let start = time.addingTimeInterval(Double(number) * 60)
        var record = RunRecord(
            id: id(number), job: job, kind: kind, vault: "main", trigger: .schedule, scheduledFor: start, admitted: start, state: state)
        record.started = start
        if let outcome = state.outcome {
            record.finished = start.addingTimeInterval(30)
            record.seconds = 30
            record.exitCode = outcome.exitCode
        }
        return record
    }

    /// Journals a run that ended.
    func end(_ record: RunRecord, _ change: (inout RunReport) -> Void = { _ in }) throws {
        var report = RunReport(run: record.id, job: record.job, kind: record.kind.rawValue, started: record.started ?? record.admitted)
        report.outcome = record.state.outcome ?? .failed
        report.finished = record.finished ?? report.started
        change(&report)
        try journal().commit([.ended(record, report)])
    }
}
