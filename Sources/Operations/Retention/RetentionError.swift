/// What is wrong with a pattern, a version, a hold or a rule of Harbor's.
package struct RetentionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// No name could be matched against the pattern.
        case malformedPattern = "malformed_pattern"
        /// The pattern has too many characters or too many ways to match.
        case oversizedPattern = "oversized_pattern"
        /// Not a semantic version.
        case malformedVersion = "malformed_version"
        /// What a hold should cover cannot be read.
        case malformedHold = "malformed_hold"
        /// Harbor's policy or rule is not the JSON that Harbor writes.
        case malformedRule = "malformed_rule"
        /// Harbor's policy or rule says what this opsd does not know.
        case unknownRule = "unknown_rule"
    }

    /// What kind of failure it is.
    package let code: Code
    /// What was met, and where: a sentence without its full stop.
    package let problem: String
    /// What to do about it.
    package let remedy: String
    /// What led to it, in its own words; nil where nothing did.
    package let cause: String?

    /// States a failure.
    package init(_ code: Code, _ problem: String, remedy: String, cause: String? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
    }

    /// Always false: the same text gives the same answer.
    package var isRetryable: Bool { false }

    /// A sentence for an operator.
    package var description: String { "\(problem)\(cause.map { ": \($0)" } ?? ""). Hint: \(remedy)" }
}
