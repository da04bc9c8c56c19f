package import Foundation

/// What an engine does at a moment, for status and metrics.
package struct EnginePicture: Sendable {
    /// A run that exists now.
    package struct Run: Sendable {
        /// As it stands in the journal.
        package let record: RunRecord
        /// What it does; nil where it waits or is between phases.
        package let phase: String?
        /// Why it waits; nil where it runs.
        package let reason: String?

        /// A run.
        package init(record: RunRecord, phase: String?, reason: String?) {
            self.record = record
            self.phase = phase
            self.reason = reason
        }
    }

    /// In the order of the configuration.
    package let jobs: [JobDefinition]
    /// Running ones first, then those that wait, in the order in which they may start.
    package let runs: [Run]
    /// By job: the next start, jitter included and a pause not.
    package let nextStarts: [String: Date]
    /// By job.
    package let pauses: [String: Pause]
    /// When the engine last looked at what is due; nil before the first time.
    package let lastTurn: Date?
    /// Something is due and was not dealt with.
    package let isLate: Bool
    /// Nothing starts any more.
    package let isStopping: Bool
    /// Ends of runs that the journal could not take yet.
    package let untoldEnds: Int

    /// A picture.
    package init(
        jobs: [JobDefinition], runs: [Run], nextStarts: [String: Date], pauses: [String: Pause], lastTurn: Date?, isLate: Bool,
        isStopping: Bool, untoldEnds: Int
    ) {
        self.jobs = jobs
        self.runs = runs
        self.nextStarts = nextStarts
        self.pauses = pauses
        self.lastTurn = lastTurn
        self.isLate = isLate
        self.isStopping = isStopping
        self.untoldEnds = untoldEnds
    }
}
