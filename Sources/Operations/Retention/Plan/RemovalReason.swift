package import OCIImage

/// Why an artifact goes.
package enum RemovalReason: Sendable, Hashable, CustomStringConvertible {
    /// A word for each reason; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        case inClass = "not_kept"
        case harborPolicy = "harbor_policy"
        case withIndex = "with_index"
        case withSubject = "with_subject"
    }

    /// The class that has its first tag, or the artifact itself, keeps it no more; others keep none of its other tags.
    case inClass(String)
    /// The project's policy in Harbor retains it no more.
    case harborPolicy
    /// All indexes that list it go, and Harbor deletes it with them.
    case withIndex(Digest)
    /// It is about an image that goes, and Harbor deletes it with that.
    case withSubject(Digest)

    /// The kind of reason.
    package var code: Code {
        switch self {
        case .inClass: .inClass
        case .harborPolicy: .harborPolicy
        case .withIndex: .withIndex
        case .withSubject: .withSubject
        }
    }

    /// Harbor deletes it by itself together with another: nothing has to be asked for.
    package var isImplied: Bool {
        switch self {
        case .inClass, .harborPolicy: false
        case .withIndex, .withSubject: true
        }
    }

    /// A sentence for an operator, without its full stop.
    package var description: String {
        switch self {
        case .inClass(let name): "class \(name) keeps it no longer"
        case .harborPolicy: "the project's policy in Harbor retains it no longer"
        case .withIndex(let digest): "it goes with index \(digest)"
        case .withSubject(let digest): "it goes with \(digest), which it is about"
        }
    }
}
