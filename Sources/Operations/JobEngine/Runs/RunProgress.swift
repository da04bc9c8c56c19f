/// Hears how a run gets on. Called from many tasks at once.
package protocol RunProgress: Sendable {
    /// A phase begins; `total` bytes are expected where that is known.
    func begin(phase: String, totalBytes: Int64?)
    /// `bytes` and `items` more are done in the current phase.
    func advance(bytes: Int64, items: Int)
    /// The phase has ended.
    func end(_ phase: PhaseReport)
}

/// Hears nothing.
package struct SilentProgress: RunProgress {
    /// A listener that ignores everything.
    package init() {}
    /// Ignores the phase.
    package func begin(phase: String, totalBytes: Int64?) {}
    /// Ignores the bytes and items.
    package func advance(bytes: Int64, items: Int) {}
    /// Ignores the phase's report.
    package func end(_ phase: PhaseReport) {}
}
