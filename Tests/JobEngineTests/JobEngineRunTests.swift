import Foundation
import JobEngine
import LabServers
import LocalIO
import Logging
import SystemPackage
import Testing

@Suite("Runs of an engine", .timeLimit(.minutes(3)))
struct JobEngineRunTests {
    @Test("a run by hand is journaled with everything that it left", arguments: JournalKind.allCases)
    func byHand(_ kind: JournalKind) async throws {
        let host = try EngineHost(kind)
        let point = ManualWallClock.start
        host.runner.set("nightly") { _, recorder in
            await recorder.phase("blobs") { recorder.advance(bytes: 7, items: 2) }
            recorder.add("new_blobs", 2)
            recorder.note(Finding(.remark, "small", "it was little"))
            RunLogger.current.debug("looked around")
            var facts = VaultFacts(vault: "main", observed: point)
            facts.snapshots = 3
            return RunResult(outcome: .partial, snapshots: ["main": "s1"], recoveryPoint: point, vaults: [facts])
        }
        try await host.run([try toyJob("nightly")]) {
            let run = try await host.request("nightly")
            let record = try #require(try await host.ended(run))
            #expect(record.state == .ended(.partial))
            #expect(record.exitCode == 2 && record.failure == nil && record.trigger == .manual)
            #expect(record.requester == Requester(uid: 1, name: "ops"))
            let details = try #require(try host.journal.details(of: run))
            #expect(details.report.phases.map(\.name) == ["blobs"] && details.report.phases.first?.bytes == 7)
            #expect(details.report.numbers == ["new_blobs": 2])
            #expect(details.report.findings.map(\.code) == ["small"])
            #expect(details.report.snapshots == ["main": "s1"] && details.report.recoveryPoint == point)
            #expect(details.log.map(\.text).contains("looked around"))
            #expect(try host.journal.vaultFacts()["main"]?.snapshots == 3)
            _ = try await eventually { await host.engine.picture().runs.isEmpty }
            #expect(await host.engine.events(of: run) == nil)
        }
    }

    @Test(
        "scheduled runs come on their time while the clock moves, also after the wall clock alone jumped", arguments: JournalKind.allCases)
    func scheduled(_ kind: JournalKind) async throws {
        let host = try EngineHost(kind)
        try await host.run([try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(1800))]) {
            for hour in 1...3 {
                _ = try await eventually {
                    try await host.pass(.seconds(600))
                    return try host.journal.runs(of: "hourly", limit: 10).filter { $0.state.outcome == .succeeded }.count >= hour
                }
            }
            let first = try #require(try host.journal.runs(of: "hourly", limit: 10).last)
            #expect(first.trigger == .schedule && first.scheduledFor == ManualWallClock.start.addingTimeInterval(3600))
            // Suspended for five hours: noticed within the longest rest.
            host.wall.jump(by: 5 * 3600)
            _ = try await eventually {
                try await host.pass(JobEngine.longestRest)
                return try host.journal.runs(of: "hourly", limit: 10).contains { $0.state == .ended(.missed) }
            }
            let times = try host.journal.runs(of: "hourly", limit: 20).filter { $0.state != .ended(.missed) }.compactMap(\.scheduledFor)
            #expect(times.count == Set(times).count)
        }
    }

    @Test("of hundreds of requests at once one is admitted, and the others are told of it", arguments: JournalKind.allCases)
    func stampede(_ kind: JournalKind) async throws {
        let host = try EngineHost(kind)
        let gate = Gate()
        host.runner.set("nightly") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        try await host.run([try toyJob("nightly")]) {
            let answers = try await withThrowingTaskGroup(of: RequestAnswer.self) { group in
                for _ in 0..<400 { group.addTask { try await host.engine.request("nightly", by: nil) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let admitted = answers.compactMap { if case .admitted(let run) = $0 { run } else { nil } }
            try #require(admitted.count == 1)
            #expect(answers.filter { $0 == .underWay(admitted[0]) }.count == 399)
            gate.open()
            #expect(try await host.ended(admitted[0])?.state == .ended(.succeeded))
            #expect(host.runner.begun == ["nightly"])
            #expect(try await host.engine.request("hourly", by: nil) == .unknownJob)
        }
    }

    @Test("a failure is retried after its pause, with the number of the attempt")
    func retry() async throws {
        let host = try EngineHost(.sqlite)
        host.runner.set("hourly") { _, _ in throw ToyError() }
        let retries = JobDefinition.Retries(count: 1, backoff: .seconds(600))
        try await host.run([try toyJob("hourly", cron: "0 * * * *", retries: retries)]) {
            try await host.pass(.seconds(3600))
            let first = try #require(try await host.newest("hourly"))
            #expect(first.state == .ended(.failed) && first.exitCode == 4 && first.failure == "the toy broke")
            host.runner.set("hourly") { _, _ in RunResult(outcome: .succeeded) }
            _ = try await eventually {
                try await host.pass(.seconds(15))
                return try host.journal.runs(of: "hourly", limit: 9).contains { $0.state == .ended(.succeeded) }
            }
            let second = try #require(try host.journal.runs(of: "hourly", limit: 1).first)
            #expect(second.trigger == .retry && second.attempt == 2 && second.retryOf == first.id)
            #expect(second.scheduledFor == first.scheduledFor)
        }
    }

    @Test("the lock of another process makes a run skipped, with exit status 75 and its name")
    func busy() async throws {
        let host = try EngineHost()
        let other = RunID(startingAt: ManualWallClock.start)
        let lock = try RunLock(job: "nightly", run: other, stateDirectory: host.stateDirectory)
        try await host.run([try toyJob("nightly")]) {
            let record = try #require(try await host.ended(try await host.request("nightly")))
            #expect(record.state == .ended(.skipped) && record.exitCode == 75)
            #expect(record.failure?.contains(other.description) == true)
            #expect(host.runner.begun == [])
        }
        withExtendedLifetime(lock) {}
    }

    @Test("what a dead process left is ended at the start, and made up for once", arguments: JournalKind.allCases)
    func crash(_ kind: JournalKind) async throws {
        let first = try EngineHost(kind)
        let time = ManualWallClock.start
        let job = try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(3600))
        let left = RunRecord(
            id: RunID(startingAt: time), job: "hourly", kind: .audit, vault: "hourly", trigger: .schedule, scheduledFor: time,
            admitted: time)
        try first.journal.commit([
            .timetable(job: "hourly", schedule: try #require(job.schedule?.identity), handled: time), .admitted(left, findings: []),
            .began(left.id, at: time),
        ])
        for attempt in 1...2 {
            let host = try EngineHost(journal: first.journal, folder: first.folder)
            host.timer.advance(by: .seconds(60))
            try await host.run([job]) {
                _ = try await eventually { await host.engine.picture().lastTurn != nil }
                let made = try #require(try await host.newest("hourly", of: 2))
                #expect(made.trigger == .catchUp && made.state == .ended(.succeeded) && made.retryOf == left.id)
                #expect(try host.journal.details(of: left.id)?.record.state == .ended(.interrupted))
                #expect(try host.journal.runs(of: nil, limit: 9).count == 2, "start \(attempt)")
            }
        }
    }

    @Test("a run of another process is waited for, and leaves the board with its lock")
    func foreign() async throws {
        let host = try EngineHost()
        let now = ManualWallClock.start
        let other = RunRecord(id: RunID(startingAt: now), job: "audit", kind: .audit, vault: "main", trigger: .manual, admitted: now)
        try host.journal.commit([.admitted(other, findings: []), .began(other.id, at: now)])
        let held = Shared<RunLock?>(try RunLock(job: "audit", run: other.id, stateDirectory: host.stateDirectory))
        try await host.run([try toyJob("audit", vault: "main"), try toyJob("prune", .prune, vault: "main")]) {
            #expect(try await host.engine.request("audit", by: nil) == .underWay(other.id))
            #expect(await host.engine.events(of: other.id) == nil)
            let run = try await host.request("prune")
            try await host.pass(JobEngine.longestRest)
            #expect(await host.engine.picture().runs.last?.reason == "waits for run \(other.id) of job 'audit'")
            #expect(try await host.engine.cancel(other.id, by: nil) == .noSuchRun)
            held.change { $0 = nil }
            _ = try await eventually {
                try await host.pass(JobEngine.longestRest)
                return try host.journal.details(of: run)?.record.state.outcome != nil
            }
            let record = try #require(try host.journal.details(of: other.id)?.record)
            #expect(record.state == .ended(.interrupted) && record.failure == "the process that ran it ended")
        }
    }

    @Test("a new configuration brings its jobs and its runner, and runs under way go on")
    func reload() async throws {
        let host = try EngineHost()
        let gate = Gate()
        host.runner.set("old") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        let newer = ToyRunner()
        try await host.run([try toyJob("old")]) {
            let run = try await host.request("old")
            _ = try await eventually { gate.waiting == 1 }
            try await host.engine.reload([try toyJob("new")], runner: newer)
            #expect(try await host.engine.request("old", by: nil) == .unknownJob)
            #expect(try await host.ended(try await host.request("new"))?.state == .ended(.succeeded))
            #expect(newer.begun == ["new"])
            gate.open()
            #expect(try await host.ended(run)?.state == .ended(.succeeded))
        }
    }

    @Test("a pause is journaled, skips the schedule, and ends by itself")
    func pause() async throws {
        let host = try EngineHost(.sqlite)
        try await host.run([try toyJob("hourly", cron: "0 * * * *")]) {
            let pause = Pause(
                job: "hourly", until: ManualWallClock.start.addingTimeInterval(5400), reason: "repair", requester: nil,
                since: ManualWallClock.start)
            #expect(try await host.engine.pause(pause) == .done)
            #expect(try host.journal.pauses() == [pause])
            try await host.pass(.seconds(3600))
            #expect(try await host.newest("hourly")?.state == .ended(.skipped))
            _ = try await eventually {
                try await host.pass(.seconds(1800))
                return try host.journal.pauses().isEmpty
            }
            _ = try await eventually {
                try await host.pass(.seconds(1800))
                return try host.journal.runs(of: "hourly", limit: 1).first?.state == .ended(.succeeded)
            }
            let unknown = Pause(job: "x", until: pause.until, reason: "", requester: nil, since: pause.since)
            #expect(try await host.engine.pause(unknown) == .unknownJob)
            #expect(try await host.engine.resume("x", by: nil) == .unknownJob)
        }
    }
}
