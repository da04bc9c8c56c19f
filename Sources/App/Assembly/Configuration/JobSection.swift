package import CronSchedule
package import Foundation
package import JobEngine

/// One entry of `jobs:` — a named, scheduled piece of work.
package struct JobSection: Sendable {
    /// What happens when a run is due while one is under way.
    package typealias Overlap = JobDefinition.Overlap
    /// How a failed run is tried again.
    package typealias Retries = JobDefinition.Retries

    /// What must hold before a run starts; a run that it forbids is refused.
    package struct Requirement: Hashable, Sendable {
        /// The vault's newest complete snapshot is at most this old.
        package let completeSnapshot: Duration

        /// Asks for a complete snapshot that is at most this old.
        package init(completeSnapshot: Duration) {
            self.completeSnapshot = completeSnapshot
        }
    }

    /// A metric label, and the argument of `opsd run-now`.
    package let name: String
    /// What it does.
    package let work: JobWork
    /// Nil where the job runs by hand alone.
    package let schedule: CronExpression?
    /// In which the schedule is meant.
    package let timezone: TimeZone
    /// After which a run is ended.
    package let deadline: Duration
    /// What follows a failure.
    package let retries: Retries
    /// A delay up to this, the same on each run of a host, so that many hosts do not start at once.
    package let jitter: Duration
    /// How long after its time a missed run is still made up for; zero is never.
    package let catchUp: Duration
    /// What follows a collision with itself.
    package let overlap: Overlap
    /// Jobs whose run, under way or due at the same time, is waited for.
    package let after: [String]
    /// What must hold before it starts.
    package let requirement: Requirement?
    /// Nil where the kind needs none.
    package let vault: String?

    /// What it does, without the options.
    package var kind: JobKind { work.kind }

    /// After a day a run hangs.
    package static let defaultDeadline = Duration.seconds(86_400)

    /// Makes a job; what is left out has the default of the configuration.
    package init(
        name: String, work: JobWork, schedule: CronExpression?, timezone: TimeZone = .gmt, deadline: Duration = Self.defaultDeadline,
        retries: Retries = Retries(), jitter: Duration = .zero, catchUp: Duration = .zero, overlap: Overlap = .skip, after: [String] = [],
        requirement: Requirement? = nil, vault: String? = nil
    ) {
        self.name = name
        self.work = work
        self.schedule = schedule
        self.timezone = timezone
        self.deadline = deadline
        self.retries = retries
        self.jitter = jitter
        self.catchUp = catchUp
        self.overlap = overlap
        self.after = after
        self.requirement = requirement
        self.vault = vault
    }
}
