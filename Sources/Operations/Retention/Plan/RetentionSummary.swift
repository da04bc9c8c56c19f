package import OCIImage

/// What all verdicts of a planner come to.
package struct RetentionSummary: Sendable, Equatable {
    /// Sums over the repositories that the job looks at.
    package struct Totals: Sendable, Equatable {
        /// Repositories.
        package var repositories = 0
        /// Artifacts, those in indexes and accessories among them.
        package var artifacts = 0
        /// Tags, those of accessories among them.
        package var tags = 0
        /// Artifacts that go.
        package var removed = 0
        /// Their bytes as Harbor counts them: what artifacts share counts for each.
        package var removedBytes: Int64 = 0
        /// Tags that go, with their artifact or alone.
        package var removedTags = 0
        /// Tags, and artifacts without a tag, that no class is about.
        package var unclassified = 0
        /// Artifacts that stay, by reason.
        package var kept: [KeepReason.Code: Int] = [:]
        /// Artifacts that go, by reason.
        package var reasons: [RemovalReason.Code: Int] = [:]
        /// One for each class, in the configuration's order.
        package var classes: [RepositoryVerdict.ClassCount] = []
        /// Repositories of which no artifact stays, in the order in which they came.
        package var emptied: [RepositoryName] = []

        /// Nothing yet.
        package init() {}

        /// Of all artifacts those that go, from 0 to 1.
        package var share: Double { artifacts == 0 ? 0 : Double(removed) / Double(artifacts) }
    }

    /// The sums.
    package let totals: Totals
    /// What forbids carrying the plan out; empty allows it.
    package let violations: [CapViolation]
    /// What somebody should look at.
    package let findings: [RetentionFinding]

    /// States a summary.
    package init(totals: Totals, violations: [CapViolation], findings: [RetentionFinding]) {
        self.totals = totals
        self.violations = violations
        self.findings = findings
    }
}
