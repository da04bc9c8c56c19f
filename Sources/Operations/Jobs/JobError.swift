/// Why a job could not do what it was asked to.
package struct JobError: Error, CustomStringConvertible {
    /// Kind of failure; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// A guard said no; nothing was changed.
        case refused
        case notFound = "not_found"
        case corrupt
        case configuration
        case failed
    }

    /// Kind of failure, from which the exit status follows.
    package let code: Code
    /// What went wrong, as a sentence without a full stop.
    package let problem: String
    /// The next thing to do, as a sentence; empty where there is none.
    package let remedy: String
    /// The error underneath, where there is one.
    package let cause: (any Error)?

    /// Makes an error that says `problem` and, where there is one, what to do next.
    package init(_ code: Code, _ problem: String, remedy: String = "", cause: (any Error)? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
    }

    /// Problem, cause and remedy in one line.
    package var description: String {
        let because = cause.map { ": \($0)" } ?? ""
        return remedy.isEmpty ? "\(problem)\(because)" : "\(problem)\(because). Hint: \(remedy)"
    }
}
