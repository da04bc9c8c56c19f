/// Why a guard said no; bounded, so it is a label of metrics and the code of a finding.
package enum Refusal: String, Sendable, CaseIterable {
    // Pins
    /// A list of pins is older than it may be.
    case pinsStale = "pins_stale"
    /// The lists name fewer images of this registry than they must.
    case pinsEmpty = "pins_empty"
    /// A list of pins cannot be read, or its command failed.
    case pinsUnreadable = "pins_unreadable"

    // What would go
    /// A pinned image needs what would go.
    case pinned
    /// An artifact that stays needs what would go: Harbor's rows contradict each other.
    case needed
    /// No complete snapshot has all that would go.
    case uncovered
    /// A larger part would go than may.
    case share
    /// More would go than may.
    case count
    /// A repository would lose its last artifact.
    case emptiesRepository = "empties_repository"
    /// The world is no longer what the plan was made from.
    case worldChanged = "world_changed"
    /// The settings, or Harbor's own policies, are no longer what the plan was made from.
    case settingsChanged = "settings_changed"
    /// A class or a pattern is about nothing, so that others may decide about what it was meant for.
    case classUnused = "class_unused"
    /// The plan is not to be carried out: it is damaged, unknown, or the job only reports.
    case notApproved = "not_approved"

    // Harbor
    /// Harbor is in its read-only mode.
    case readOnly = "read_only"
    /// Harbor, or somebody with it, is doing the same already.
    case busy
    /// The queue that would take the job is paused: a backup is under way, or somebody paused it.
    case queuePaused = "queue_paused"
    /// Harbor did not tell what a collection would delete.
    case estimateUnknown = "estimate_unknown"
    /// The account may not do it.
    case notPermitted = "not_permitted"

    // Scanner
    /// Harbor has no default scanner.
    case scannerMissing = "scanner_missing"
    /// The scanner is disabled or cannot be reached.
    case scannerUnhealthy = "scanner_unhealthy"
    /// The scanner does not say how old its database is.
    case scannerDatabaseUnknown = "scanner_database_unknown"
    /// The scanner's database is older than it may be.
    case scannerDatabaseOld = "scanner_database_old"
}

/// Why a job of the registry's upkeep could not do what it was asked to.
package struct UpkeepError: Error, CustomStringConvertible {
    /// Kind of failure, from which the exit status follows.
    package enum Code: Sendable, Equatable {
        /// A guard said no; nothing was changed.
        case refused(Refusal)
        case notFound
        case corrupt
        case configuration
        /// Harbor or its database did not answer.
        case unreachable
        case failed
    }

    /// Kind of failure.
    package let code: Code
    /// What went wrong, as a sentence without a full stop.
    package let problem: String
    /// The next thing to do, as a sentence; empty where there is none.
    package let remedy: String
    /// The error underneath, where there is one.
    package let cause: (any Error)?

    /// Makes an error that says `problem` and, where there is one, what to do next.
    package init(_ code: Code, _ problem: String, remedy: String = "", cause: (any Error)? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
    }

    /// Problem, cause and remedy in one line.
    package var description: String {
        let because = cause.map { ": \($0)" } ?? ""
        return remedy.isEmpty ? "\(problem)\(because)" : "\(problem)\(because). Hint: \(remedy)"
    }
}
