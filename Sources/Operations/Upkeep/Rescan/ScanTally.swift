import Foundation
import HarborDatabase

/// What is known of all images after a run, among rows that stream by; keeps the rows of those that were scanned.
struct ScanTally: Sendable {
    /// Counts by age and kind of report.
    private(set) var order: RescanOrder
    private(set) var critical: Int64 = 0
    private(set) var high: Int64 = 0
    private(set) var fixable: Int64 = 0
    /// Running images with critical findings; the first of them with their rows.
    private(set) var affectedCount: Int64 = 0
    private(set) var affected: [ScanState] = []
    /// By row.
    private(set) var scanned: [Int64: ScanState] = [:]

    private let projects: Set<Int64>
    private let pinned: Set<Int64>
    private let wanted: Set<Int64>
    private let named: Int

    /// A tally of the images in `projects`; `wanted` are the rows to keep, `named` is how many affected images are.
    init(order: RescanOrder, projects: Set<Int64>, pinned: Set<Int64>, wanted: Set<Int64>, named: Int) {
        self.order = order
        self.projects = projects
        self.pinned = pinned
        self.wanted = wanted
        self.named = named
    }

    /// Takes the next row in.
    mutating func add(_ state: ScanState) {
        guard projects.contains(state.projectID), !state.isIndex else { return }
        order.add(state, rank: .other)
        critical += Int64(state.critical ?? 0)
        high += Int64(state.high ?? 0)
        fixable += Int64(state.fixable ?? 0)
        if wanted.contains(state.artifact) { scanned[state.artifact] = state }
        guard pinned.contains(state.artifact), let critical = state.critical, critical > 0 else { return }
        affectedCount += 1
        if affected.count < named { affected.append(state) }
    }
}
