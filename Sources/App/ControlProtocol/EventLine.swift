package import JobEngine

/// One line of a run's event stream.
package struct EventLine: Codable, Sendable {
    /// What happened. A reader ignores what it does not know.
    package enum Event: String, Sendable {
        case waiting, began
        case phaseBegan = "phase_began"
        case advanced
        case phaseEnded = "phase_ended"
        case ended
        /// Nothing happened; the run is still under way.
        case alive
    }

    /// An ``Event``, or a word of a newer daemon.
    package let event: String
    /// Of `waiting`: why.
    package var reason: String?
    /// Of phases and progress.
    package var phase: String?
    /// Of `phase_began`: bytes that are expected.
    package var totalBytes: Int64?
    /// Of `advanced`: done in this phase so far.
    package var bytes: Int64?
    /// Of `advanced`: done in this phase so far.
    package var items: Int?
    /// Of `phase_ended`.
    package var phaseReport: PhaseReport?
    /// Of `ended`.
    package var run: RunSummary?
    /// Of `ended`.
    package var report: RunReport?

    /// A line without details.
    package init(_ event: Event) { self.event = event.rawValue }

    /// The line that tells `event`.
    package init(_ event: RunEvent) {
        switch event {
        case .waiting(let reason):
            self.init(.waiting)
            self.reason = reason
        case .began: self.init(.began)
        case .phaseBegan(let phase, let totalBytes):
            self.init(.phaseBegan)
            self.phase = phase
            self.totalBytes = totalBytes
        case .advanced(let phase, let bytes, let items):
            self.init(.advanced)
            self.phase = phase
            self.bytes = bytes
            self.items = items
        case .phaseEnded(let report):
            self.init(.phaseEnded)
            phase = report.name
            phaseReport = report
        case .ended(let record, let report):
            self.init(.ended)
            run = RunSummary(record)
            self.report = report
        }
    }

    /// The event; nil where it is a word of a newer daemon.
    package var known: Event? { Event(rawValue: event) }
}
