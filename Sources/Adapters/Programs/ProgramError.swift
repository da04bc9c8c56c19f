/// Why a program did not give what it was run for.
package struct ProgramError: Error, CustomStringConvertible {
    /// Kind of failure; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// There is no such program.
        case notFound = "not_found"
        /// It is there and could not be started.
        case notStarted = "not_started"
        case timedOut = "timed_out"
        case tooMuchOutput = "too_much_output"
        /// It ended with a status other than 0, or by a signal.
        case failed
        /// What was asked for cannot be run on any host.
        case configuration
    }

    /// Kind of failure.
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

    /// Whether the same call may work later without a change of anything.
    package var isRetryable: Bool {
        switch code {
        case .timedOut, .failed: true
        case .notFound, .notStarted, .tooMuchOutput, .configuration: false
        }
    }

    /// Problem, cause and remedy in one line.
    package var description: String {
        let because = cause.map { ": \($0)" } ?? ""
        return remedy.isEmpty ? "\(problem)\(because)" : "\(problem)\(because). Hint: \(remedy)"
    }
}
