import Foundation
import JobEngine

/// What a journal remembers, with an eye on everything that must never stand in one.
struct ModelJournal {
    /// One scheduled time of one job.
    struct Slot: Hashable {
        let job: String
        let time: Date
    }

    private(set) var violations: [String] = []
    private(set) var commits = 0
    private(set) var runs = 0
    /// Runs that were made up for, retried, skipped or interrupted, by that word.
    private(set) var counts: [String: Int] = [:]
    /// How often each scheduled time was run or skipped, retries aside.
    private(set) var answers: [Slot: Int] = [:]
    private(set) var missed: [String: Int] = [:]
    private var unfinished: [RunRecord] = []
    private var timetables: [String: Timetable] = [:]
    private var pauses: [String: Pause] = [:]
    private var since: [RunID: TimeInterval] = [:]
    /// How the last run of each time ended; nil while it has not. Forgotten where the times of a job begin anew.
    private var lastRuns: [Slot: RunOutcome?] = [:]
    private var history: [String] = []
    private let activities: [String: Activity]

    init(_ definitions: [JobDefinition]) {
        activities = Dictionary(uniqueKeysWithValues: definitions.map { ($0.name, $0.activity) })
    }

    var memory: Board.Memory { Board.Memory(unfinished: unfinished, timetables: timetables, pauses: Array(pauses.values)) }
    var unfinishedCount: Int { unfinished.count }

    mutating func violate(_ text: String) { if violations.count < 3 { violations.append(([text] + history).joined(separator: "\n")) } }

    /// The clock was corrected, or a schedule changed: times may come again.
    mutating func forgetTimes() {
        lastRuns = [:]
        remember("times begin anew")
    }

    /// What happened last, for whoever looks for the reason of a violation.
    mutating func remember(_ text: String) {
        history.append(text)
        if history.count > 60 { history.removeFirst(20) }
    }

    /// No run waits or runs for days.
    mutating func checkAges(_ now: TimeInterval, _ date: Date) {
        guard let oldest = unfinished.first, let start = since[oldest.id], now - start > 4 * 86_400 else { return }
        violate("\(oldest.job) \(oldest.state) has not ended for days at \(date)")
    }

    mutating func commit(_ entries: [JournalEntry], now: TimeInterval) {
        commits += 1
        for entry in entries {
            remember(Self.words(entry))
            switch entry {
            case .admitted(let record, _): admit(record, now)
            case .began(let run, let date): begin(run, date)
            case .ended(let record, _): end(record)
            case .timetable(let job, let schedule, let handled): timetables[job] = Timetable(schedule: schedule, handled: handled)
            case .missed(let job, let count): missed[job, default: 0] += count
            case .paused(let pause): pauses[pause.job] = pause
            case .resumed(let job): pauses[job] = nil
            case .forgotten(let kept):
                timetables = timetables.filter { kept.contains($0.key) }
                pauses = pauses.filter { kept.contains($0.key) }
            case .phase, .log, .holdTaken, .holdReleased, .vault: violate("the board wrote \(entry)")
            }
        }
    }

    private mutating func admit(_ record: RunRecord, _ now: TimeInterval) {
        if let outcome = record.state.outcome {
            counts[outcome.rawValue, default: 0] += 1
            if outcome == .skipped { answer(record) }
            return
        }
        runs += 1
        if record.trigger != .schedule { counts[record.trigger.rawValue, default: 0] += 1 }
        answer(record)
        unfinished.append(record)
        since[record.id] = now
    }

    private mutating func answer(_ record: RunRecord) {
        guard let time = record.scheduledFor else { return }
        let slot = Slot(job: record.job, time: time)
        if record.trigger != .retry {
            if let last = lastRuns[slot], last != .interrupted {
                violate("\(record.job) ran twice for \(time), the first time with \(last.map(\.rawValue) ?? "no end")")
            }
            answers[slot, default: 0] += 1
        } else if let last = lastRuns[slot], last != .failed {
            violate("\(record.job) was tried again for \(time) after \(last.map(\.rawValue) ?? "no end")")
        }
        // What follows a run from before the times began anew says nothing of the times to come.
        if record.retryOf == nil || lastRuns[slot] != nil { lastRuns[slot] = .some(record.state.outcome) }
    }

    private mutating func begin(_ run: RunID, _ date: Date) {
        guard let index = unfinished.firstIndex(where: { $0.id == run }) else { return violate("a run began that waits nowhere") }
        let record = unfinished[index]
        if record.state != .waiting { violate("\(record.job) began twice") }
        for other in unfinished where other.state == .running {
            if other.job == record.job { violate("\(record.job) runs twice at \(date)") }
            if let one = activities[record.job], let two = activities[other.job], ConflictTable.conflict(one, two) {
                violate("\(record.job) and \(other.job) run at once at \(date)")
            }
        }
        unfinished[index].state = .running
        unfinished[index].started = date
    }

    private mutating func end(_ record: RunRecord) {
        guard let index = unfinished.firstIndex(where: { $0.id == record.id }) else { return violate("a run of \(record.job) ended twice") }
        guard let outcome = record.state.outcome else { return violate("a run of \(record.job) ended without outcome") }
        unfinished.remove(at: index)
        since[record.id] = nil
        counts[outcome.rawValue, default: 0] += 1
        guard let time = record.scheduledFor else { return }
        let slot = Slot(job: record.job, time: time)
        if lastRuns[slot] != nil { lastRuns[slot] = .some(outcome) }
    }

    private static func words(_ entry: JournalEntry) -> String {
        switch entry {
        case .admitted(let record, _):
            "  \(record.job) \(NumberedIDs.name(record.id)) \(record.trigger) \(record.state) for \(record.scheduledFor?.description ?? "-")"
        case .began(let run, let date): "  \(NumberedIDs.name(run)) began at \(date)"
        case .ended(let record, _):
            "  \(record.job) \(NumberedIDs.name(record.id)) \(record.state) at \(record.finished?.description ?? "-")"
        case .timetable(let job, _, let handled): "  \(job) handled up to \(handled)"
        case .missed(let job, let count): "  \(job) missed \(count)"
        case .paused(let pause): "  \(pause.job) paused"
        case .resumed(let job): "  \(job) resumed"
        case .phase, .log, .holdTaken, .holdReleased, .vault, .forgotten: "  ..."
        }
    }
}
