import JobEngine

/// What became of a run that a command waited for.
struct RunEnding: Sendable {
    let report: RunReport
    /// Elapsed by the monotonic clock; nil where it never started.
    let seconds: Double?
    /// What ended it early.
    let failure: String?
    let exitCode: Int32
}
