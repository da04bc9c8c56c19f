/// Why a server, a program or a part of the lab could not do its work.
package struct LabError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: String, Sendable {
        case notFound = "not_found"
        case programFailed = "program_failed"
        case serverFailed = "server_failed"
        case system
        case unexpectedAnswer = "unexpected_answer"
    }

    /// What kind of failure it is.
    package let code: Code
    /// What went wrong, and where.
    package let problem: String
    /// What the reader can do about it.
    package let remedy: String

    /// An error that says what went wrong and, where that helps, what to do.
    package init(_ code: Code, _ problem: String, remedy: String = "") {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    /// One sentence for whoever runs the tests.
    package var description: String { remedy.isEmpty ? problem : "\(problem). Hint: \(remedy)" }
}
