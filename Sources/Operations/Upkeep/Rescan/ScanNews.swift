import HarborDatabase

/// What a scan that succeeded changed in what is known of its image.
struct ScanNews: Sendable {
    /// As it is now.
    let state: ScanState
    let isRunning: Bool
    /// Critical findings that were not known before.
    let critical: Int
    /// High ones.
    let high: Int
    /// There were critical or high findings.
    let hadFindings: Bool
    /// For a person.
    let text: String

    /// Nil for a scan that did not succeed, and where nobody knows what was known before: a report that was lost compares with nothing.
    init?(_ result: ScanResult, after: ScanState?) {
        let before = result.target.state
        guard result.end == .succeeded, let state = after, state.status == .success else { return nil }
        guard before.status == .success || before.status == nil else { return nil }
        self.state = state
        isRunning = result.target.rank == .pinned
        hadFindings = (before.critical ?? 0) + (before.high ?? 0) > 0
        // Numbers alone do not show what went while something else came.
        critical = result.news?.critical ?? max(0, (state.critical ?? 0) - (before.critical ?? 0))
        high = result.news?.high ?? max(0, (state.high ?? 0) - (before.high ?? 0))
        let names = result.news.map { news in
            let shown = news.names.joined(separator: "; ")
            let rest = news.critical + news.high - news.names.count
            return " new, \(news.fixable) of them with a fix: \(shown)\(rest > 0 ? "; \(rest) more" : "")"
        }
        text = "\(state.title) (+\(critical) critical, +\(high) high\(names ?? "; \(state.fixable ?? 0) of all have a fix"))"
    }

    /// There are neither critical nor high findings any more.
    var hasNone: Bool { (state.critical ?? 0) + (state.high ?? 0) == 0 }
}

extension ScanState {
    /// By its first tag, else by its digest.
    var title: String { tags.first.map { "\(repository):\($0)" } ?? "\(repository)@\(digest)" }
}

extension ScanEnd {
    var isStuck: Bool {
        switch self {
        case .stuck: true
        case .succeeded, .failed, .stopped, .gone, .unscannable, .notBegun, .unfollowed: false
        }
    }
}
