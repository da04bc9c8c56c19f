import Foundation
import GRDB

extension SQLiteJournal {
    /// The most log lines that a run keeps; later ones are counted.
    static let logLineLimit = 2_000
    /// The most UTF-8 bytes of a log line's text.
    static let logTextLimit = 4_096

    /// Executes a statement that is likely to come again.
    static func run(_ db: Database, _ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// Writes one entry, in the caller's transaction.
    static func apply(_ entry: JournalEntry, _ db: Database) throws {
        switch entry {
        case .admitted(let record, let findings): try admit(record, findings, db)
        case .began(let run, let date): try begin(run, at: date, db)
        case .phase(let run, let phase): try append(phase, to: known(run, db), db)
        case .ended(let record, let report): try end(record, report, db)
        case .log(let run, let line): try append(line, to: run, db)
        case .timetable(let job, let schedule, let handled):
            try self.run(
                db,
                """
                INSERT INTO timetables (job, schedule, handled, since) VALUES (?1, ?2, ?3, ?3)
                ON CONFLICT (job) DO UPDATE SET schedule = ?2, handled = ?3
                """,
                [job, schedule, handled.journalMicroseconds])
        case .missed(let job, let count):
            try makeSummary(job, db)
            try self.run(db, "UPDATE job_summaries SET missed = missed + ? WHERE job = ?", [count, job])
        case .paused(let pause): try insert(pause, db)
        case .resumed(let job): try self.run(db, "DELETE FROM pauses WHERE job = ?", [job])
        case .holdTaken(let hold):
            // Written again after a crash it is the same hold, in force since the first time.
            try self.run(
                db, "INSERT INTO holds (name, run, since) VALUES (?, ?, ?) ON CONFLICT (name, run) DO NOTHING",
                [hold.name, "\(hold.run)", hold.since.journalMicroseconds])
        case .holdReleased(let name, let run):
            try self.run(db, "DELETE FROM holds WHERE name = ? AND run = ?", [name, "\(run)"])
        case .vault(let facts): try merge(facts, db)
        case .forgotten(let kept): try forget(except: Set(kept), db)
        }
    }

    // MARK: - Runs

    static func row(of run: RunID, _ db: Database) throws -> Int64? {
        try SQLiteJournalRow.one(db, "SELECT row FROM runs WHERE id = ?", ["\(run)"])?.value("row")
    }

    private static func known(_ run: RunID, _ db: Database) throws -> Int64 {
        guard let row = try row(of: run, db) else { throw unknown(run) }
        return row
    }

    private static func unknown(_ run: RunID) -> JournalError {
        JournalError(.failed, "the journal has no run \(run)", remedy: "report this as a bug of opsd")
    }

    private static func admit(_ record: RunRecord, _ findings: [Finding], _ db: Database) throws {
        guard try row(of: record.id, db) == nil else {
            throw JournalError(.failed, "the journal has a run \(record.id) already", remedy: "report this as a bug of opsd")
        }
        let row = try insert(record, db)
        try replace(findings: findings, of: row, db)
        try makeSummary(record.job, db)
        if record.started != nil { try noteStart(of: row, db) }
        if record.state.outcome != nil { try noteEnd(of: row, replacing: nil, db) }
    }

    private static func begin(_ run: RunID, at date: Date, _ db: Database) throws {
        let row = try known(run, db)
        // An end that is written already is the later news, whoever wrote it.
        try self.run(
            db, "UPDATE runs SET started = ?, state = CASE state WHEN 'ended' THEN state ELSE 'running' END WHERE row = ?",
            [date.journalMicroseconds, row])
        try noteStart(of: row, db)
    }

    private static func end(_ record: RunRecord, _ report: RunReport, _ db: Database) throws {
        let row: Int64
        var before: SQLiteJournalRow?
        if let known = try self.row(of: record.id, db) {
            row = known
            before = try SQLiteJournalRow.one(db, "SELECT job, outcome, reason FROM runs WHERE row = ?", [row])
            try update(row, record, db)
        } else {
            row = try insert(record, db)
        }
        try self.run(
            db, "UPDATE runs SET recovery_point = coalesce(?, recovery_point) WHERE row = ?",
            [report.recoveryPoint?.journalMicroseconds, row])
        // A report of a run that died is empty: what was written on the way stays.
        if !report.phases.isEmpty { try replace(phases: report.phases, of: row, db) }
        if !report.numbers.isEmpty { try replace(numbers: report.numbers, of: row, db) }
        if !report.findings.isEmpty { try replace(findings: report.findings, of: row, db) }
        if !report.snapshots.isEmpty { try replace(snapshots: report.snapshots, of: row, db) }
        try makeSummary(record.job, db)
        if record.started != nil { try noteStart(of: row, db) }
        if record.state.outcome != nil { try noteEnd(of: row, replacing: before, db) }
    }

    private static let columns = [
        "job", "kind", "vault", "trigger", "scheduled_for", "attempt", "retry_of", "requester_uid", "requester_name", "admitted", "state",
        "outcome", "started", "finished", "seconds", "failure", "exit_code", "reason",
    ]

    private static func values(_ record: RunRecord) -> StatementArguments {
        let state =
            switch record.state {
            case .waiting: "waiting"
            case .running: "running"
            case .ended: "ended"
            }
        // SQLite keeps no NaN; a run of such a length has none that is known.
        let seconds = record.seconds.flatMap { $0.isFinite ? $0 : nil }
        return [
            record.job, record.kind.rawValue, record.vault, record.trigger.rawValue, record.scheduledFor?.journalMicroseconds,
            record.attempt,
            record.retryOf.map { "\($0)" }, record.requester?.uid, record.requester?.name, record.admitted.journalMicroseconds, state,
            record.state.outcome?.rawValue, record.started?.journalMicroseconds, record.finished?.journalMicroseconds, seconds,
            record.failure, record.exitCode, record.reason,
        ]
    }

    private static func insert(_ record: RunRecord, _ db: Database) throws -> Int64 {
        let marks = repeatElement("?", count: columns.count + 1).joined(separator: ", ")
        try run(db, "INSERT INTO runs (\(columns.joined(separator: ", ")), id) VALUES (\(marks))", values(record) + ["\(record.id)"])
        return db.lastInsertedRowID
    }

    private static func update(_ row: Int64, _ record: RunRecord, _ db: Database) throws {
        let settings = columns.map { "\($0) = ?" }.joined(separator: ", ")
        try run(db, "UPDATE runs SET \(settings) WHERE row = ?", values(record) + [row])
    }

    // MARK: - Parts of runs

    private static func append(_ phase: PhaseReport, to row: Int64, _ db: Database) throws {
        try run(
            db,
            """
            INSERT INTO phases (run, position, name, seconds, bytes, items)
            VALUES (?1, (SELECT coalesce(max(position) + 1, 0) FROM phases WHERE run = ?1), ?2, ?3, ?4, ?5)
            """, [row, phase.name, phase.seconds.isFinite ? phase.seconds : 0, phase.bytes, phase.items])
    }

    private static func append(_ line: LogLine, to id: RunID, _ db: Database) throws {
        let counted = try SQLiteJournalRow.one(
            db, "UPDATE runs SET log_lines = log_lines + 1 WHERE id = ? RETURNING row, log_lines", ["\(id)"])
        guard let counted else { throw unknown(id) }
        let number = try counted.value("log_lines", Int.self)
        guard number <= logLineLimit else { return }
        try run(
            db, "INSERT INTO log_lines (run, position, time, level, text) VALUES (?, ?, ?, ?, ?)",
            [counted.value("row", Int64.self), number, line.time.journalMicroseconds, line.level, shortened(line.text)])
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > logTextLimit else { return text }
        let mark = "..."
        // Between characters, which may be several bytes long.
        var end = text.utf8.index(text.startIndex, offsetBy: logTextLimit - mark.utf8.count)
        while end.samePosition(in: text) == nil { end = text.utf8.index(before: end) }
        return text[..<end] + mark
    }

    private static func replace(phases: [PhaseReport], of row: Int64, _ db: Database) throws {
        try run(db, "DELETE FROM phases WHERE run = ?", [row])
        for phase in phases { try append(phase, to: row, db) }
    }

    private static func replace(numbers: [String: Int64], of row: Int64, _ db: Database) throws {
        try run(db, "DELETE FROM numbers WHERE run = ?", [row])
        for (name, value) in numbers { try run(db, "INSERT INTO numbers (run, name, value) VALUES (?, ?, ?)", [row, name, value]) }
    }

    private static func replace(findings: [Finding], of row: Int64, _ db: Database) throws {
        try run(db, "DELETE FROM findings WHERE run = ?", [row])
        for (position, finding) in findings.enumerated() {
            try run(
                db, "INSERT INTO findings (run, position, severity, code, message) VALUES (?, ?, ?, ?, ?)",
                [row, position, finding.severity.rawValue, finding.code, finding.message])
        }
    }

    private static func replace(snapshots: [String: String], of row: Int64, _ db: Database) throws {
        try run(db, "DELETE FROM snapshots WHERE run = ?", [row])
        for (vault, snapshot) in snapshots {
            try run(db, "INSERT INTO snapshots (run, vault, snapshot) VALUES (?, ?, ?)", [row, vault, snapshot])
        }
    }

    // MARK: - Other state

    private static func insert(_ pause: Pause, _ db: Database) throws {
        try run(
            db, "INSERT OR REPLACE INTO pauses (job, until, reason, requester_uid, requester_name, since) VALUES (?, ?, ?, ?, ?, ?)",
            [
                pause.job, pause.until.journalMicroseconds, pause.reason, pause.requester?.uid, pause.requester?.name,
                pause.since.journalMicroseconds,
            ])
    }

    private static func merge(_ facts: VaultFacts, _ db: Database) throws {
        let columns = ["observed", "recovery_point", "snapshots", "objects", "bytes", "chain_sequence", "oldest_unverified"]
        let settings = columns.map { $0 + " = " + (facts.isWhole ? "excluded.\($0)" : "coalesce(excluded.\($0), \($0))") }
        try run(
            db,
            """
            INSERT INTO vault_facts (vault, \(columns.joined(separator: ", "))) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (vault) DO UPDATE SET \(settings.joined(separator: ", "))
            """,
            [
                facts.vault, facts.observed.journalMicroseconds, facts.recoveryPoint?.journalMicroseconds, facts.snapshots, facts.objects,
                facts.bytes, facts.chainSequence, facts.oldestUnverified?.journalMicroseconds,
            ])
    }

    private static func forget(except kept: Set<String>, _ db: Database) throws {
        for table in ["timetables", "pauses"] {
            for row in try SQLiteJournalRow.all(db, "SELECT job FROM \(table)") {
                let job: String = try row.value("job")
                if !kept.contains(job) { try run(db, "DELETE FROM \(table) WHERE job = ?", [job]) }
            }
        }
    }
}
