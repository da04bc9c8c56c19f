import Foundation
import JobEngine
import Testing

@Suite("Starting, stopping and being watched", .timeLimit(.minutes(3)))
struct JobEngineLifeTests {
    /// Work that waits, and fails in its own words at the very moment in which it is cancelled.
    private static func failsWhenCancelled(_ begun: Shared<Bool>) async throws -> RunResult {
        let bell = Doorbell()
        begun.change { $0 = true }
        await bell.wait()
        throw ToyError()
    }

    @Test("an engine that never turns is given a minute")
    func neverTurns() async throws {
        let host = try EngineHost()
        try await host.engine.start([])
        host.timer.advance(by: .seconds(59))
        var picture = await host.engine.picture()
        #expect(picture.isTurning && !picture.isLate)
        host.timer.advance(by: .seconds(2))
        picture = await host.engine.picture()
        #expect(!picture.isTurning && picture.isLate)
    }

    @Test("a step of the wall clock makes no engine late", arguments: [7200.0, -7200])
    func step(seconds: TimeInterval) async throws {
        let host = try EngineHost()
        try await host.run([try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(7200))]) {
            _ = try await eventually { await host.engine.picture().lastTurn != nil && !host.timer.deadlines.isEmpty }
            host.wall.jump(by: seconds)
            let picture = await host.engine.picture()
            #expect(picture.isTurning && !picture.isLate)
        }
    }

    @Test("a full journal makes an engine late after a minute of uptime, and keeps it turning")
    func late() async throws {
        let journal = MemoryJournal()
        let host = try EngineHost(journal: journal)
        try await host.run([try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(86_400))]) {
            _ = try await eventually { await host.engine.picture().lastTurn != nil && !host.timer.deadlines.isEmpty }
            journal.isFull = true
            let first = await host.engine.picture().lastTurn
            host.wall.jump(by: 7200)
            try await host.pass(JobEngine.longestRest)
            _ = try await eventually { await host.engine.picture().lastTurn != first }
            // Due for an hour by the wall clock, which says nothing.
            #expect(await !host.engine.picture().isLate)
            for _ in 0..<14 {
                let before = await host.engine.picture().lastTurn
                try await host.pass(.seconds(5))
                _ = try await eventually { await host.engine.picture().lastTurn != before }
            }
            let picture = await host.engine.picture()
            #expect(picture.isLate && picture.isTurning)
            #expect(host.runner.begun == [])
        }
    }

    @Test("a start begins nothing: one that fails right after it uses up no run")
    func startAlone() async throws {
        let journal = MemoryJournal()
        let time = ManualWallClock.start
        let job = try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(3600))
        let left = RunRecord(
            id: RunID(startingAt: time), job: "hourly", kind: .audit, vault: "hourly", trigger: .schedule, scheduledFor: time,
            admitted: time)
        try journal.commit([
            .timetable(job: "hourly", schedule: try #require(job.schedule?.identity), handled: time), .admitted(left, findings: []),
            .began(left.id, at: time),
        ])
        for _ in 1...3 {
            let host = try EngineHost(journal: journal)
            try await host.engine.start([job])
            #expect(journal.unfinishedRuns().map(\.trigger) == [.catchUp])
            #expect(journal.unfinishedRuns().map(\.state) == [.waiting])
        }
        let host = try EngineHost(journal: journal)
        try await host.run([job]) {
            let made = try #require(try await host.newest("hourly", of: 5))
            #expect(made.trigger == .catchUp && made.state == .ended(.succeeded))
        }
        #expect(host.runner.begun == ["hourly"])
    }

    @Test("an engine stops although a hold cannot be undone, and waits for its runs all the same")
    func stuckHold() async throws {
        let host = try EngineHost()
        try host.journal.commit([.holdTaken(Hold(name: "gc", run: NumberedIDs.run(8), since: ManualWallClock.start))])
        host.runner.failUndo(times: .max)
        let gate = Gate()
        host.runner.set("nightly") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        try await host.engine.start([try toyJob("nightly")])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await host.engine.run() }
            let run = try await host.request("nightly")
            _ = try await eventually { gate.waiting == 1 && host.runner.undone == ["gc"] }
            await host.engine.stop()
            gate.open()
            try await group.waitForAll()
            #expect(try host.journal.details(of: run)?.record.state == .ended(.succeeded))
        }
        #expect(try host.journal.holds().count == 1)
    }

    @Test("a cancelled engine makes the time of its run due again, whatever the run's work throws first", arguments: [30])
    func cancelledEngine(rounds: Int) async throws {
        let job = try toyJob("hourly", cron: "0 * * * *", retries: .init(count: 1), catchUp: .seconds(1800))
        for _ in 0..<rounds {
            let host = try EngineHost()
            let begun = Shared(false)
            host.runner.set("hourly") { _, _ in try await Self.failsWhenCancelled(begun) }
            try await host.run([job]) {
                try await host.pass(.seconds(3600))
                _ = try await eventually { begun.value }
            }
            #expect(try host.journal.runs(of: "hourly", limit: 9).map(\.state) == [.ended(.interrupted)])
            #expect(try host.journal.timetables()["hourly"]?.handled == ManualWallClock.start.addingTimeInterval(3599))
        }
    }

    @Test("work that fails in a cancelled task was interrupted", arguments: [50])
    func cancelledTask(rounds: Int) async throws {
        let host = try EngineHost()
        let job = try toyJob("nightly")
        host.runner.set("nightly") { _, _ in throw ToyError() }
        var board = Board(host: "host")
        let moment = Moment(now: host.wall.now, uptime: .zero)
        _ = board.apply(.configured([job]), at: moment)
        _ = board.apply(.requested(job: "nightly", by: nil), at: moment)
        let ticket = try #require(board.running.values.first)
        let execution = RunExecution(
            journal: host.journal, runner: host.runner,
            holds: HoldLedger(journal: host.journal, runner: host.runner, wallclock: host.wall, logger: EngineHost.silent),
            stateDirectory: host.stateDirectory, wallclock: host.wall, clock: host.timer, logger: EngineHost.silent)
        for _ in 0..<rounds {
            let end = await withTaskGroup(of: RunEnd.self) { group in
                group.cancelAll()
                group.addTask { await execution.run(ticket, progress: RunFeed(clock: host.timer), stop: Doorbell()) }
                return await group.next()
            }
            #expect(end?.report.outcome == .interrupted)
        }
    }

    @Test("ends that the journal refuses while the engine stops are told a few times more, with the time that is due again")
    func lastChance() async throws {
        let journal = MemoryJournal()
        let host = try EngineHost(journal: journal)
        let gate = Gate()
        host.runner.set("hourly") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        try await host.engine.start([try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(1800))])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await host.engine.run() }
            try await host.pass(.seconds(3600))
            _ = try await eventually { gate.waiting == 1 }
            await host.engine.stop()
            let limit = Duration.seconds(3600) + JobEngine.stopGrace
            _ = try await eventually { host.timer.deadlines.contains(limit) }
            journal.isFull = true
            host.timer.advance(by: JobEngine.stopGrace)
            _ = try await eventually { await host.engine.picture().untoldEnds > 0 && host.timer.deadlines.contains(limit + .seconds(1)) }
            host.timer.advance(by: .seconds(1))
            _ = try await eventually { host.timer.deadlines.contains(limit + .seconds(2)) }
            journal.isFull = false
            host.timer.advance(by: .seconds(1))
            try await group.waitForAll()
        }
        #expect(journal.runs(of: "hourly", limit: 9).map(\.state) == [.ended(.interrupted)])
        #expect(journal.timetables()["hourly"]?.handled == ManualWallClock.start.addingTimeInterval(3599))
    }

    @Test("the log says once that the journal refuses, and once that it no longer does")
    func logged() async throws {
        let journal = MemoryJournal()
        let book = LogBook()
        let host = try EngineHost(journal: journal, logger: book.logger)
        try await host.run([try toyJob("nightly")]) {
            _ = try await eventually { await host.engine.picture().lastTurn != nil }
            for round in 1...2 {
                journal.isFull = true
                await #expect(throws: FullDisk.self) { try await host.engine.request("nightly", by: nil) }
                #expect(book.lines(of: "journal c").count == 2 * round - 1)
                await #expect(throws: FullDisk.self) { try await host.engine.request("nightly", by: nil) }
                for _ in 0..<5 {
                    let before = await host.engine.picture().lastTurn
                    try await host.pass(JobEngine.longestRest)
                    _ = try await eventually { await host.engine.picture().lastTurn != before }
                }
                #expect(book.lines(of: "journal c").count == 2 * round - 1)
                journal.isFull = false
                // Nothing is due that would be journaled.
                _ = try await eventually {
                    try await host.pass(JobEngine.longestRest)
                    return book.lines(of: "journal c").count == 2 * round
                }
            }
            let words = ["error: journal cannot be written, nothing is started", "notice: journal can be written again"]
            #expect(book.lines(of: "journal c") == words + words)
        }
    }

    @Test("the log tells the length of a run to the millisecond")
    func duration() async throws {
        let host = try EngineHost()
        host.runner.set("nightly") { _, _ in
            host.timer.advance(by: .microseconds(10_193_482))
            return RunResult(outcome: .succeeded)
        }
        try await host.run([try toyJob("nightly")]) {
            let run = try await host.request("nightly")
            _ = try await host.ended(run)
            let line = try #require(try host.journal.details(of: run)?.log.map(\.text).first { $0.hasPrefix("run finished") })
            #expect(line.contains("run.duration=10.193 s"))
        }
    }
}
