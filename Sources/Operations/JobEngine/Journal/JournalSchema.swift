import GRDB

/// The journal's tables, version by version. `JobEngine.docc/Journal.md` says what they mean.
///
/// A step that has been released is never edited: a change is a new step at the end, and it only adds.
enum JournalSchema {
    /// `opsj` in ASCII, so that `file` and this program can tell a journal from other databases.
    static let applicationID = 0x6f70_736a

    /// The newest version that this program reads and writes.
    static var version: Int { steps.count }

    /// Brings a journal of an older version, or an empty file, to ``version``, in the caller's transaction.
    static func migrate(_ db: Database) throws {
        let current = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard current < version else { return }
        for step in steps[current...] { try db.execute(sql: step) }
        try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
    }

    /// What a whole journal has; a file without one of them is damaged.
    static let tables: Set<String> = [
        "runs", "phases", "numbers", "findings", "snapshots", "log_lines", "job_summaries", "outcome_totals", "job_numbers", "timetables",
        "pauses", "holds", "vault_facts", "refusal_totals", "latest_numbers",
    ]

    private static let steps = [version1, version2]

    private static let version1 = """
        CREATE TABLE runs (
            row INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            job TEXT NOT NULL,
            kind TEXT NOT NULL,
            vault TEXT,
            trigger TEXT NOT NULL,
            scheduled_for INTEGER,
            attempt INTEGER NOT NULL,
            retry_of TEXT,
            requester_uid INTEGER,
            requester_name TEXT,
            admitted INTEGER NOT NULL,
            state TEXT NOT NULL,
            outcome TEXT,
            started INTEGER,
            finished INTEGER,
            seconds REAL,
            failure TEXT,
            exit_code INTEGER,
            recovery_point INTEGER,
            log_lines INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX runs_of_job ON runs (job, row);
        CREATE INDEX runs_unfinished ON runs (row) WHERE state <> 'ended';
        CREATE INDEX runs_by_end ON runs (coalesce(finished, admitted)) WHERE state = 'ended';
        CREATE TABLE phases (
            run INTEGER NOT NULL REFERENCES runs (row) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            seconds REAL NOT NULL,
            bytes INTEGER NOT NULL,
            items INTEGER NOT NULL,
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE numbers (
            run INTEGER NOT NULL REFERENCES runs (row) ON DELETE CASCADE,
            name TEXT NOT NULL,
            value INTEGER NOT NULL,
            PRIMARY KEY (run, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE findings (
            run INTEGER NOT NULL REFERENCES runs (row) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            severity TEXT NOT NULL,
            code TEXT NOT NULL,
            message TEXT NOT NULL,
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE snapshots (
            run INTEGER NOT NULL REFERENCES runs (row) ON DELETE CASCADE,
            vault TEXT NOT NULL,
            snapshot TEXT NOT NULL,
            PRIMARY KEY (run, vault)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE log_lines (
            run INTEGER NOT NULL REFERENCES runs (row) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            time INTEGER NOT NULL,
            level TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE job_summaries (
            job TEXT PRIMARY KEY,
            missed INTEGER NOT NULL DEFAULT 0,
            last_start INTEGER,
            last_start_row INTEGER,
            last_success INTEGER,
            last_success_row INTEGER,
            last_run TEXT,
            last_outcome TEXT,
            last_duration REAL,
            last_run_row INTEGER,
            last_numbers_row INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE outcome_totals (
            job TEXT NOT NULL,
            outcome TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (job, outcome)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE job_numbers (
            job TEXT NOT NULL,
            name TEXT NOT NULL,
            value INTEGER NOT NULL,
            PRIMARY KEY (job, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE timetables (
            job TEXT PRIMARY KEY,
            schedule TEXT NOT NULL,
            handled INTEGER NOT NULL,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE pauses (
            job TEXT PRIMARY KEY,
            until INTEGER NOT NULL,
            reason TEXT NOT NULL,
            requester_uid INTEGER,
            requester_name TEXT,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE holds (
            name TEXT NOT NULL,
            run TEXT NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (name, run)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE vault_facts (
            vault TEXT PRIMARY KEY,
            observed INTEGER NOT NULL,
            recovery_point INTEGER,
            snapshots INTEGER,
            objects INTEGER,
            bytes INTEGER,
            chain_sequence INTEGER,
            oldest_unverified INTEGER
        ) STRICT, WITHOUT ROWID;
        """

    // Refusals from before have no reason, and numbers from before are those of runs that did their work.
    private static let version2 = """
        ALTER TABLE runs ADD COLUMN reason TEXT;
        CREATE TABLE refusal_totals (
            job TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (job, reason)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE latest_numbers (
            job TEXT NOT NULL,
            name TEXT NOT NULL,
            value INTEGER NOT NULL,
            row INTEGER NOT NULL,
            PRIMARY KEY (job, name)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO refusal_totals (job, reason, count)
            SELECT job, 'other', count FROM outcome_totals WHERE outcome = 'refused' AND count > 0;
        INSERT INTO latest_numbers (job, name, value, row)
            SELECT job_numbers.job, name, value, coalesce(last_numbers_row, 0)
            FROM job_numbers JOIN job_summaries ON job_summaries.job = job_numbers.job;
        """
}
