/// What went wrong with the journal of runs.
package struct JournalError: Error, CustomStringConvertible {
    /// Kind of failure; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// There is no journal yet, or the open one is no longer where it was opened.
        case absent
        /// Not a journal, or a damaged one.
        case corrupt
        /// Written by a newer version, whose journals this one cannot read.
        case newer
        /// Another process writes, and did not stop in time.
        case unavailable
        /// The filesystem or the quota is full.
        case full
        /// The system or the way it was opened forbids it.
        case denied
        case failed
    }

    /// Kind of failure, for callers that decide by it.
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

    /// The same call may succeed later: another process stops writing, or somebody makes room.
    package var isRetryable: Bool { code == .unavailable || code == .full }

    /// Problem, cause and remedy in one line.
    package var description: String {
        let because = cause.map { ": \($0)" } ?? ""
        return remedy.isEmpty ? "\(problem)\(because)" : "\(problem)\(because). Hint: \(remedy)"
    }
}
