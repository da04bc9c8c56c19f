package import Foundation

/// Something that whoever reads a run's result should know.
package struct Finding: Sendable, Codable, Equatable {
    /// How bad it is.
    package enum Severity: String, Sendable, Codable {
        /// Worth knowing; changes no outcome.
        case remark
        /// Makes the run partial.
        case warning
    }

    /// Decides whether the finding makes the run partial.
    package let severity: Severity
    /// What kind; bounded, so it can be a metric label.
    package let code: String
    /// What, where, why and what to do, in sentences.
    package let message: String

    /// A finding with its bounded code and its sentence.
    package init(_ severity: Severity, _ code: String, _ message: String) {
        self.severity = severity
        self.code = code
        self.message = message
    }
}

/// A part of a run, with what it took.
package struct PhaseReport: Sendable, Codable, Equatable {
    /// As the run began it, such as `blobs`; bounded, so it can be a metric label.
    package let name: String
    /// Elapsed, by the monotonic clock.
    package var seconds: Double
    /// Bytes that the phase read or wrote; 0 where it counts none.
    package var bytes: Int64
    /// Things that the phase finished, such as blobs; 0 where it counts none.
    package var items: Int

    /// A phase that has ended.
    package init(name: String, seconds: Double, bytes: Int64, items: Int) {
        self.name = name
        self.seconds = seconds
        self.bytes = bytes
        self.items = items
    }
}

/// The result of a run, as `--json` prints it. Keys are only ever added.
package struct RunReport: Sendable, Codable {
    /// Names the run, also in logs and in the vault.
    package var run: RunID
    /// The job's name in the configuration.
    package var job: String
    /// What the job does, in the words of the configuration.
    package var kind: String
    /// How the run ended; `failed` until it has.
    package var outcome: RunOutcome
    /// Which guard refused the run, such as `pins_stale`; bounded, and nil where the run was not refused or the guard has no name.
    package var reason: String?
    /// Start by the wall clock.
    package var started: Date
    /// End by the wall clock; equal to `started` until the run has ended.
    package var finished: Date
    /// Finished parts of the run, in the order in which they ended.
    package var phases: [PhaseReport] = []
    /// Counts and bytes by name, such as `new_blobs`.
    package var numbers: [String: Int64] = [:]
    /// What a reader of the result should know, in the order in which it was found.
    package var findings: [Finding] = []
    /// Snapshots that the run published, by vault.
    package var snapshots: [String: String] = [:]
    /// The database snapshot's time, where the run made a recovery point.
    package var recoveryPoint: Date?

    /// A run that has just started.
    package init(run: RunID, job: String, kind: String, started: Date) {
        self.run = run
        self.job = job
        self.kind = kind
        self.started = started
        finished = started
        outcome = .failed
    }
}
