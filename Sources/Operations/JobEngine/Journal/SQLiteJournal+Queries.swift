package import Foundation
import GRDB

/// Reading. A run whose kind, trigger, state or outcome is a word that only a newer version knows is left out: this version could only guess.
extension SQLiteJournal {
    /// Runs that have not ended, in the order in which they were admitted.
    package func unfinishedRuns() throws -> [RunRecord] {
        try read { db in try Self.records(db, "WHERE state <> 'ended' ORDER BY row", []) }
    }

    /// The runs that were admitted last first, whatever the clock said; at most `limit`.
    package func runs(of job: String?, limit: Int) throws -> [RunRecord] {
        try read { db in
            if let job { return try Self.records(db, "WHERE job = ? ORDER BY row DESC LIMIT ?", [job, max(limit, 0)]) }
            return try Self.records(db, "ORDER BY row DESC LIMIT ?", [max(limit, 0)])
        }
    }

    /// Runs whose id begins with `prefix`, the newest id first; at most `limit`.
    package func runs(withPrefix prefix: String, limit: Int) throws -> [RunRecord] {
        // Ids are printable ASCII: what follows the prefix sorts before the tilde.
        guard prefix.utf8.allSatisfy({ (0x21..<0x7e).contains($0) }) else { return [] }
        return try read { db in
            try Self.records(db, "WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id DESC LIMIT ?2", [prefix, max(limit, 0)])
        }
    }

    /// Everything about a run; nil where there is none that this version can read.
    package func details(of run: RunID) throws -> RunDetails? {
        try read { db in
            guard let found = try SQLiteJournalRow.one(db, "SELECT * FROM runs WHERE id = ?", ["\(run)"]),
                let record = try Self.record(found)
            else { return nil }
            let row: Int64 = try found.value("row")
            var report = RunReport(run: run, job: record.job, kind: record.kind.rawValue, started: record.started ?? record.admitted)
            report.outcome = record.state.outcome ?? .failed
            report.reason = record.reason
            report.finished = record.finished ?? report.started
            report.recoveryPoint = try found.optionalDate("recovery_point")
            try Self.fill(&report, row, db)
            return RunDetails(record: record, report: report, log: try Self.log(row, counted: found.value("log_lines"), db))
        }
    }

    private static func records(_ db: Database, _ condition: String, _ arguments: StatementArguments) throws -> [RunRecord] {
        try SQLiteJournalRow.all(db, "SELECT * FROM runs \(condition)", arguments).compactMap(record)
    }

    private static func record(_ row: SQLiteJournalRow) throws -> RunRecord? {
        guard let id = RunID(parsing: try row.value("id")), let kind = JobKind(rawValue: try row.value("kind")),
            let trigger = RunTrigger(rawValue: try row.value("trigger")), let state = try state(row)
        else { return nil }
        var record = RunRecord(
            id: id, job: try row.value("job"), kind: kind, vault: try row.optional("vault"), trigger: trigger,
            scheduledFor: try row.optionalDate("scheduled_for"), attempt: try row.value("attempt"),
            retryOf: try row.optional("retry_of", String.self).flatMap(RunID.init(parsing:)), requester: try requester(row),
            admitted: try row.date("admitted"), state: state)
        record.started = try row.optionalDate("started")
        record.finished = try row.optionalDate("finished")
        record.seconds = try row.optional("seconds")
        record.failure = try row.optional("failure")
        record.exitCode = try row.optional("exit_code")
        record.reason = try row.optional("reason")
        return record
    }

    private static func state(_ row: SQLiteJournalRow) throws -> RunState? {
        switch try row.value("state", String.self) {
        case "waiting": .waiting
        case "running": .running
        case "ended": try row.optional("outcome", String.self).flatMap(RunOutcome.init(rawValue:)).map(RunState.ended)
        default: nil
        }
    }

    private static func requester(_ row: SQLiteJournalRow) throws -> Requester? {
        try row.optional("requester_uid").map { Requester(uid: $0, name: try row.optional("requester_name")) }
    }

    private static func fill(_ report: inout RunReport, _ row: Int64, _ db: Database) throws {
        report.phases = try SQLiteJournalRow.all(db, "SELECT * FROM phases WHERE run = ? ORDER BY position", [row]).map {
            PhaseReport(
                name: try $0.value("name"), seconds: try $0.value("seconds"), bytes: try $0.value("bytes"), items: try $0.value("items"))
        }
        report.findings = try SQLiteJournalRow.all(db, "SELECT * FROM findings WHERE run = ? ORDER BY position", [row]).map {
            // A severity that only a newer version knows is worth more attention, not less.
            Finding(Finding.Severity(rawValue: try $0.value("severity")) ?? .warning, try $0.value("code"), try $0.value("message"))
        }
        for number in try SQLiteJournalRow.all(db, "SELECT * FROM numbers WHERE run = ?", [row]) {
            report.numbers[try number.value("name")] = try number.value("value", Int64.self)
        }
        for snapshot in try SQLiteJournalRow.all(db, "SELECT * FROM snapshots WHERE run = ?", [row]) {
            report.snapshots[try snapshot.value("vault")] = try snapshot.value("snapshot", String.self)
        }
    }

    private static func log(_ row: Int64, counted: Int, _ db: Database) throws -> [LogLine] {
        var lines = try SQLiteJournalRow.all(db, "SELECT * FROM log_lines WHERE run = ? ORDER BY position", [row]).map {
            LogLine(time: try $0.date("time"), level: try $0.value("level"), text: try $0.value("text"))
        }
        if counted > lines.count, let last = lines.last {
            let more = counted - lines.count
            lines.append(
                LogLine(
                    time: last.time, level: "notice",
                    text: "\(more) later lines are not in the journal, which keeps \(logLineLimit) per run"))
        }
        return lines
    }

    // MARK: - Other state

    /// By job.
    package func timetables() throws -> [String: Timetable] {
        try read { db in
            let pairs = try SQLiteJournalRow.all(db, "SELECT * FROM timetables").map {
                (try $0.value("job", String.self), Timetable(schedule: try $0.value("schedule"), handled: try $0.date("handled")))
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }

    /// By job: when the journal was first told of its schedule.
    package func scheduledSince() throws -> [String: Date] {
        try read { db in
            let pairs = try SQLiteJournalRow.all(db, "SELECT job, since FROM timetables").map {
                (try $0.value("job", String.self), try $0.date("since"))
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }

    /// Pauses by job name, also those whose end has passed.
    package func pauses() throws -> [Pause] {
        try read { db in
            try SQLiteJournalRow.all(db, "SELECT * FROM pauses ORDER BY job").map {
                Pause(
                    job: try $0.value("job"), until: try $0.date("until"), reason: try $0.value("reason"),
                    requester: try Self.requester($0),
                    since: try $0.date("since"))
            }
        }
    }

    /// Holds in force, or left behind by a process that died; the oldest first.
    package func holds() throws -> [Hold] {
        try read { db in
            try SQLiteJournalRow.all(db, "SELECT * FROM holds ORDER BY since, name, run").map { row in
                let text: String = try row.value("run")
                guard let run = RunID(parsing: text) else {
                    // Left out it would never be undone.
                    throw JournalError(.corrupt, "the journal has a hold of '\(text)', which is no run", remedy: "restart opsd")
                }
                return Hold(name: try row.value("name"), run: run, since: try row.date("since"))
            }
        }
    }

    /// By vault name.
    package func vaultFacts() throws -> [String: VaultFacts] {
        try read { db in
            var all: [String: VaultFacts] = [:]
            for row in try SQLiteJournalRow.all(db, "SELECT * FROM vault_facts") {
                var facts = VaultFacts(vault: try row.value("vault"), observed: try row.date("observed"))
                facts.recoveryPoint = try row.optionalDate("recovery_point")
                facts.snapshots = try row.optional("snapshots")
                facts.objects = try row.optional("objects")
                facts.bytes = try row.optional("bytes")
                facts.chainSequence = try row.optional("chain_sequence")
                facts.oldestUnverified = try row.optionalDate("oldest_unverified")
                all[facts.vault] = facts
            }
            return all
        }
    }
}
