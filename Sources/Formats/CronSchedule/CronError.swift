/// Why a cron expression was refused, and where in it.
package struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// Nothing but blanks.
        case empty
        /// Longer than 1,000 characters.
        case tooLong = "too_long"
        /// Too few fields, or too many.
        case fieldCount = "field_count"
        /// An `@name` that is not known, or that means nothing here.
        case unknownMacro = "unknown_macro"
        /// Neither a number nor a name that this field knows.
        case malformedValue = "malformed_value"
        /// A number that this field does not have.
        case outOfRange = "out_of_range"
        /// A range whose end lies before its beginning.
        case backwardRange = "backward_range"
        /// A step that is no number, or zero.
        case malformedStep = "malformed_step"
        /// What other dialects know and this one does not.
        case unsupported
        /// No date ever fits.
        case impossibleDate = "impossible_date"
    }

    /// The kind of fault.
    package let code: Code
    /// The column of the text where the fault begins: from 1, in characters.
    package let position: Int
    /// What is wrong: a sentence without its full stop.
    package let problem: String
    /// What to write instead.
    package let remedy: String?

    init(_ code: Code, at position: Int, _ problem: String, remedy: String? = nil) {
        self.code = code
        self.position = position
        self.problem = problem
        self.remedy = remedy
    }

    /// Always false: the same text gives the same answer.
    package var isRetryable: Bool { false }

    /// The column, the problem and, where there is one, what to write instead.
    package var description: String {
        let place = "column \(position): \(problem)"
        guard let remedy else { return place }
        return "\(place). Hint: \(remedy)"
    }
}
