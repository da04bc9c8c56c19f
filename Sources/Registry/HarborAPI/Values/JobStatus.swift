/// How far a job, execution or scan of Harbor is. Executions lag behind their tasks by up to half a minute.
package enum JobStatus: Hashable, Sendable, CustomStringConvertible {
    case pending, scheduled, running, stopped, error, success
    /// A word that we do not know.
    case other(String)

    /// Reads Harbor's word, or that of replication.
    package init(_ word: String) {
        self =
            switch word.lowercased() {
            case "pending": .pending
            case "scheduled": .scheduled
            case "running", "inprogress": .running
            case "stopped": .stopped
            case "error", "failed": .error
            case "success", "succeed": .success
            default: .other(AnswerText.shortened(word))
            }
    }

    /// Whether nothing will change it; an unknown word is taken for one that may still change.
    package var isFinal: Bool {
        switch self {
        case .stopped, .error, .success: true
        case .pending, .scheduled, .running, .other: false
        }
    }

    /// Harbor's word.
    package var description: String {
        switch self {
        case .pending: "Pending"
        case .scheduled: "Scheduled"
        case .running: "Running"
        case .stopped: "Stopped"
        case .error: "Error"
        case .success: "Success"
        case .other(let word): word
        }
    }
}
