/// Gathers every problem of one file, so that the operator mends them in one go. Lives as long as one parse, in one task.
final class ProblemCollector {
    let source: SourceText
    /// Whether the text is no YAML at all.
    var isSyntax = false
    private var reports: [Report] = []
    /// Where values begin that may be secrets: no message shows their lines from there on.
    private var hidden: Set<SourcePlace> = []
    /// Where each value stands, by its path such as `jobs.backup.vault`: for checks that compare sections.
    private var places: [String: SourcePlace] = [:]

    private struct Report: Equatable {
        let place: SourcePlace?
        let what: String
        let hint: String?
    }

    init(_ source: SourceText) {
        self.source = source
    }

    /// How many problems there are so far.
    var count: Int { reports.count }

    /// All problems. Their source lines are cut out only now, when it is known which values may be secrets.
    var problems: [ConfigurationProblem] {
        reports.map { report in
            guard let place = report.place else { return ConfigurationProblem(file: source.file, what: report.what, hint: report.hint) }
            let hiddenColumn = hidden.filter { $0.line == place.line }.map(\.column).min()
            return ConfigurationProblem(
                file: source.file, line: place.line, column: place.column, what: report.what, hint: report.hint,
                excerpt: source.excerpt(line: place.line, column: place.column, hidingFrom: hiddenColumn))
        }
    }

    /// Reports a problem at `place`, or with the whole file. `hidingValue`: what begins there may be a secret.
    func report(_ place: SourcePlace?, _ what: String, hint: String? = nil, hidingValue: Bool = false) {
        let place = place.flatMap { $0.line > 0 ? $0 : nil }
        if hidingValue, let place { hidden.insert(place) }
        let report = Report(place: place, what: what, hint: hint)
        if !reports.contains(report) { reports.append(report) }
    }

    /// Reports a problem at the value with this path, or at the nearest section around it that the file has.
    func report(at path: String, _ what: String, hint: String? = nil) {
        var path = path
        while places[path] == nil, let dot = path.lastIndex(of: ".") { path = String(path[..<dot]) }
        report(places[path], what, hint: hint)
    }

    /// Remembers where the value with this path stands.
    func note(_ path: String, at place: SourcePlace) { places[path] = place }

    /// Throws everything that was reported.
    func throwIfAny() throws(ConfigurationError) {
        guard reports.isEmpty else { throw ConfigurationError(isSyntax ? .syntax : .invalid, problems) }
    }
}
