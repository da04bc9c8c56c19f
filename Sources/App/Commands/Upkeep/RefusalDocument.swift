import Upkeep

extension UpkeepError {
    /// The kind of failure in one word: the refusal's, where a guard said no.
    var word: String {
        switch code {
        case .refused(let refusal): refusal.rawValue
        case .notFound: "not_found"
        case .corrupt: "corrupt"
        case .configuration: "configuration"
        case .unreachable: "unreachable"
        case .failed: "failed"
        }
    }
}

/// A guard that says no, in JSON.
struct RefusalDocument: Encodable {
    let code: String
    let problem: String
    let remedy: String

    init(_ error: UpkeepError) {
        code = error.word
        problem = error.problem
        remedy = error.remedy
    }
}
