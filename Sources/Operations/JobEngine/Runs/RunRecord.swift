package import Foundation

/// Why a run exists.
package enum RunTrigger: String, Sendable, Codable, CaseIterable {
    /// Its time had come.
    case schedule
    /// A person asked for it.
    case manual
    /// Its time had passed while nothing could run, or the run of that time was interrupted.
    case catchUp = "catch_up"
    /// The run before it failed.
    case retry
}

/// Who asked for something: the caller's numeric user id and, where the host knows it, name.
package struct Requester: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Numeric user id.
    package let uid: UInt32
    /// Nil where the id has no name on this host.
    package let name: String?

    /// Names a caller.
    package init(uid: UInt32, name: String?) {
        self.uid = uid
        self.name = name
    }

    /// `name (uid 1000)`.
    package var description: String { name.map { "\($0) (uid \(uid))" } ?? "uid \(uid)" }
}

/// How far a run has come.
package enum RunState: Hashable, Sendable {
    /// Admitted, and waiting for other runs or for its retry.
    case waiting
    case running
    case ended(RunOutcome)

    /// How it ended; nil until it has.
    package var outcome: RunOutcome? {
        switch self {
        case .waiting, .running: nil
        case .ended(let outcome): outcome
        }
    }
}

/// One run as the journal knows it, without its phases, numbers, findings and log.
package struct RunRecord: Hashable, Sendable {
    /// Names the run.
    package let id: RunID
    /// The job's name in the configuration.
    package let job: String
    /// What the job does.
    package let kind: JobKind
    /// The vault that it works on.
    package let vault: String?
    /// Why it exists.
    package let trigger: RunTrigger
    /// The scheduled time that it answers; nil for a run by hand.
    package let scheduledFor: Date?
    /// From 1; a retry is a run of its own with the next number.
    package let attempt: Int
    /// The run whose failure it retries, or whose interruption it makes up for.
    package let retryOf: RunID?
    /// Who asked; nil where nobody did.
    package let requester: Requester?
    /// When it entered the journal.
    package let admitted: Date
    /// How far it has come.
    package var state: RunState
    /// Start by the wall clock; nil where it never started.
    package var started: Date?
    /// End by the wall clock.
    package var finished: Date?
    /// Elapsed from start to end by the monotonic clock.
    package var seconds: Double?
    /// What ended it early, in a sentence.
    package var failure: String?
    /// Which guard refused it, in a bounded word.
    package var reason: String?
    /// The exit status of a command that waited for it; nil until it has ended.
    package var exitCode: Int32?

    /// A run that has just been admitted.
    package init(
        id: RunID, job: String, kind: JobKind, vault: String?, trigger: RunTrigger, scheduledFor: Date? = nil, attempt: Int = 1,
        retryOf: RunID? = nil, requester: Requester? = nil, admitted: Date, state: RunState = .waiting
    ) {
        self.id = id
        self.job = job
        self.kind = kind
        self.vault = vault
        self.trigger = trigger
        self.scheduledFor = scheduledFor
        self.attempt = attempt
        self.retryOf = retryOf
        self.requester = requester
        self.admitted = admitted
        self.state = state
    }
}
