import CronSchedule
import Foundation
import JobEngine
import Synchronization

/// A job for tests: without a vault given it works on one of its own, so that it conflicts with no other.
func toyJob(
    _ name: String, _ kind: JobKind = .audit, vault: String? = nil, databaseOnly: Bool = false, cron: String? = nil, zone: String = "UTC",
    deadline: Duration = .seconds(3600), retries: JobDefinition.Retries = .init(), jitter: Duration = .zero, catchUp: Duration = .zero,
    overlap: JobDefinition.Overlap = .skip, after: [String] = [], requires: Duration? = nil
) throws -> JobDefinition {
    let schedule = try cron.map { text in
        JobDefinition.Schedule(try CronExpression(parsing: text), in: TimeZone(identifier: zone) ?? .gmt)
    }
    return JobDefinition(
        name: name, activity: Activity(kind, vault: vault ?? name, isDatabaseOnly: databaseOnly), schedule: schedule, deadline: deadline,
        retries: retries, jitter: jitter, catchUp: catchUp, overlap: overlap, after: after, requiredSnapshotAge: requires)
}

/// Ids in the order in which they were made: the n-th is `run(n)`.
final class NumberedIDs: Sendable {
    private let count = Mutex(0)

    func next() -> RunID {
        Self.run(
            count.withLock {
                $0 += 1; return $0
            })
    }

    static func run(_ number: Int) -> RunID {
        let digits = String(number, radix: 16)
        let text = "20260101T000000Z-" + String(repeating: "0", count: 8 - digits.count) + digits
        return RunID(parsing: text) ?? RunID(startingAt: .distantPast)
    }

    static func name(_ run: RunID) -> String { "r\(Int(run.description.suffix(8), radix: 16) ?? -1)" }
}

/// Plays events to a board and says what it wants done, in words. Times are written `HH:MM`, or `D HH:MM` for day D of January 2026, UTC.
struct BoardScript {
    static let midnight = Date(timeIntervalSince1970: 1_767_225_600)

    var board: Board
    /// What the board had written down so far, as entries.
    private(set) var entries: [JournalEntry] = []
    /// By how much the wall clock was moved.
    private(set) var step: TimeInterval = 0
    private var elapsed: TimeInterval = 0
    private let host: String
    private let ids: NumberedIDs

    /// A board with these jobs, at midnight.
    init(_ jobs: [JobDefinition] = [], host: String = "host") {
        let ids = NumberedIDs()
        (self.ids, self.host) = (ids, host)
        board = Board(host: host) { _ in ids.next() }
        _ = apply(.configured(jobs))
    }

    var moment: Moment { Moment(now: Self.midnight.addingTimeInterval(elapsed + step), uptime: .seconds(elapsed)) }

    static func time(_ text: String) -> Date {
        let parts = text.split(separator: " ")
        let clock = (parts.last ?? "").split(separator: ":").map { Double($0) ?? 0 }
        let day = parts.count == 2 ? Double(parts[0]) ?? 1 : 1
        let seconds = zip(clock, [3600, 60, 1]).map { $0 * $1 }.reduce(0, +)
        return midnight.addingTimeInterval((day - 1) * 86_400 + seconds)
    }

    /// `time` and `delay` later, as it is written.
    static func clock(_ time: String, plus delay: Duration) -> String {
        let seconds = Int(Self.time(time).addingTimeInterval(delay.seconds).timeIntervalSince(midnight))
        return "\(seconds / 86_400 + 1) \(seconds / 3600 % 24):\(seconds / 60 % 60):\(seconds % 60)"
    }

    /// Lets time pass until the wall clock says `time`, and applies the event.
    mutating func at(_ time: String, _ event: BoardEvent = .tick) -> [String] {
        elapsed = max(elapsed, Self.time(time).timeIntervalSince(Self.midnight) - step)
        return apply(event)
    }

    /// Moves the wall clock alone, to `time`.
    mutating func setClock(to time: String) { step = Self.time(time).timeIntervalSince(Self.midnight) - elapsed }

    mutating func request(_ job: String, at time: String) -> [String] { at(time, .requested(job: job, by: nil)) }

    mutating func end(_ number: Int, _ outcome: RunOutcome = .succeeded, retryable: Bool = true, chance: Double = 0, at time: String)
        -> [String]
    {
        let run = NumberedIDs.run(number)
        var report = RunReport(run: run, job: "", kind: "", started: moment.now)
        report.outcome = outcome
        let isFailure = outcome != .succeeded && outcome != .partial
        let failure = isFailure ? RunFailure(outcome, isRetryable: retryable, "it broke") : nil
        return at(time, .ended(run, RunEnd(report: report, seconds: 1, failure: failure), chance: chance))
    }

    mutating func pause(_ job: String, until end: String, at time: String) -> [String] {
        at(time, .paused(Pause(job: job, until: Self.time(end), reason: "repair", requester: nil, since: Self.time(time))))
    }

    /// A new process takes over what `memory` says, and takes its first turn.
    mutating func restore(_ memory: Board.Memory, _ jobs: [JobDefinition], alive: Set<RunID> = [], at time: String) -> [String] {
        elapsed = max(elapsed, Self.time(time).timeIntervalSince(Self.midnight) - step)
        board = Board(host: host) { [ids] _ in ids.next() }
        return note(board.restore(memory, definitions: jobs, alive: alive, at: moment)) + at(time)
    }

    /// Why each waiting run waits.
    var reasons: [String] { board.waiting.map { board.reason(of: $0, at: moment) } }

    /// The timetable that was written last for the job.
    func handled(_ job: String) -> Date? {
        for case .timetable(job, _, let handled) in entries.reversed() { return handled }
        return nil
    }

    /// The schedule in the timetable that was written last for the job.
    func schedule(_ job: String) -> String? {
        for case .timetable(job, let schedule, _) in entries.reversed() { return schedule }
        return nil
    }

    /// The record that was written last for the run.
    func record(_ number: Int) -> RunRecord? {
        for entry in entries.reversed() {
            switch entry {
            case .ended(let record, _) where record.id == NumberedIDs.run(number): return record
            case .admitted(let record, _) where record.id == NumberedIDs.run(number): return record
            default: continue
            }
        }
        return nil
    }

    private mutating func apply(_ event: BoardEvent) -> [String] { note(board.apply(event, at: moment)) }

    private mutating func note(_ actions: [BoardAction]) -> [String] {
        for case .journal(let entry) in actions { entries.append(entry) }
        return actions.compactMap(Self.words)
    }

    // MARK: - Words

    /// Entries whose meaning another action repeats are left out.
    private static func words(_ action: BoardAction) -> String? {
        switch action {
        case .journal(let entry): words(entry)
        case .start(let ticket): "start \(name(ticket.record))"
        case .cancel(let run): "cancel \(NumberedIDs.name(run))"
        case .dropped(let record): "drop \(name(record)): \(record.failure ?? "")"
        case .retried(let run, let ticket, let pause):
            "retry \(NumberedIDs.name(run)) as \(NumberedIDs.name(ticket.record.id)) in \(Int(pause.seconds)) s"
        case .answer(let answer): words(answer)
        case .clockCorrected(let seconds): "clock went back \(Int(seconds)) s"
        case .missed(let job, let count, let last): "missed \(count) of \(job) up to \(clock(last))"
        case .skipped(let record, let reason): "skip \(name(record)) of \(clock(record.scheduledFor)): \(shortened(reason))"
        case .interrupted(let record): "interrupted \(name(record))"
        }
    }

    private static func words(_ entry: JournalEntry) -> String? {
        switch entry {
        case .admitted(let record, _) where record.state == .waiting:
            "admit \(name(record)) by \(record.trigger.rawValue)" + (record.scheduledFor.map { " for \(clock($0))" } ?? "")
        case .ended(let record, _): "end \(NumberedIDs.name(record.id)) \(record.state.outcome?.rawValue ?? "not")"
        case .paused(let pause): "pause \(pause.job)"
        case .resumed(let job): "resume \(job)"
        case .admitted, .began, .phase, .log, .timetable, .missed, .holdTaken, .holdReleased, .vault, .forgotten: nil
        }
    }

    private static func words(_ answer: RequestAnswer) -> String {
        switch answer {
        case .admitted(let run): "answer: admitted \(NumberedIDs.name(run))"
        case .underWay(let run): "answer: under way \(NumberedIDs.name(run))"
        case .unknownJob: "answer: unknown job"
        case .stopping: "answer: stopping"
        case .noSuchRun: "answer: no such run"
        case .done: "answer: done"
        }
    }

    private static func name(_ record: RunRecord) -> String { "\(NumberedIDs.name(record.id)) \(record.job)" }

    private static func shortened(_ reason: String) -> String {
        reason.contains("paused") ? "paused" : reason.contains("under way") ? "under way" : reason
    }

    private static func clock(_ date: Date?) -> String {
        guard let date else { return "never" }
        let seconds = Int(date.timeIntervalSince(midnight))
        let (day, rest) = (seconds / 86_400 + 1, seconds % 86_400)
        let pad: (Int) -> String = { $0 < 10 ? "0\($0)" : "\($0)" }
        return (day == 1 ? "" : "\(day) ") + "\(pad(rest / 3600)):\(pad(rest / 60 % 60))"
    }
}
