package import OCIImage

/// A cap that a plan is above.
package enum CapViolation: Sendable, Hashable, CustomStringConvertible {
    /// A word for each cap; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        case share, count
        case repositoryEmptied = "repository_emptied"
    }

    /// Too many of all artifacts.
    case share(removed: Int, of: Int, cap: Double)
    /// Too many artifacts.
    case count(removed: Int, cap: Int)
    /// These repositories would lose their last artifact.
    case repositoriesEmptied([RepositoryName])

    /// The cap.
    package var code: Code {
        switch self {
        case .share: .share
        case .count: .count
        case .repositoriesEmptied: .repositoryEmptied
        }
    }

    /// A sentence for an operator, without its full stop.
    package var description: String {
        switch self {
        case .share(let removed, let all, let cap):
            return "\(removed) of \(all) artifacts would go, the cap is \(Self.percent(cap)) of them"
        case .count(let removed, let cap): return "\(removed) artifacts would go, the cap is \(cap)"
        case .repositoriesEmptied(let names):
            let some = names.prefix(5).map(\.description).joined(separator: ", ")
            return "\(names.count) repositories would lose their last artifact: \(some)\(names.count > 5 ? " and more" : "")"
        }
    }

    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}
