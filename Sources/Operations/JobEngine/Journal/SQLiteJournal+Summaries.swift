import GRDB

/// What stays of a job when its history is trimmed; written with the entries that it sums up.
///
/// The `..._row` columns say which run a value is from: news of an older run, as of one that is found interrupted, replaces nothing.
extension SQLiteJournal {
    static func makeSummary(_ job: String, _ db: Database) throws {
        try run(db, "INSERT INTO job_summaries (job) VALUES (?) ON CONFLICT (job) DO NOTHING", [job])
    }

    static func noteStart(of row: Int64, _ db: Database) throws {
        try run(
            db,
            """
            UPDATE job_summaries SET last_start = runs.started, last_start_row = runs.row FROM runs
            WHERE runs.row = ? AND job_summaries.job = runs.job AND runs.started IS NOT NULL
                AND coalesce(last_start_row, 0) <= runs.row
            """, [row])
    }

    /// Counts the end of the run, and takes back the count of `before`, its former job and outcome, where it had ended already.
    static func noteEnd(of row: Int64, replacing before: SQLiteJournalRow?, _ db: Database) throws {
        if let before, let outcome = try before.optional("outcome", String.self) {
            try run(
                db, "UPDATE outcome_totals SET count = count - 1 WHERE job = ? AND outcome = ? AND count > 0",
                [before.value("job", String.self), outcome])
            if outcome == RunOutcome.refused.rawValue {
                try run(
                    db, "UPDATE refusal_totals SET count = count - 1 WHERE job = ? AND reason = ? AND count > 0",
                    [before.value("job", String.self), before.optional("reason", String.self) ?? JobSummary.otherReason])
            }
        }
        try run(
            db,
            """
            INSERT INTO outcome_totals (job, outcome, count) SELECT job, outcome, 1 FROM runs WHERE row = ?
            ON CONFLICT (job, outcome) DO UPDATE SET count = count + 1
            """, [row])
        try run(
            db,
            """
            INSERT INTO refusal_totals (job, reason, count)
            SELECT job, coalesce(reason, ?2), 1 FROM runs WHERE row = ?1 AND outcome = 'refused'
            ON CONFLICT (job, reason) DO UPDATE SET count = count + 1
            """, [row, JobSummary.otherReason])
        try run(
            db,
            """
            UPDATE job_summaries SET last_run = runs.id, last_outcome = runs.outcome, last_duration = runs.seconds, last_run_row = runs.row
            FROM runs WHERE runs.row = ? AND job_summaries.job = runs.job AND runs.started IS NOT NULL
                AND coalesce(last_run_row, 0) <= runs.row
            """, [row])
        try run(
            db,
            """
            UPDATE job_summaries SET last_success = coalesce(runs.finished, runs.started, runs.admitted), last_success_row = runs.row
            FROM runs WHERE runs.row = ? AND job_summaries.job = runs.job AND runs.outcome = 'succeeded'
                AND coalesce(last_success_row, 0) <= runs.row
            """, [row])
        try replaceNumbers(row, db)
        try keepLatestNumbers(row, db)
    }

    private static func replaceNumbers(_ row: Int64, _ db: Database) throws {
        let replaced = try SQLiteJournalRow.one(
            db,
            """
            UPDATE job_summaries SET last_numbers_row = runs.row
            FROM runs WHERE runs.row = ? AND job_summaries.job = runs.job AND runs.outcome IN ('succeeded', 'partial')
                AND coalesce(last_numbers_row, 0) <= runs.row
            RETURNING job_summaries.job AS job
            """, [row])
        guard let replaced else { return }
        let job: String = try replaced.value("job")
        try run(db, "DELETE FROM job_numbers WHERE job = ?", [job])
        try run(db, "INSERT INTO job_numbers (job, name, value) SELECT ?, name, value FROM numbers WHERE run = ?", [job, row])
    }

    /// A guard tells what it saw before it says no, and a run that fails half way what it did until then.
    private static func keepLatestNumbers(_ row: Int64, _ db: Database) throws {
        try run(
            db,
            """
            INSERT INTO latest_numbers (job, name, value, row)
            SELECT runs.job, numbers.name, numbers.value, runs.row FROM runs JOIN numbers ON numbers.run = runs.row WHERE runs.row = ?
            ON CONFLICT (job, name) DO UPDATE SET value = excluded.value, row = excluded.row WHERE latest_numbers.row <= excluded.row
            """, [row])
    }

    /// By job, for every job that ever had a run or missed one, whatever its history was trimmed to.
    package func summaries() throws -> [String: JobSummary] {
        try read { db in
            var all: [String: JobSummary] = [:]
            for row in try SQLiteJournalRow.all(db, "SELECT * FROM job_summaries") {
                let summary = try Self.summary(row)
                all[summary.job] = summary
            }
            for row in try SQLiteJournalRow.all(db, "SELECT job, outcome, count FROM outcome_totals WHERE count > 0") {
                guard let outcome = RunOutcome(rawValue: try row.value("outcome")) else { continue }
                all[try row.value("job")]?.totals[outcome] = try row.value("count")
            }
            for row in try SQLiteJournalRow.all(db, "SELECT job, reason, count FROM refusal_totals WHERE count > 0") {
                all[try row.value("job")]?.refusals[try row.value("reason")] = try row.value("count", Int.self)
            }
            for row in try SQLiteJournalRow.all(db, "SELECT job, name, value FROM latest_numbers") {
                all[try row.value("job")]?.latestNumbers[try row.value("name")] = try row.value("value", Int64.self)
            }
            for row in try SQLiteJournalRow.all(db, "SELECT job, name, value FROM job_numbers") {
                all[try row.value("job")]?.lastNumbers[try row.value("name")] = try row.value("value", Int64.self)
            }
            return all
        }
    }

    private static func summary(_ row: SQLiteJournalRow) throws -> JobSummary {
        var summary = JobSummary(job: try row.value("job"))
        summary.missed = try row.value("missed")
        summary.lastStart = try row.optionalDate("last_start")
        summary.lastSuccess = try row.optionalDate("last_success")
        summary.lastDuration = try row.optional("last_duration")
        summary.lastRun = try row.optional("last_run", String.self).flatMap(RunID.init(parsing:))
        summary.lastOutcome = try row.optional("last_outcome", String.self).flatMap(RunOutcome.init(rawValue:))
        return summary
    }
}
