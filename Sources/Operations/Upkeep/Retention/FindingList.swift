import JobEngine

/// Findings of one kind, of which the first are told and the rest is counted: a run about a million images must stay readable.
struct FindingList {
    private let severity: Finding.Severity
    private let code: String
    private let limit: Int
    private var messages: [String] = []
    private(set) var count = 0

    init(_ severity: Finding.Severity, _ code: String, limit: Int = 20) {
        self.severity = severity
        self.code = code
        self.limit = limit
    }

    mutating func add(_ message: String) {
        count += 1
        if messages.count < limit { messages.append(message) }
    }

    /// Tells what was added.
    func note(in recorder: RunRecorder) {
        for message in messages { recorder.note(Finding(severity, code, message)) }
        if count > messages.count { recorder.note(Finding(severity, code, "and \(count - messages.count) more of the same kind")) }
    }
}
