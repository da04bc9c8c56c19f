/// Any answer that is not what was asked for.
package struct ErrorDocument: Codable, Sendable, Equatable {
    /// What went wrong.
    package struct Failure: Codable, Sendable, Equatable {
        /// Bounded: `busy`, `unknown_job`, `unknown_run`, `not_under_way`, `ambiguous`, `malformed`, `too_large`, `not_found`, `stopping`,
        /// `unavailable`, `internal`.
        package let code: String
        /// What and why, as a sentence without a full stop.
        package let problem: String
        /// The next thing to do; empty where there is none.
        package let remedy: String
        /// What a command that asked exits with.
        package let exitCode: Int32
        /// Of `busy`: the run that is under way.
        package let run: String?
    }

    /// The failure.
    package let error: Failure

    /// A failure.
    package init(code: String, problem: String, remedy: String = "", exitCode: Int32, run: String? = nil) {
        error = Failure(code: code, problem: problem, remedy: remedy, exitCode: exitCode, run: run)
    }
}
