package import Foundation

/// `opsd jobs`.
package struct JobsDocument: Codable, Sendable, Equatable {
    /// In the order of the configuration.
    package let jobs: [JobDocument]

    /// A list.
    package init(jobs: [JobDocument]) { self.jobs = jobs }
}

/// A job, when it runs and how it went.
package struct JobDocument: Codable, Sendable, Equatable {
    /// A job's pause.
    package struct Pause: Codable, Sendable, Equatable {
        /// Its end, in whole seconds.
        package let until: Date
        /// When it was made.
        package let since: Date
        /// Why, in one line.
        package let reason: String
        /// Who paused it; nil where that is not known.
        package let requestedBy: String?

        /// A pause.
        package init(until: Date, since: Date, reason: String, requestedBy: String?) {
            self.until = until
            self.since = since
            self.reason = reason
            self.requestedBy = requestedBy
        }
    }

    /// As the configuration names it.
    package let name: String
    /// What it does: `backup`, `audit` and so on.
    package let kind: String
    /// Nil where the kind has none.
    package let vault: String?
    /// Nil where it runs by hand alone.
    package let schedule: String?
    /// IANA's name of the zone in which the schedule is meant; nil without a schedule.
    package let timezone: String?
    /// Jitter included; nil where it runs by hand alone, or the daemon does not run.
    package let nextRun: Date?
    /// Nil where it is not paused.
    package let pause: Pause?
    /// Id of the run that waits or runs; nil where none does.
    package let currentRun: String?
    /// Id of the newest run that ended after it had started; nil where there is none.
    package let lastRun: String?
    /// How that one ended; nil where there is none.
    package let lastOutcome: String?
    /// When the newest run started; nil where none ever did.
    package let lastStart: Date?
    /// When the newest run that succeeded ended; nil where none ever did.
    package let lastSuccess: Date?
    /// How long the newest run that started and ended took, in seconds by the monotonic clock; nil until one has ended.
    package let lastDurationSeconds: Double?
    /// Scheduled times that passed without a run.
    package let missedRuns: Int
    /// Runs that ended, by outcome.
    package let runsTotal: [String: Int]

    /// Joins the parts.
    package init(
        name: String, kind: String, vault: String?, schedule: String?, timezone: String?, nextRun: Date?, pause: Pause?,
        currentRun: String?,
        lastRun: String?, lastOutcome: String?, lastStart: Date?, lastSuccess: Date?, lastDurationSeconds: Double?, missedRuns: Int,
        runsTotal: [String: Int]
    ) {
        self.name = name
        self.kind = kind
        self.vault = vault
        self.schedule = schedule
        self.timezone = timezone
        self.nextRun = nextRun
        self.pause = pause
        self.currentRun = currentRun
        self.lastRun = lastRun
        self.lastOutcome = lastOutcome
        self.lastStart = lastStart
        self.lastSuccess = lastSuccess
        self.lastDurationSeconds = lastDurationSeconds
        self.missedRuns = missedRuns
        self.runsTotal = runsTotal
    }
}

/// The body of a request to pause a job.
package struct PauseRequest: Codable, Sendable, Equatable {
    /// The end, which every pause has.
    package let until: Date
    /// Why; not empty.
    package let reason: String

    /// A request.
    package init(until: Date, reason: String) {
        self.until = until
        self.reason = reason
    }
}
