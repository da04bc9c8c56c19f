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
    /// When the engine last looked at what is due, with whatever success; nil before the first time.
    package let lastTurn: Date?
    /// Something has been due for more than a minute and was not dealt with: the journal cannot be written, or the engine does not turn.
    package let isLate: Bool
    /// Nothing starts any more.
    package let isStopping: Bool
    /// Ends of runs that the journal could not take yet.
    package let untoldEnds: Int
    /// The engine looks at what is due, or has just been made; also where it can do nothing about it.
    package let isTurning: Bool

    /// A picture.
    package init(
        jobs: [JobDefinition], runs: [Run], nextStarts: [String: Date], pauses: [String: Pause], lastTurn: Date?, isLate: Bool,
        isStopping: Bool, untoldEnds: Int, isTurning: Bool = true
    ) {
        self.jobs = jobs
        self.runs = runs
        self.nextStarts = nextStarts
        self.pauses = pauses
        self.lastTurn = lastTurn
        self.isLate = isLate
        self.isStopping = isStopping
        self.untoldEnds = untoldEnds
        self.isTurning = isTurning
    }
}
