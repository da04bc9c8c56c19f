/// Where a task stands, as Harbor spells it.
package enum JobStatus: String, CaseIterable, Sendable {
    case pending = "Pending"
    case scheduled = "Scheduled"
    case running = "Running"
    case stopped = "Stopped"
    case error = "Error"
    case success = "Success"

    /// The number beside the word in table `task`.
    var code: Int {
        switch self {
        case .pending: 0
        case .scheduled: 1
        case .running: 2
        case .stopped, .error, .success: 3
        }
    }

    /// Whether nothing follows any more.
    package var isFinal: Bool { code == 3 }
}
