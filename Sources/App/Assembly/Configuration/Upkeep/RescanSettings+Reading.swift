import Upkeep

extension RescanSettings {
    /// The keys of a job of kind `rescan` beside those of every job.
    static let keys = ["projects", "report_age", "database_age", "parallel", "rate", "max_queue", "window", "stuck_after"]

    /// Reads a job's options; what is left out has its default.
    init(_ reader: SectionReader) {
        self.init()
        projects = reader.list("projects", PatternSubject.projects.pattern) ?? projects
        reportAge = reader.value("report_age", DurationText.parsePositive) ?? reportAge
        databaseAge = reader.value("database_age", DurationText.parsePositive) ?? databaseAge
        wave = reader.value("parallel", PlainValues.number(1...1_000)) ?? wave
        perMinute = reader.value("rate", PlainValues.perMinute) ?? perMinute
        queueDepth = reader.value("max_queue", PlainValues.number(0...1_000_000)) ?? queueDepth
        window = reader.value("window", DurationText.parsePositive) ?? window
        stuckAfter = reader.value("stuck_after", DurationText.parsePositive) ?? stuckAfter
    }
}
