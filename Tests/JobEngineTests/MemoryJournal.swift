import Foundation
import JobEngine
import Synchronization

/// A disk that is full.
struct FullDisk: Error {}

/// A journal that remembers in memory and can refuse to.
final class MemoryJournal: RunJournal {
    private struct State {
        var order: [RunID] = []
        var records: [RunID: RunRecord] = [:]
        var reports: [RunID: RunReport] = [:]
        var logs: [RunID: [LogLine]] = [:]
        var timetables: [String: Timetable] = [:]
        var since: [String: Date] = [:]
        var pauses: [String: Pause] = [:]
        var holds: [Hold] = []
        var vaults: [String: VaultFacts] = [:]
        var missed: [String: Int] = [:]
        var refusing = false
        var commits = 0
        var refuseAt: Int?
    }

    private let state = Mutex(State())

    /// While true nothing is written.
    var isFull: Bool {
        get { state.withLock { $0.refusing } }
        set { state.withLock { $0.refusing = newValue } }
    }

    /// Refuses the `number`-th commit from now (from 1), and that one alone.
    func refuse(commit number: Int) { state.withLock { $0.refuseAt = $0.commits + number } }

    func commit(_ entries: [JournalEntry]) throws {
        guard !entries.isEmpty else { return }
        try state.withLock { state in
            state.commits += 1
            if state.refusing || state.refuseAt == state.commits { throw FullDisk() }
            for entry in entries { Self.apply(entry, &state) }
        }
    }

    private static func apply(_ entry: JournalEntry, _ state: inout State) {
        switch entry {
        case .admitted(let record, let findings):
            var report = RunReport(run: record.id, job: record.job, kind: record.kind.rawValue, started: record.admitted)
            report.findings = findings
            put(record, report, &state)
        case .began(let run, let date):
            state.records[run]?.state = .running
            state.records[run]?.started = date
        case .phase(let run, let phase): state.reports[run]?.phases.append(phase)
        case .ended(let record, let report): put(record, report, &state)
        case .log(let run, let line): state.logs[run, default: []].append(line)
        case .timetable(let job, let schedule, let handled):
            state.timetables[job] = Timetable(schedule: schedule, handled: handled)
            if state.since[job] == nil { state.since[job] = handled }
        case .missed(let job, let count): state.missed[job, default: 0] += count
        case .paused(let pause): state.pauses[pause.job] = pause
        case .resumed(let job): state.pauses[job] = nil
        case .holdTaken(let hold): state.holds.append(hold)
        case .holdReleased(let name, let run): state.holds.removeAll { $0.name == name && $0.run == run }
        case .vault(let facts): state.vaults[facts.vault] = facts
        case .forgotten(let kept):
            state.timetables = state.timetables.filter { kept.contains($0.key) }
            state.since = state.since.filter { kept.contains($0.key) }
            state.pauses = state.pauses.filter { kept.contains($0.key) }
        }
    }

    private static func put(_ record: RunRecord, _ report: RunReport, _ state: inout State) {
        if state.records[record.id] == nil { state.order.append(record.id) }
        state.records[record.id] = record
        state.reports[record.id] = report
    }

    private func records(where isWanted: (RunRecord) -> Bool) -> [RunRecord] {
        state.withLock { state in state.order.compactMap { state.records[$0] }.filter(isWanted) }
    }

    func unfinishedRuns() -> [RunRecord] { records { $0.state.outcome == nil } }
    func timetables() -> [String: Timetable] { state.withLock { $0.timetables } }
    func scheduledSince() -> [String: Date] { state.withLock { $0.since } }
    func pauses() -> [Pause] { state.withLock { Array($0.pauses.values) } }
    func holds() -> [Hold] { state.withLock { $0.holds } }
    func summaries() -> [String: JobSummary] { [:] }
    func vaultFacts() -> [String: VaultFacts] { state.withLock { $0.vaults } }

    func runs(of job: String?, limit: Int) -> [RunRecord] {
        Array(records { job == nil || $0.job == job }.reversed().prefix(limit))
    }

    func runs(withPrefix prefix: String, limit: Int) -> [RunRecord] {
        Array(records { $0.id.description.hasPrefix(prefix) }.prefix(limit))
    }

    func details(of run: RunID) -> RunDetails? {
        state.withLock { state in
            guard let record = state.records[run], let report = state.reports[run] else { return nil }
            return RunDetails(record: record, report: report, log: state.logs[run] ?? [])
        }
    }

    func trim(_ limits: HistoryLimits, now: Date) -> Int { 0 }
    func checkWritable() throws { if isFull { throw FullDisk() } }
}
