package import Foundation

/// A moment by both clocks.
package struct Moment: Sendable, Equatable {
    /// The time of day; may jump.
    package let now: Date
    /// Since some fixed moment of this process; never jumps.
    package let uptime: Duration

    /// Joins the two.
    package init(now: Date, uptime: Duration) {
        self.now = now
        self.uptime = uptime
    }
}

/// An admitted run: what the board hands out and takes back.
package struct Ticket: Sendable {
    /// As it stands in the journal.
    package var record: RunRecord
    /// As it was configured when the run was admitted; a reload changes no run that exists.
    package let job: JobDefinition
    /// Not before this uptime: the pause before a retry.
    package let notBefore: Duration
    /// Another process of this host runs it: it is waited for, and ends by itself.
    package let isForeign: Bool

    init(_ record: RunRecord, _ job: JobDefinition, notBefore: Duration = .zero, isForeign: Bool = false) {
        self.record = record
        self.job = job
        self.notBefore = notBefore
        self.isForeign = isForeign
    }
}

/// How a run's work ended.
package struct RunEnd: Sendable {
    /// Complete also where the run failed.
    package var report: RunReport
    /// Elapsed by the monotonic clock.
    package let seconds: Double
    /// What ended it early; nil where it ended by itself.
    package let failure: RunFailure?
    /// What was learned of vaults.
    package let vaults: [VaultFacts]

    /// Joins what a run left.
    package init(report: RunReport, seconds: Double, failure: RunFailure?, vaults: [VaultFacts] = []) {
        self.report = report
        self.seconds = seconds
        self.failure = failure
        self.vaults = vaults
    }

    /// The exit status of a command that waited for the run.
    package var exitCode: Int32 { failure?.exitCode ?? report.outcome.exitCode }
}

/// What ended a run early.
package struct RunFailure: Error, Sendable, CustomStringConvertible {
    /// `failed`, `refused`, `skipped` or `interrupted`.
    package let outcome: RunOutcome
    /// What a command that waited exits with.
    package let exitCode: Int32
    /// Whether the same work may succeed a while later.
    package let isRetryable: Bool
    /// Which guard said no, in a bounded word; nil for what is no refusal.
    package let reason: String?
    /// What, where, why and the next thing to do.
    package let message: String

    /// The reason of a run whose job requires a recent complete snapshot that there is not.
    package static let requires = "requires"

    /// A failure in words.
    package init(_ outcome: RunOutcome, exitCode: Int32? = nil, isRetryable: Bool = false, reason: String? = nil, _ message: String) {
        self.outcome = outcome
        self.exitCode = exitCode ?? outcome.exitCode
        self.isRetryable = isRetryable
        self.reason = reason
        self.message = message
    }

    /// The message.
    package var description: String { message }
}

/// What happens to the board.
package enum BoardEvent: Sendable {
    /// Time has passed.
    case tick
    /// Somebody wants the job to run now.
    case requested(job: String, by: Requester?)
    /// The work of a run has ended. `chance`, from 0 to 1, shortens the pause before a retry.
    case ended(RunID, RunEnd, chance: Double)
    /// A run of another process has ended, and the journal has it.
    case foreignEnded(RunID)
    /// Somebody wants the run to stop.
    case cancelled(RunID, by: Requester?)
    case paused(Pause)
    case resumed(job: String)
    /// These jobs are configured from now on.
    case configured([JobDefinition])
    /// Nothing starts any more.
    case stopping
}

/// What has to be done after an event, in this order; all journal entries together before anything else.
package enum BoardAction: Sendable {
    case journal(JournalEntry)
    /// The run's work begins.
    case start(Ticket)
    /// The run's work is to be cancelled.
    case cancel(RunID)
    /// A waiting run ended without having started.
    case dropped(RunRecord)
    /// A failed run is tried again.
    case retried(RunID, as: Ticket, after: Duration)
    /// What became of a request.
    case answer(RequestAnswer)
    /// The wall clock went back so far that it was wrong before.
    case clockCorrected(by: TimeInterval)
    /// Scheduled times passed without a run.
    case missed(job: String, count: Int, last: Date)
    /// A due run was skipped.
    case skipped(RunRecord, reason: String)
    /// A run that a dead process left behind.
    case interrupted(RunRecord)
}

/// What became of a request to run a job now.
package enum RequestAnswer: Sendable, Equatable {
    /// The run exists.
    case admitted(RunID)
    /// This run of the job is under way or about to start.
    case underWay(RunID)
    case unknownJob
    case stopping
    /// No run of this id is under way.
    case noSuchRun
    /// Done.
    case done
}
