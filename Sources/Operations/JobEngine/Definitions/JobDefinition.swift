package import CronSchedule
package import Foundation

/// A named piece of work and when it runs, as the engine needs to know it. What the work is, only the ``JobRunner`` knows.
package struct JobDefinition: Sendable, Equatable {
    /// What happens when a run is due while one is under way.
    package enum Overlap: String, CaseIterable, Sendable, Codable {
        case skip
        /// At most one waits.
        case queue
    }

    /// How a failed run is tried again.
    package struct Retries: Hashable, Sendable {
        /// Attempts after the first.
        package let count: Int
        /// Before the first retry; doubled before each further one.
        package let backoff: Duration
        /// No pause is longer.
        package let limit: Duration

        /// Makes a policy; without arguments nothing is tried again.
        package init(count: Int = 0, backoff: Duration = .seconds(60), limit: Duration = .seconds(1800)) {
            self.count = count
            self.backoff = backoff
            self.limit = limit
        }

        /// The pause before retry `number` (from 1). `chance`, from 0 to 1, leaves out up to half of it, so that what failed together does
        /// not come back together.
        package func pause(before number: Int, chance: Double) -> Duration {
            var pause = backoff
            for _ in 1..<max(1, min(number, 64)) where pause < limit { pause = pause * 2 }
            let whole = min(pause, limit)
            return whole - whole * (0.5 * min(max(chance, 0), 1))
        }
    }

    /// When a job runs by itself.
    package struct Schedule: Sendable, Equatable {
        /// The times.
        package let expression: CronExpression
        /// In which they are meant.
        package let timezone: TimeZone

        /// Times in a zone.
        package init(_ expression: CronExpression, in timezone: TimeZone) {
            self.expression = expression
            self.timezone = timezone
        }

        /// Tells one schedule from another across restarts: a changed one owes no runs for the time before.
        package var identity: String { "\(expression.text) \(timezone.identifier)" }

        /// The first time after `date`.
        package func next(after date: Date) -> Date? { expression.next(after: date, in: timezone) }
        /// The last time before `date`.
        package func previous(before date: Date) -> Date? { expression.previous(before: date, in: timezone) }
    }

    /// A metric label, and the argument of `opsd run-now`.
    package let name: String
    /// What it does, and to what: decides with which other jobs it may run.
    package let activity: Activity
    /// Nil where it runs by hand alone.
    package let schedule: Schedule?
    /// After it a run is cancelled and has failed.
    package let deadline: Duration
    /// What follows a failure of a run that nobody waits for.
    package let retries: Retries
    /// Runs start up to this later than their time, by the same amount on each run of a host.
    package let jitter: Duration
    /// How long after its time a missed run is still made up for; zero is never.
    package let catchUp: Duration
    /// What follows a collision with itself.
    package let overlap: Overlap
    /// Jobs that go first where they are under way or due at the same time.
    package let after: [String]
    /// The greatest age of the vault's newest complete snapshot with which the job may start; nil asks for none.
    package let requiredSnapshotAge: Duration?

    /// Makes a definition; what is left out has the configuration's default.
    package init(
        name: String, activity: Activity, schedule: Schedule?, deadline: Duration = .seconds(86_400), retries: Retries = Retries(),
        jitter: Duration = .zero, catchUp: Duration = .zero, overlap: Overlap = .skip, after: [String] = [],
        requiredSnapshotAge: Duration? = nil
    ) {
        self.name = name
        self.activity = activity
        self.schedule = schedule
        self.deadline = deadline
        self.retries = retries
        self.jitter = jitter
        self.catchUp = catchUp
        self.overlap = overlap
        self.after = after
        self.requiredSnapshotAge = requiredSnapshotAge
    }
}
