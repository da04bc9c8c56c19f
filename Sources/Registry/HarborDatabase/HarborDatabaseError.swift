/// What is wrong with a database that should be Harbor's, or with an inventory made from it. Failures of the server are `PostgresError`.
package struct HarborDatabaseError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable {
        case notHarbor = "not_harbor"
        case unexpectedRow = "unexpected_row"
        case malformedInventory = "malformed_inventory"
    }

    /// What kind of failure it is.
    package let code: Code
    /// What was met, and where.
    package let problem: String
    /// What to do about it.
    package let remedy: String

    /// States a failure; both texts are parts of one sentence for an operator.
    package init(_ code: Code, _ problem: String, remedy: String) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    /// The same rows stay wrong until somebody changes them.
    package var isRetryable: Bool { false }

    /// A sentence for an operator.
    package var description: String { "\(problem). Hint: \(remedy)" }
}
