import Foundation
import JobEngine
import Jobs
import LabServers
import Logging
import Synchronization
import SystemPackage
import Testing

/// Harbor's queue and its collections, as a backup sees them.
private final class ToyCollections: CollectionControl {
    struct State {
        var isPaused = false
        var calls: [String] = []
        /// What each question is answered with; the last stays.
        var underWay: [[CollectionUnderWay]] = [[]]
        var failures: [String: CollectionControlError.Code] = [:]
        var onPause: @Sendable () throws -> Void = {}
    }

    let state = Mutex(State())

    var calls: [String] { state.withLock { $0.calls } }
    func isPaused() async throws -> Bool { try call("look") { $0.isPaused } }
    func resume() async throws { try call("resume") { $0.isPaused = false } }

    func pause() async throws {
        try state.withLock { $0.onPause }()
        try call("pause") { $0.isPaused = true }
    }

    func underWay() async throws -> [CollectionUnderWay] {
        try call("ask") { $0.underWay.count > 1 ? $0.underWay.removeFirst() : $0.underWay[0] }
    }

    private func call<Answer>(_ name: String, _ answer: (inout State) -> Answer) throws -> Answer {
        try state.withLock { state in
            state.calls.append(name)
            if let code = state.failures[name] { throw CollectionControlError(code, "the toy says no to \(name)") }
            return answer(&state)
        }
    }
}

/// Undoes the hold as a runner of the real jobs does.
private struct ToyRunner: JobRunner {
    let control: ToyCollections
    func work(_ job: String, as run: RunID, recorder: RunRecorder, holds: HoldLedger) async throws -> RunResult {
        RunResult(outcome: .succeeded)
    }
    func newestCompleteSnapshot(in vault: String) async throws -> Date? { nil }
    func judge(_ error: any Error) -> RunFailure { RunFailure(.failed, "\(error)") }
    func undo(hold: String) async throws { try await control.resume() }
}

private struct ToyError: Error {}

/// A hold with everything around it.
private struct Stage {
    let folder: TemporaryFolder
    let journal: SQLiteJournal
    let control = ToyCollections()
    let ledger: HoldLedger
    let recorder: RunRecorder
    let hold: CollectionHold
    let run = RunID(startingAt: Date(timeIntervalSince1970: 1_800_000_000))

    init() throws {
        folder = try TemporaryFolder("opsd-hold", inMemory: true)
        journal = try SQLiteJournal(at: FilePath(folder.file("journal.sqlite")))
        let clock = LeapingClock()
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ledger = HoldLedger(journal: journal, runner: ToyRunner(control: control), wallclock: SystemWallClock(), logger: silent)
        recorder = RunRecorder(progress: SilentProgress(), clock: clock)
        hold = CollectionHold(control: control, holds: ledger, clock: clock, patience: .seconds(60))
    }

    /// Runs work that says so among the calls.
    func backUp() async throws {
        try await hold.during(run, recorder) { control.state.withLock { $0.calls.append("work") } }
    }

    var codes: [String] { recorder.findings.map(\.code) }
    var isPaused: Bool { control.state.withLock { $0.isPaused } }
    func fail(_ call: String, _ code: CollectionControlError.Code) { control.state.withLock { $0.failures[call] = code } }
    func answer(_ underWay: [[CollectionUnderWay]]) { control.state.withLock { $0.underWay = underWay } }
}

@Suite("Holding garbage collection", .timeLimit(.minutes(2)))
struct CollectionHoldTests {
    private static let running = [CollectionUnderWay(id: 7, isWaiting: false)]
    private static let waiting = [CollectionUnderWay(id: 7, isWaiting: true)]

    @Test("journal, pause, question, work, resumption: in this order")
    func order() async throws {
        let stage = try Stage()
        let journal = stage.journal
        let check: @Sendable () throws -> Void = {
            let names = try journal.holds().map(\.name)
            #expect(names == ["gc"])
        }
        stage.control.state.withLock { $0.onPause = check }
        try await stage.backUp()
        #expect(stage.control.calls == ["look", "pause", "ask", "work", "look", "resume"])
        #expect(try stage.codes == [] && stage.journal.holds() == [])
    }

    @Test("a failure of the work resumes the queue")
    func failure() async throws {
        let stage = try Stage()
        await #expect(throws: ToyError.self) { try await stage.hold.during(stage.run, stage.recorder) { throw ToyError() } }
        #expect(try !stage.isPaused && stage.control.calls.contains("pause") && stage.journal.holds() == [])
    }

    @Test("a cancellation during the work resumes the queue")
    func cancellation() async throws {
        let stage = try Stage()
        let began = AsyncStream.makeStream(of: Void.self)
        let result = await withTaskGroup(of: Result<Void, any Error>.self) { group in
            group.addTask {
                do {
                    try await stage.hold.during(stage.run, stage.recorder) {
                        began.continuation.yield()
                        try await Task.sleep(for: .seconds(3600))
                    }
                    return .success(())
                } catch { return .failure(error) }
            }
            for await _ in began.stream { break }
            group.cancelAll()
            return await group.next()
        }
        #expect(throws: CancellationError.self) { try result?.get() }
        #expect(try !stage.isPaused && stage.journal.holds() == [])
    }

    @Test("a collection that is under way is waited for")
    func waits() async throws {
        let stage = try Stage()
        stage.answer([Self.running, Self.running, Self.running, []])
        try await stage.backUp()
        #expect(stage.control.calls == ["look", "pause", "ask", "ask", "ask", "ask", "work", "look", "resume"])
    }

    @Test("one that does not end in time refuses the backup, which resumes the queue")
    func refuses() async throws {
        let stage = try Stage()
        stage.answer([Self.running])
        let error = await #expect(throws: JobError.self) { try await stage.backUp() }
        #expect(error?.code == .refused && error?.problem.contains("garbage collection 7 did not end within 60 s") == true)
        #expect(try !stage.isPaused && !stage.control.calls.contains("work") && stage.journal.holds() == [])
    }

    @Test("one that waits in the paused queue is harmless once it is sure that it does")
    func waitingOne() async throws {
        let stage = try Stage()
        stage.answer([Self.waiting])
        try await stage.backUp()
        #expect(stage.control.calls.filter { $0 == "ask" }.count == 5 && stage.control.calls.contains("work"))
        let unheld = try Stage()
        unheld.answer([Self.waiting])
        unheld.fail("pause", .denied)
        let error = await #expect(throws: JobError.self) { try await unheld.backUp() }
        #expect(error?.code == .refused)
    }

    @Test("a queue that somebody else paused is neither taken nor resumed")
    func foreign() async throws {
        let stage = try Stage()
        stage.control.state.withLock { $0.isPaused = true }
        try await stage.backUp()
        #expect(stage.control.calls == ["look", "ask", "work"] && stage.codes == ["gc_paused_by_others"] && stage.isPaused)
    }

    @Test("a queue that a dead run of ours paused is ours")
    func leftover() async throws {
        let stage = try Stage()
        stage.control.state.withLock { $0.isPaused = true }
        let dead = RunID(startingAt: Date(timeIntervalSince1970: 1_700_000_000))
        try stage.journal.commit([.holdTaken(Hold(name: "gc", run: dead, since: Date(timeIntervalSince1970: 1_700_000_000)))])
        try await stage.backUp()
        #expect(stage.codes == [] && stage.isPaused)
        await stage.ledger.undoLeftovers(clock: LeapingClock()) { _ in false }
        #expect(try !stage.isPaused && stage.journal.holds() == [])
    }

    @Test(
        "what cannot be held or checked is said, and fails nothing",
        arguments: [
            (["look": .denied], [], ["look", "pause", "ask", "work", "look", "resume"]),
            (["pause": .denied], ["gc_not_held"], ["look", "pause", "ask", "work"]),
            (["pause": .denied, "ask": .denied], ["gc_not_held", "gc_not_checked"], ["look", "pause", "ask", "work"]),
            (["ask": .denied], ["gc_not_checked"], ["look", "pause", "ask", "work", "look", "resume"]),
            (["look": .unreachable, "ask": .unreachable], ["gc_not_held", "gc_not_checked"], ["look", "ask", "work"]),
            (["pause": .unreachable], ["gc_not_held"], ["look", "pause", "ask", "work", "resume"]),
        ] as [([String: CollectionControlError.Code], [String], [String])])
    func degraded(_ failures: [String: CollectionControlError.Code], _ codes: [String], _ calls: [String]) async throws {
        let stage = try Stage()
        for (call, code) in failures { stage.fail(call, code) }
        try await stage.backUp()
        #expect(stage.codes == codes && stage.control.calls == calls)
        #expect(try stage.journal.holds() == [])
        #expect(stage.recorder.findings.allSatisfy { $0.severity == .remark })
    }

    @Test("a queue that cannot be resumed stays journaled, is said, and is resumed later")
    func stuck() async throws {
        let stage = try Stage()
        stage.fail("resume", .unreachable)
        try await stage.backUp()
        #expect(try stage.codes == ["gc_still_held"] && stage.journal.holds().count == 1)
        stage.control.state.withLock { $0.failures = [:] }
        await stage.ledger.undoLeftovers(clock: LeapingClock()) { _ in false }
        #expect(try !stage.isPaused && stage.journal.holds() == [])
    }

    @Test("a queue that a person resumed during the backup is noticed")
    func lost() async throws {
        let stage = try Stage()
        try await stage.hold.during(stage.run, stage.recorder) { stage.control.state.withLock { $0.isPaused = false } }
        #expect(try stage.codes == ["gc_hold_lost"] && stage.journal.holds() == [])
    }

    @Test("two backups at once pause once, and the last to end resumes")
    func two() async throws {
        let stage = try Stage()
        let other = RunID(startingAt: Date(timeIntervalSince1970: 1_800_000_060))
        try await stage.hold.during(stage.run, stage.recorder) {
            try await stage.hold.during(other, stage.recorder) {}
            #expect(stage.isPaused)
        }
        #expect(stage.control.calls.filter { $0 == "pause" }.count == 1 && !stage.isPaused)
    }
}
