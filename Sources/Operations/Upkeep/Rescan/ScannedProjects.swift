import HarborDatabase
import Retention

/// The projects of one run.
struct ScannedProjects: Sendable {
    /// Rows of those that are scanned.
    private(set) var wanted: Set<Int64> = []
    /// Rows of those that serve no image without a good report, scanned or not.
    private(set) var gated: Set<Int64> = []
    private var names: [Int64: String] = [:]
    private var scanners: [Int64: String] = [:]

    /// Those of `projects` whose names one of `patterns` means, all where there is none; with `usual` they are scanned by unless they chose one of
    /// `known` themselves.
    init(_ projects: [StoredProject], patterns: [DoublestarPattern], usual: String, known: Set<String>) {
        for project in projects {
            names[project.id] = project.name
            let own = project.metadata["projectScanner"].flatMap { known.contains($0) ? $0 : nil }
            scanners[project.id] = own ?? usual
            if project.metadata["prevent_vul"] == "true" { gated.insert(project.id) }
            if patterns.isEmpty || patterns.contains(where: { $0.matches(project.name) }) { wanted.insert(project.id) }
        }
    }

    /// The registration of the scanner that a project uses; empty for a project that came in between.
    func scanner(of project: Int64) -> String { scanners[project] ?? "" }

    /// The scanners of the projects that are scanned.
    var scannersInUse: Set<String> { Set(wanted.map(scanner)) }

    /// Leaves the projects of a scanner out; answers with their names, sorted.
    mutating func leaveOut(scanner: String) -> [String] {
        let affected = wanted.filter { self.scanner(of: $0) == scanner }
        wanted.subtract(affected)
        return affected.compactMap { names[$0] }.sorted()
    }
}
