/// `objectives:` — what the operators promised.
package struct Objectives: Hashable, Sendable {
    /// The recovery point objective: how much time may be lost.
    package let recoveryPoint: Duration?
    /// The recovery time objective: how long a restore may take.
    package let recoveryTime: Duration?

    /// Makes the promises; nil promises nothing.
    package init(recoveryPoint: Duration? = nil, recoveryTime: Duration? = nil) {
        self.recoveryPoint = recoveryPoint
        self.recoveryTime = recoveryTime
    }

    init(_ reader: SectionReader) {
        recoveryPoint = reader.value("rpo", DurationText.parsePositive)
        recoveryTime = reader.value("rto", DurationText.parsePositive)
        reader.finish()
    }
}
