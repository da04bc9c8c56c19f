package import Retention

/// What the configuration says about garbage collection.
package struct CollectionSettings: Sendable, Equatable {
    /// Harbor deletes artifacts without a tag first.
    package var deletesUntagged: Bool
    /// Harbor's sweepers, 1 to 10.
    package var workers: Int
    /// The window that Harbor's core was given (`GC_TIME_WINDOW_HOURS`): what was touched within it stays.
    package var window: Duration
    /// Of all contents that may go at most, from 0 to 1.
    package var share: Double
    /// Contents that may go at most.
    package var count: Int
    /// Everything that goes must be in the vault.
    package var requiresCoverage: Bool
    /// A collection without progress for this long is stopped.
    package var stall: Duration

    /// Makes settings; what is left out has the configuration's default.
    package init(
        deletesUntagged: Bool = false, workers: Int = 1, window: Duration = .seconds(7200), share: Double = 0.2, count: Int = 100_000,
        requiresCoverage: Bool = true, stall: Duration = .seconds(3600)
    ) {
        self.deletesUntagged = deletesUntagged
        self.workers = workers
        self.window = window
        self.share = share
        self.count = count
        self.requiresCoverage = requiresCoverage
        self.stall = stall
    }
}

/// What the configuration says about rescans.
package struct RescanSettings: Sendable, Equatable {
    /// Projects that are scanned, as patterns of names; empty is all.
    package var projects: [DoublestarPattern]
    /// A report older than this is old.
    package var reportAge: Duration
    /// A scanner's database older than this makes new reports worth nothing: the run is refused.
    package var databaseAge: Duration
    /// Scans that are under way at once.
    package var wave: Int
    /// Scans begun a minute at most.
    package var perMinute: Int
    /// Harbor's scan queue may hold this many others; above it the run waits.
    package var queueDepth: Int
    /// How long a run scans; what is left is the next run's. Nil is until all is done.
    package var window: Duration?
    /// A scan that takes longer is stopped and reported.
    package var stuckAfter: Duration

    /// Makes settings; what is left out has the configuration's default.
    package init(
        projects: [DoublestarPattern] = [], reportAge: Duration = .seconds(86_400), databaseAge: Duration = .seconds(172_800),
        wave: Int = 4,
        perMinute: Int = 60, queueDepth: Int = 50, window: Duration? = nil, stuckAfter: Duration = .seconds(1800)
    ) {
        self.projects = projects
        self.reportAge = reportAge
        self.databaseAge = databaseAge
        self.wave = wave
        self.perMinute = perMinute
        self.queueDepth = queueDepth
        self.window = window
        self.stuckAfter = stuckAfter
    }
}
