import Testing

/// An expression, an instant, and the times that follow it, in UTC.
struct CronCase: CustomTestStringConvertible {
    let expression: String
    let after: String
    let expected: [String]
    let zone: String

    init(_ expression: String, after: String, _ expected: [String], zone: String = "UTC") {
        self.expression = expression
        self.after = after
        self.expected = expected
        self.zone = zone
    }

    var testDescription: String { "'\(expression)' after \(after) in \(zone)" }
}
