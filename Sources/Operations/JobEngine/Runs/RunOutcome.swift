/// How a run ended.
package enum RunOutcome: String, Sendable, Codable, CaseIterable {
    case succeeded
    /// Something was saved, and something listed was not.
    case partial
    case failed
    /// A guard said no; nothing was changed.
    case refused
    /// The process died or was stopped; what it had stored is adopted later.
    case interrupted
    /// Another run of the job was under way.
    case skipped
    case missed

    /// The exit code of a command that waited for the run.
    package var exitCode: Int32 {
        switch self {
        case .succeeded: 0
        case .failed, .interrupted, .missed: 1
        case .partial: 2
        case .refused: 3
        case .skipped: 75
        }
    }
}
