import Foundation
import JobEngine
import LabServers
import Logging
import SystemPackage

/// Which journal a test is run with.
enum JournalKind: CaseIterable, Sendable {
    case memory, sqlite
}

/// An engine with its folder, clocks, journal and toy jobs.
final class EngineHost: Sendable {
    let folder: TemporaryFolder
    let timer = ManualTimer()
    let wall: ManualWallClock
    let runner: ToyRunner
    let journal: any RunJournal
    let engine: JobEngine

    init(
        _ kind: JournalKind = .memory, runner: ToyRunner = ToyRunner(), journal: (any RunJournal)? = nil, folder: TemporaryFolder? = nil,
        logger: Logger = silent
    ) throws {
        self.runner = runner
        self.folder = try folder ?? TemporaryFolder("opsd-engine", inMemory: true)
        wall = ManualWallClock(timer)
        let path = FilePath(self.folder.file("state/journal.sqlite"))
        self.journal = try journal ?? (kind == .memory ? MemoryJournal() : try SQLiteJournal(at: path))
        engine = JobEngine(
            journal: self.journal, runner: runner, host: "host", stateDirectory: FilePath(self.folder.file("state")), wallclock: wall,
            clock: timer, logger: logger)
    }

    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    var stateDirectory: FilePath { FilePath(folder.file("state")) }

    /// Starts the engine with these jobs, lets it turn while `body` runs, and cancels it after that.
    func run(_ jobs: [JobDefinition], _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await engine.start(jobs)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [engine] in await engine.run() }
            do { try await body() } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    /// Moves time in steps that the engine can follow: it has to sleep before each.
    func pass(_ duration: Duration) async throws {
        _ = try await eventually { !timer.deadlines.isEmpty }
        timer.advance(by: duration)
    }

    /// Lets time pass bit by bit until the flag is set.
    func tick(until isOver: Shared<Bool>) async throws {
        _ = try await eventually {
            timer.advance(by: .milliseconds(100))
            return isOver.value
        }
    }

    /// Asks for the job; the id where it was admitted.
    func request(_ job: String) async throws -> RunID {
        guard case .admitted(let run) = try await engine.request(job, by: Requester(uid: 1, name: "ops")) else { throw ToyError() }
        return run
    }

    /// The record of the run once it has ended.
    func ended(_ run: RunID) async throws -> RunRecord? {
        _ = try await eventually { try journal.details(of: run)?.record.state.outcome != nil }
        return try journal.details(of: run)?.record
    }

    /// The newest run of the job once there are `count` that have ended.
    func newest(_ job: String, of count: Int = 1) async throws -> RunRecord? {
        _ = try await eventually { try journal.runs(of: job, limit: 100).filter { $0.state.outcome != nil }.count >= count }
        return try journal.runs(of: job, limit: 100).first { $0.state.outcome != nil }
    }
}
