package import Foundation

/// What the journal is told. Entries that are committed together are true together, or not at all.
package enum JournalEntry: Sendable {
    /// A run exists: waiting, or (for what never started) ended already. Carries its findings where it has ended.
    case admitted(RunRecord, findings: [Finding])
    /// The run has started.
    case began(RunID, at: Date)
    /// A phase of a running run has ended.
    case phase(RunID, PhaseReport)
    /// The run has ended; the record replaces what the journal has, the report gives numbers, findings and snapshots (phases it has).
    case ended(RunRecord, RunReport)
    /// A line of the run's log.
    case log(RunID, LogLine)
    /// All scheduled times of the job up to `handled` are dealt with.
    case timetable(job: String, schedule: String, handled: Date)
    /// This many scheduled times of the job passed without a run.
    case missed(job: String, count: Int)
    /// The job starts by hand alone until the end of the pause; replaces an earlier pause.
    case paused(Pause)
    /// The job's pause is over.
    case resumed(job: String)
    /// The named hold is in force for the run. Written before the hold is made.
    case holdTaken(Hold)
    /// The hold is no longer in force for the run. Written after it was undone.
    case holdReleased(name: String, run: RunID)
    /// What is known of a vault.
    case vault(VaultFacts)
    /// Jobs that are no longer configured: their timetables and pauses are forgotten, their runs stay.
    case forgotten(jobsExcept: [String])
}

/// A line of a run's log.
package struct LogLine: Sendable, Codable, Equatable {
    /// By the wall clock.
    package let time: Date
    /// In swift-log's words: `debug`, `notice`, ...
    package let level: String
    /// Message and metadata, on one line.
    package let text: String

    /// A line.
    package init(time: Date, level: String, text: String) {
        self.time = time
        self.level = level
        self.text = text
    }
}

/// A job's pause.
package struct Pause: Sendable, Codable, Equatable {
    /// The job's name.
    package let job: String
    /// Its end; there is no pause without one.
    package let until: Date
    /// Why.
    package let reason: String
    /// Who paused it.
    package let requester: Requester?
    /// Since when.
    package let since: Date

    /// A pause.
    package init(job: String, until: Date, reason: String, requester: Requester?, since: Date) {
        self.job = job
        self.until = until
        self.reason = reason
        self.requester = requester
        self.since = since
    }
}

/// Something that opsd keeps another system from doing while a run needs it.
package struct Hold: Sendable, Hashable {
    /// What is held, such as `gc`.
    package let name: String
    /// For which run.
    package let run: RunID
    /// Since when.
    package let since: Date

    /// A hold.
    package init(name: String, run: RunID, since: Date) {
        self.name = name
        self.run = run
        self.since = since
    }
}

/// What a run or an observation learned of a vault. What is nil was not learned, and leaves what the journal has, unless the whole was seen.
package struct VaultFacts: Sendable, Codable, Equatable {
    /// The vault's name in the configuration.
    package var vault: String
    /// When it was learned.
    package var observed: Date
    /// The database snapshot's time of the newest complete snapshot.
    package var recoveryPoint: Date?
    /// Trusted snapshots.
    package var snapshots: Int?
    /// Objects in the target that the snapshots need or that wait to be adopted.
    package var objects: Int?
    /// Their size.
    package var bytes: Int64?
    /// The highest sequence of any trusted signer.
    package var chainSequence: Int?
    /// When the pack that was verified longest ago was verified; its storing time where it never was.
    package var oldestUnverified: Date?
    /// Everything was looked at: what is nil is not there, and replaces what the journal has. Not kept itself.
    package var isWhole = false

    private enum CodingKeys: String, CodingKey {
        case vault, observed, recoveryPoint, snapshots, objects, bytes, chainSequence, oldestUnverified
    }

    /// Nothing known but the name.
    package init(vault: String, observed: Date) {
        self.vault = vault
        self.observed = observed
    }
}

/// All that the journal remembers of a job, whatever its history was trimmed to.
package struct JobSummary: Sendable, Equatable {
    /// The job's name.
    package var job: String
    /// Runs that ended, by outcome.
    package var totals: [RunOutcome: Int] = [:]
    /// Scheduled times that passed without a run.
    package var missed = 0
    /// Start of the newest run that started.
    package var lastStart: Date?
    /// End of the newest run that succeeded.
    package var lastSuccess: Date?
    /// Of the newest run that started and ended.
    package var lastDuration: Double?
    /// The newest run that ended after it had started.
    package var lastRun: RunID?
    /// How it ended.
    package var lastOutcome: RunOutcome?
    /// Numbers of the newest run that succeeded or was partial, such as `new_blobs`.
    package var lastNumbers: [String: Int64] = [:]
    /// Each number as the newest run told it that ended and told it, however it ended: what a refused run saw is newer than what the last
    /// success saw.
    package var latestNumbers: [String: Int64] = [:]
    /// Refused runs that ended, by the word for the guard that said no, or ``otherReason``.
    package var refusals: [String: Int] = [:]

    /// The reason of a refusal that gave none.
    package static let otherReason = "other"

    /// Nothing has happened yet.
    package init(job: String) { self.job = job }
}

/// Up to where a job's schedule is dealt with.
package struct Timetable: Sendable, Equatable {
    /// ``JobDefinition/Schedule/identity`` of the schedule that it is about.
    package let schedule: String
    /// All times up to here ran, were skipped, or are counted as missed.
    package let handled: Date

    /// Dealt with up to `handled`.
    package init(schedule: String, handled: Date) {
        self.schedule = schedule
        self.handled = handled
    }
}

/// A run with everything that is known of it.
package struct RunDetails: Sendable {
    /// The run.
    package let record: RunRecord
    /// Phases, numbers, findings, snapshots, recovery point; as far as the run has come.
    package let report: RunReport
    /// The oldest first.
    package let log: [LogLine]

    /// Joins what the journal has.
    package init(record: RunRecord, report: RunReport, log: [LogLine]) {
        self.record = record
        self.report = report
        self.log = log
    }
}

/// Which runs a history keeps. A job's newest success, its newest run and runs that have not ended stay whatever their age and number.
package struct HistoryLimits: Sendable, Equatable {
    /// Older runs go.
    package let age: Duration
    /// The most runs of all jobs together.
    package let runs: Int

    /// Limits by age and number.
    package init(age: Duration = .seconds(400 * 86_400), runs: Int = 50_000) {
        self.age = age
        self.runs = runs
    }
}

/// Remembers runs across everything that may happen to the process.
///
/// Calls block, so they are made on threads that may. What ``commit(_:)`` returned from survives a kill and a power cut.
package protocol RunJournal: Sendable {
    /// Writes all entries, or throws and writes none.
    func commit(_ entries: [JournalEntry]) throws
    /// Runs that have not ended, the oldest first.
    func unfinishedRuns() throws -> [RunRecord]
    /// By job.
    func timetables() throws -> [String: Timetable]
    /// By job: when the journal was first told of its schedule, whatever became of the schedule since.
    func scheduledSince() throws -> [String: Date]
    /// Pauses, also those whose end has passed.
    func pauses() throws -> [Pause]
    /// Holds in force, or left behind by a process that died.
    func holds() throws -> [Hold]
    /// By job, for every job that ever ran or missed a run.
    func summaries() throws -> [String: JobSummary]
    /// By vault name.
    func vaultFacts() throws -> [String: VaultFacts]
    /// The newest runs first, of one job or of all, at most `limit`.
    func runs(of job: String?, limit: Int) throws -> [RunRecord]
    /// Runs whose id begins with `prefix`, at most `limit`.
    func runs(withPrefix prefix: String, limit: Int) throws -> [RunRecord]
    /// Everything about a run; nil where there is none.
    func details(of run: RunID) throws -> RunDetails?
    /// Removes what is beyond `limits` at `now`; returns how many runs went.
    func trim(_ limits: HistoryLimits, now: Date) throws -> Int
    /// Throws unless the journal can be written to now.
    func checkWritable() throws
}

extension RunJournal {
    /// Nothing is known.
    package func scheduledSince() throws -> [String: Date] { [:] }
}
