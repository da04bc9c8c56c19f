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
    package let id: String
    package let job: String
    package let kind: String
    package let vault: String?
    /// `waiting`, `running` or `ended`.
    package let state: String
    /// Nil until it has ended.
    package let outcome: String?
    /// `schedule`, `manual`, `catch_up` or `retry`.
    package let trigger: String
    package let scheduledFor: Date?
    /// From 1.
    package let attempt: Int
    /// The run whose failure it retries, or whose interruption it makes up for.
    package let retryOf: String?
    /// Who asked; nil where nobody did.
    package let requestedBy: String?
    package let requestedByUid: UInt32?
    package let admitted: Date
    package let started: Date?
    package let finished: Date?
    /// Elapsed by the monotonic clock; nil until it has ended.
    package let seconds: Double?
    /// What it does now, where that is known.
    package let phase: String?
    /// Why it waits.
    package let waitingFor: String?
    /// What ended it early.
    package let failure: String?
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
        exitCode = record.exitCode
    }
}

/// `opsd run show`: a run with everything that is known of it.
package struct RunDocument: Codable, Sendable {
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
