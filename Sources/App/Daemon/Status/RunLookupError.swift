package import JobEngine

/// No run, or more than one, is meant by what was typed.
package struct RunLookupError: Error, Equatable, CustomStringConvertible {
    /// Kind of failure, in the words of the control protocol.
    package enum Code: String, Sendable, CaseIterable {
        case unknown = "unknown_run"
        case ambiguous
    }

    /// Of an ambiguous beginning, no more ids are named.
    package static let listed = 8

    /// Kind of failure.
    package let code: Code
    /// What cannot be done and why, as a sentence without a full stop.
    package let problem: String
    /// The next thing to do.
    package let remedy: String
    /// Of an ambiguous beginning: the newest ids that fit, at most ``listed``.
    package let ids: [RunID]

    /// Nothing fits `text`.
    package init(noneFor text: String) {
        code = .unknown
        problem = "there is no run '\(text.prefix(60))' in the journal"
        remedy = "list them with 'opsd runs'"
        ids = []
    }

    /// Several ids begin with `text`; one more than ``listed`` says that there are more.
    package init(_ text: String, fits ids: [RunID]) {
        code = .ambiguous
        self.ids = Array(ids.prefix(Self.listed))
        let more = ids.count > Self.listed ? " and others" : ""
        problem = "several runs begin with '\(text.prefix(60))': \(self.ids.map(\.description).joined(separator: ", "))\(more)"
        remedy = "write more of the id"
    }

    /// What a command that asked exits with: 1 where nothing fits, 64 where too much does.
    package var exitCode: Int32 {
        switch code {
        case .unknown: 1
        case .ambiguous: 64
        }
    }

    /// The same words get another answer only when runs come or go.
    package var isRetryable: Bool { false }

    /// Problem and remedy in one line.
    package var description: String { "\(problem). Hint: \(remedy)" }
}
