/// How far the last scan of everything is.
package struct ScanAllMetrics: Sendable, Equatable {
    /// How many artifacts are to be scanned.
    package let total: Int64
    /// How many of them are done, in whatever way.
    package let completed: Int64
    /// How many there are of each state.
    package let counts: [JobStatus: Int64]
    /// Whether it is under way.
    package let isOngoing: Bool
    /// `Manual`, `Schedule` or `Event`; nil where there was none.
    package let trigger: String?

    /// A state.
    package init(total: Int64, completed: Int64, counts: [JobStatus: Int64], isOngoing: Bool, trigger: String?) {
        self.total = total
        self.completed = completed
        self.counts = counts
        self.isOngoing = isOngoing
        self.trigger = trigger
    }

    init(_ answer: AnswerObject) throws {
        total = try answer.integer("total")
        completed = try answer.integer("completed")
        let words = try answer.object("metrics")
        counts =
            try (words?.members.keys).map { keys in
                try keys.reduce(into: [:]) { $0[JobStatus($1), default: 0] += try words?.integer($1) ?? 0 }
            } ?? [:]
        isOngoing = try answer.flag("ongoing")
        trigger = try answer.text("trigger")
    }
}
