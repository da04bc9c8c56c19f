import Foundation
import HarborAPI
import HarborDatabase
package import JobEngine
import OCIImage
package import Retention
import Synchronization

/// Scans again what is used, in an order that serves running images first, and tells what is new.
///
/// Starting a scan takes the image's old report away. So nothing is begun unless the scanner answers and knows recent vulnerabilities, and nothing
/// more once good reports are being lost. Cancelled, the run begins no further scan and leaves those under way to Harbor.
package struct RescanJob: Sendable {
    /// Images that a run takes at most, which bounds its memory; those beyond are left over.
    private static let mostTargets = 100_000
    /// Templates of Harbor's retention rules that look at pulls.
    private static let pullTemplates = ["latestPulledN", "latestActiveK", "nDaysSinceLastPull"]

    let access: HarborAccess
    let settings: RescanSettings
    let pins: PinSettings?
    /// Whether anything in this installation decides by the time of the last pull, which scans move.
    let usesPullTimes: Bool

    /// A rescan of what `access` reaches; `usesPullTimes` says that a retention of opsd decides by pulls. Harbor's own policies are looked at
    /// anyway.
    package init(access: HarborAccess, settings: RescanSettings, pins: PinSettings?, usesPullTimes: Bool) {
        self.access = access
        self.settings = settings
        self.pins = pins
        self.usesPullTimes = usesPullTimes
    }

    /// Which images a run would scan now.
    struct Plan: Sendable {
        /// The most urgent first.
        var order: RescanOrder
        /// Rows of the images that run somewhere.
        var pinned: Set<Int64>
        var projects: ScannedProjects
    }

    /// Runs the rescan. Throws ``UpkeepError`` with a ``Refusal`` where a guard says no, before anything is begun; where something ends the run
    /// early, that is thrown after the report of what was done.
    package func run(_ id: RunID, recorder: RunRecorder) async throws -> RunResult {
        let projects = try await recorder.phase("checks") { try await check(recorder) }
        let plan = try await recorder.phase("plan") { try await self.plan(projects, recorder) }
        let outcome = try await recorder.phase("scans") {
            try await ScanWave(client: access.client, settings: settings, clock: access.clock, recorder: recorder).scan(plan.order.targets)
        }
        do {
            try await recorder.phase("report") { try await report(plan, outcome, recorder) }
        } catch {
            // What ended the scans is the cause; without a report it is still known.
            guard case .failure(let failure) = outcome.stop, !(error is CancellationError) else { throw error }
            throw failure
        }
        if case .failure(let failure) = outcome.stop { throw failure }
        let isPartial = recorder.findings.contains { $0.severity == .warning }
        return RunResult(outcome: isPartial ? .partial : .succeeded)
    }

    // MARK: - Checks

    private func check(_ recorder: RunRecorder) async throws -> ScannedProjects {
        if try await access.client.systemInfo().isReadOnly == true {
            throw UpkeepError(
                .refused(.readOnly), "Harbor is in its read-only mode and begins no scan",
                remedy: "see who switched it on, and switch it off in Harbor's settings when they are done")
        }
        try await checkQueue(recorder)
        let projects = try await access.withSnapshot { database, _ in
            if try await movesPullTimes(database) {
                recorder.note(
                    Finding(
                        .warning, "pull_times_moved",
                        "each scan counts as a pull, so retention by the last pull keeps everything: set 'Retain image \"last pulled\" time on scanning' in Harbor's settings (scanner_skip_update_pulltime)"
                    ))
            }
            return try await database.projects()
        }
        return try await ScannerCheck(client: access.client, settings: settings, now: access.wallclock.now, recorder: recorder).check(
            projects)
    }

    private func checkQueue(_ recorder: RunRecorder) async throws {
        do {
            guard try await access.client.scanQueue()?.isPaused == true else { return }
        } catch let error as HarborAPIError {
            guard error.isLackOfPermission || error.code == .notFound else { throw error }
            recorder.note(
                Finding(
                    .remark, "queue_unseen",
                    "scans begin without a look at Harbor's queue, since the account may not see it. Hint: \(error.remedy)"))
            return
        }
        throw UpkeepError(
            .refused(.queuePaused), "Harbor's queue of scans is paused, so a scan would only wait in it, its old report gone",
            remedy: "resume the queue in Harbor if nobody needs it paused")
    }

    private func movesPullTimes(_ database: HarborDatabase) async throws -> Bool {
        guard try await database.property("scanner_skip_update_pulltime") != "true" else { return false }
        if usesPullTimes { return true }
        return try await database.retentionPolicies().contains { policy in Self.pullTemplates.contains { policy.json.contains("\"\($0)\"") }
        }
    }

    // MARK: - Plan

    /// Orders what is due, from one snapshot of the database.
    func plan(_ projects: ScannedProjects, _ recorder: RunRecorder) async throws -> Plan {
        let references = try await pinnedReferences(recorder)
        let (due, malformed) = try await access.withSnapshot { database, now in
            let order = RescanOrder(
                now: now, reportAge: settings.reportAge, stuckAfter: settings.stuckAfter,
                limit: settings.mostScans(atMost: Self.mostTargets))
            let due = Mutex(
                DueImages(order: order, projects: projects, references: references, children: try await database.indexChildren()))
            let summary = try await database.scanStates { state in due.withLock { $0.add(state) } }
            due.withLock { $0.finish() }
            return (due.withLock { $0 }, summary.malformed)
        }
        recorder.add("due", Int64(due.order.due))
        recorder.add("pinned", Int64(due.pinned.count))
        recorder.add("malformed", Int64(malformed))
        return Plan(order: due.order, pinned: due.pinned, projects: projects)
    }

    /// The images that run somewhere. Without a sound list all images are equal, which a rescan can live with; it is said.
    private func pinnedReferences(_ recorder: RunRecorder) async throws -> [Reference] {
        guard let pins else { return [] }
        do {
            return try await PinReader(settings: pins, access: access).read().references
        } catch let error as UpkeepError {
            guard case .refused(let refusal) = error.code else { throw error }
            recorder.note(Finding(.warning, refusal.rawValue, "running images are not scanned first: \(error)"))
            return []
        }
    }
}

extension RescanSettings {
    /// Scans that can begin within the window, and `bound` at most.
    func mostScans(atMost bound: Int) -> Int {
        guard let window else { return bound }
        return Int(min(Double(bound), window.seconds / 60 * Double(max(1, perMinute)) + 1))
    }
}
