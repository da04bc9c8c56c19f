import Foundation
import HarborDatabase
import OCIImage

/// An image that is to be scanned.
struct ScanTarget: Sendable {
    /// Who is served first.
    enum Rank: Int, Sendable, CaseIterable {
        /// It runs somewhere.
        case pinned
        /// One of its tags is a semantic version.
        case release
        case other
    }

    /// What is known of it before the scan.
    let state: ScanState
    let rank: Rank
    /// The registration of the scanner that its project uses.
    let scanner: String
    /// Images that the scan serves: a scanner keeps one report of a manifest, in however many repositories it is.
    var copies = 1
    /// It can be pulled from a project that asks for reports, and cannot while it is being scanned.
    var closesGate = false
}

/// Which images are scanned, and in which order: pinned ones, then releases, then the others; among equals the oldest report, then what was
/// never scanned, then what failed, then what has been scanned for too long.
///
/// Counts every image, and keeps only the most urgent ones.
struct RescanOrder: Sendable {
    /// What is to be scanned; in order after `sort()`.
    private(set) var targets: [ScanTarget] = []
    /// Images with a report that is young enough.
    private(set) var fresh = 0
    /// Images that somebody is scanning now.
    private(set) var underWay = 0
    /// Images without any report, whatever becomes of them now.
    private(set) var neverScanned = 0
    /// Images whose last scan failed or was stopped, which left them without a report.
    private(set) var failed = 0
    /// Images whose scan has been running for too long.
    private(set) var overdue = 0
    /// Images with a report that is too old.
    private(set) var stale = 0

    private let now: Date
    private let reportAge: TimeInterval
    private let stuckAfter: TimeInterval
    private let limit: Int

    /// An order at the time `now`, which leaves reports younger than `reportAge` and scans that run for less than `stuckAfter` alone, and keeps
    /// `limit` targets.
    init(now: Date, reportAge: Duration, stuckAfter: Duration = .seconds(1800), limit: Int = .max) {
        self.now = now
        self.reportAge = TimeInterval(reportAge.components.seconds)
        self.stuckAfter = TimeInterval(stuckAfter.components.seconds)
        self.limit = limit
    }

    /// All images that were added.
    var images: Int { fresh + underWay + due }
    /// Those that are to be scanned, kept or not.
    var due: Int { stale + neverScanned + failed + overdue }

    /// Takes an image in. Indexes do not belong here: their children do.
    mutating func add(_ state: ScanState, rank: ScanTarget.Rank, scanner: String = "") {
        let place = place(of: state)
        switch place {
        case .fresh: fresh += 1
        case .underWay: underWay += 1
        case .report: stale += 1
        case .never: neverScanned += 1
        case .failed: failed += 1
        case .overdue: overdue += 1
        }
        guard place.isDue, limit > 0 else { return }
        targets.append(ScanTarget(state: state, rank: rank, scanner: scanner))
        // Sorting at twice the limit costs little for each image and keeps the memory bounded.
        if targets.count / 2 >= limit { sort() }
    }

    /// Puts the most urgent first, joins what one scan serves, and drops what is beyond the limit.
    mutating func sort() {
        var sorted = targets
        sorted.sort(by: isBefore)
        var places: [Served: Int] = [:]
        targets.removeAll(keepingCapacity: true)
        for target in sorted {
            let served = Served(digest: target.state.digest, scanner: target.scanner)
            if let place = places[served] {
                targets[place].copies += target.copies
            } else if targets.count < limit {
                places[served] = targets.count
                targets.append(target)
            }
        }
    }

    /// Says of each target whether its scan keeps somebody from pulling.
    mutating func markGates(_ isClosing: (ScanTarget) -> Bool) {
        for index in targets.indices { targets[index].closesGate = isClosing(targets[index]) }
    }

    private struct Served: Hashable {
        let digest: Digest
        let scanner: String
    }

    private enum Place: Int {
        case report, never, failed, overdue, fresh, underWay

        var isDue: Bool {
            switch self {
            case .report, .never, .failed, .overdue: true
            case .fresh, .underWay: false
            }
        }
    }

    private func isBefore(_ left: ScanTarget, _ right: ScanTarget) -> Bool {
        if left.rank != right.rank { return left.rank.rawValue < right.rank.rawValue }
        let places = (place(of: left.state), place(of: right.state))
        if places.0 != places.1 { return places.0.rawValue < places.1.rawValue }
        let times = (moment(of: left.state), moment(of: right.state))
        return times.0 == times.1 ? left.state.artifact < right.state.artifact : times.0 < times.1
    }

    private func place(of state: ScanState) -> Place {
        switch state.status {
        case nil: .never
        case .pending, .scheduled: .underWay
        case .running: state.started.map { now.timeIntervalSince($0) >= stuckAfter } ?? false ? .overdue : .underWay
        case .success, .other:
            // Without an end there is no telling how old the report is.
            state.ended.map { now.timeIntervalSince($0) < reportAge } ?? false ? .fresh : .report
        case .error, .stopped: .failed
        }
    }

    /// By which equals are told apart: the older is served first.
    private func moment(of state: ScanState) -> Date { state.ended ?? state.started ?? state.pushed }
}
