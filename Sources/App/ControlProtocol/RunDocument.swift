package import Foundation
package import JobEngine

/// `opsd runs`.
package struct RunsDocument: Codable, Sendable {
    /// The newest first.
    package let runs: [RunSummary]

    /// A list.
    package init(runs: [RunSummary]) {
        self.runs = runs
    }
}

/// A run in a list.
package struct RunSummary: Codable, Sendable, Equatable {
    /// Its whole id, which begins with the time of its admission.
    package let id: String
    /// The job's name.
    package let job: String
    /// What the job does: `backup`, `audit` and so on.
    package let kind: String
    /// The vault's name; nil where the kind has none.
    package let vault: String?
    /// `waiting`, `running` or `ended`.
    package let state: String
    /// Nil until it has ended.
    package let outcome: String?
    /// `schedule`, `manual`, `catch_up` or `retry`.
    package let trigger: String
    /// The time of the schedule that it is for; nil where it was asked for.
    package let scheduledFor: Date?
    /// From 1.
    package let attempt: Int
    /// The run whose failure it retries, or whose interruption it makes up for.
    package let retryOf: String?
    /// Who asked; nil where nobody did.
    package let requestedBy: String?
    /// The numeric user id of who asked; nil where nobody did.
    package let requestedByUid: UInt32?
    /// When it was accepted and written down.
    package let admitted: Date
    /// Nil until it no longer waits.
    package let started: Date?
    /// Nil until it has ended.
    package let finished: Date?
    /// Seconds elapsed by the monotonic clock; nil until it has ended.
    package let seconds: Double?
    /// What it does now, where that is known.
    package let phase: String?
    /// Why it waits.
    package let waitingFor: String?
    /// What ended it early.
    package let failure: String?
    /// Which guard refused it, such as `pins_stale`; nil where it was not refused.
    package let reason: String?
    /// What a command that waited exits with; nil until it has ended.
    package let exitCode: Int32?

    /// Describes a run of the journal; `phase` and `waitingFor` are known of runs that are under way.
    package init(_ record: RunRecord, phase: String? = nil, waitingFor: String? = nil) {
        id = record.id.description
        job = record.job
        kind = record.kind.rawValue
        vault = record.vault
        switch record.state {
        case .waiting: (state, outcome) = ("waiting", nil)
        case .running: (state, outcome) = ("running", nil)
        case .ended(let end): (state, outcome) = ("ended", end.rawValue)
        }
        trigger = record.trigger.rawValue
        scheduledFor = record.scheduledFor
        attempt = record.attempt
        retryOf = record.retryOf?.description
        requestedBy = record.requester?.name
        requestedByUid = record.requester?.uid
        admitted = record.admitted
        started = record.started
        finished = record.finished
        seconds = record.seconds
        self.phase = phase
        self.waitingFor = waitingFor
        failure = record.failure
        reason = record.reason
        exitCode = record.exitCode
    }
}

/// `opsd run show`: a run with everything that is known of it.
package struct RunDocument: Codable, Sendable {
    /// The run as lists have it.
    package let run: RunSummary
    /// As `opsd run-now --json` prints it; as far as the run has come.
    package let report: RunReport
    /// The oldest first.
    package let log: [LogLine]

    /// Joins the parts.
    package init(run: RunSummary, report: RunReport, log: [LogLine]) {
        self.run = run
        self.report = report
        self.log = log
    }
}

/// The answer to a request that names or makes a run.
package struct StartedDocument: Codable, Sendable, Equatable {
    /// The run's id.
    package let run: String

    /// Names a run.
    package init(run: String) { self.run = run }
}
