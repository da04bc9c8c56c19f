/// What is wrong with a digest, a name or a manifest.
package struct OCIError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable {
        case malformedDigest = "malformed_digest"
        case unsupportedDigest = "unsupported_digest"
        case malformedName = "malformed_name"
        case malformedManifest = "malformed_manifest"
        case unsupportedManifest = "unsupported_manifest"
        case tooLarge = "too_large"
    }

    /// What kind of failure it is.
    package let code: Code
    /// What was met, and why it cannot be used.
    package let problem: String
    /// What to do about it.
    package let remedy: String

    /// States a failure; both texts are parts of one sentence for an operator.
    package init(_ code: Code, _ problem: String, remedy: String) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    /// The same bytes stay wrong however often they are read.
    package var isRetryable: Bool { false }

    /// A sentence for an operator.
    package var description: String { "\(problem). Hint: \(remedy)" }

    /// `text` as it may stand in a message: short, and without control characters.
    static func quoted(_ text: String) -> String {
        let limit = 80
        let shown = text.unicodeScalars.prefix(limit).map { $0.properties.generalCategory == .control ? "?" : String($0) }.joined()
        return "'\(shown)\(text.unicodeScalars.count > limit ? "…" : "")'"
    }
}
