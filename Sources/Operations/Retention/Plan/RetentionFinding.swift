package import OCIImage

/// What a planner noticed beside its decisions.
package enum RetentionFinding: Sendable, Hashable, CustomStringConvertible {
    /// A word for each kind; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        case classWithoutMatch = "class_without_match"
        case patternWithoutMatch = "pattern_without_match"
        case pinWithoutImage = "pin_without_image"
        case holdWithoutImage = "hold_without_image"
        case policyUnjudgeable = "policy_unjudgeable"
        case immutabilityUnjudgeable = "immutability_unjudgeable"
        case repositoryUnjudgeable = "repository_unjudgeable"
    }

    /// No tag and no artifact belongs to the class.
    case classWithoutMatch(String)
    /// A pattern of the class, or of the job's projects where `of` is nil, matches no name that it was held against.
    case patternWithoutMatch(DoublestarPattern, of: String?)
    /// What runs is not in the registry.
    case pinWithoutImage(Reference, source: String)
    /// What somebody holds is not in the registry.
    case holdWithoutImage(ImageHold.Target, owner: String)
    /// The policy of a project, by rows: everything of the project stays.
    case policyUnjudgeable(Int64, project: Int64, RetentionError)
    /// An immutability rule of a project, by rows: everything of the project stays.
    case immutabilityUnjudgeable(Int64, project: Int64, RetentionError)
    /// A pattern of Harbor's breaks on a name of the repository: everything of it stays.
    case repositoryUnjudgeable(RepositoryName, RetentionError)

    /// The kind.
    package var code: Code {
        switch self {
        case .classWithoutMatch: .classWithoutMatch
        case .patternWithoutMatch: .patternWithoutMatch
        case .pinWithoutImage: .pinWithoutImage
        case .holdWithoutImage: .holdWithoutImage
        case .policyUnjudgeable: .policyUnjudgeable
        case .immutabilityUnjudgeable: .immutabilityUnjudgeable
        case .repositoryUnjudgeable: .repositoryUnjudgeable
        }
    }

    /// A sentence for an operator, without its full stop.
    package var description: String {
        switch self {
        case .classWithoutMatch(let name): "class \(name) has no member in any repository"
        case .patternWithoutMatch(let pattern, let name?): "pattern '\(pattern)' of class \(name) matches nothing"
        case .patternWithoutMatch(let pattern, nil): "pattern '\(pattern)' matches no project"
        case .pinWithoutImage(let reference, let source): "\(reference) runs, says \(source), and is not in the registry"
        case .holdWithoutImage(let target, let owner): "\(owner) holds \(target), which is not in the registry"
        case .policyUnjudgeable(let id, let project, let error):
            "retention policy \(id) of project \(project) cannot be judged, all of the project stays: \(error)"
        case .immutabilityUnjudgeable(let id, let project, let error):
            "immutability rule \(id) of project \(project) cannot be judged, all of the project stays: \(error)"
        case .repositoryUnjudgeable(let name, let error): "\(name) cannot be judged, all of it stays: \(error)"
        }
    }
}
