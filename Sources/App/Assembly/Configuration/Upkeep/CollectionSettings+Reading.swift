import Upkeep

extension CollectionSettings {
    /// The keys of a job of kind `gc` beside those of every job.
    static let keys = [
        "delete_untagged", "workers", "time_window", "max_share", "max_blobs", "coverage", "stuck_after",
    ]

    private enum Coverage: String, CaseIterable { case required, ignored }

    /// Reads a job's options; what is left out has its default.
    init(_ reader: SectionReader) {
        self.init()
        deletesUntagged = reader.value("delete_untagged", PlainValues.boolean) ?? deletesUntagged
        workers = reader.value("workers", PlainValues.number(1...10)) ?? workers
        window = reader.value("time_window", DurationText.parse) ?? window
        share = reader.value("max_share", PlainValues.percentage) ?? share
        count = reader.value("max_blobs", PlainValues.number(1...100_000_000)) ?? count
        requiresCoverage = reader.value("coverage", PlainValues.oneOf(Coverage.self)).map { $0 == .required } ?? requiresCoverage
        stall = reader.value("stuck_after", DurationText.parsePositive) ?? stall
    }
}
