import Foundation
import JobEngine
import LabServers
import Testing

@Suite("Deadlines, cancelling and stopping", .timeLimit(.minutes(3)))
struct JobEngineEndingTests {
    @Test("a deadline cancels the work, and the run has failed in a way that may pass")
    func deadline() async throws {
        let host = try EngineHost(.sqlite)
        let gate = Gate()
        host.runner.set("hourly") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        let job = try toyJob("hourly", cron: "0 * * * *", deadline: .seconds(1200), retries: .init(count: 1, backoff: .seconds(900)))
        try await host.run([job]) {
            try await host.pass(.seconds(3600))
            _ = try await eventually { gate.waiting == 1 && host.timer.deadlines.contains(.seconds(4800)) }
            host.timer.advance(by: .seconds(1199))
            #expect(try host.journal.unfinishedRuns().count == 1)
            host.timer.advance(by: .seconds(1))
            let record = try #require(try await host.newest("hourly"))
            #expect(record.state == .ended(.failed) && record.exitCode == 1)
            #expect(record.failure?.hasPrefix("the run passed its deadline of 1200 s and was cancelled. Hint:") == true)
            #expect(record.seconds == 1200)
            #expect(try await eventually { try host.journal.unfinishedRuns().map(\.trigger) == [.retry] })
        }
    }

    @Test("work that ignores its cancellation is waited for, and what it did counts")
    func stubborn() async throws {
        let host = try EngineHost()
        let gate = Gate()
        host.runner.set("nightly") { _, _ in
            try await gate.wait(ignoringCancellation: true)
            return RunResult(outcome: .succeeded)
        }
        try await host.run([try toyJob("nightly", deadline: .seconds(60))]) {
            let run = try await host.request("nightly")
            _ = try await eventually { gate.waiting == 1 && host.timer.deadlines.contains(.seconds(60)) }
            host.timer.advance(by: .seconds(60))
            #expect(try await host.engine.cancel(run, by: nil) == .done)
            #expect(try host.journal.details(of: run)?.record.state == .running)
            #expect(try await host.engine.request("nightly", by: nil) == .underWay(run))
            gate.open()
            let record = try #require(try await host.ended(run))
            #expect(record.state == .ended(.succeeded) && record.failure == nil && record.exitCode == 0)
        }
    }

    @Test("a vault that does not answer before a run is cut off by the deadline, too")
    func hangingRequirement() async throws {
        let gate = Gate()
        let host = try EngineHost(
            runner: ToyRunner { _ in
                try await gate.wait()
                return nil
            })
        try await host.run([try toyJob("gc", .gc, vault: "main", deadline: .seconds(60), requires: .seconds(3600))]) {
            let run = try await host.request("gc")
            _ = try await eventually { gate.waiting == 1 && host.timer.deadlines.contains(.seconds(60)) }
            host.timer.advance(by: .seconds(60))
            let record = try #require(try await host.ended(run))
            #expect(record.state == .ended(.failed) && record.failure?.contains("deadline") == true)
            #expect(host.runner.begun == [])
        }
    }

    @Test("a cancelled run is interrupted, whatever its work calls it", arguments: [true, false])
    func cancel(isOwnError: Bool) async throws {
        let host = try EngineHost(.sqlite)
        let gate = Gate()
        host.runner.set("hourly") { _, _ in
            do { try await gate.wait() } catch { throw isOwnError ? ToyError() : error }
            return RunResult(outcome: .succeeded)
        }
        try await host.run([try toyJob("hourly", cron: "0 * * * *", retries: .init(count: 3))]) {
            try await host.pass(.seconds(3600))
            _ = try await eventually { gate.waiting == 1 }
            let run = try #require(try host.journal.unfinishedRuns().first)
            #expect(try await host.engine.cancel(run.id, by: Requester(uid: 5, name: "eva")) == .done)
            let record = try #require(try await host.ended(run.id))
            #expect(record.state == .ended(.interrupted) && record.failure == "cancelled by eva (uid 5)" && record.exitCode == 1)
            _ = try await eventually { await host.engine.picture().runs.isEmpty }
            #expect(try host.journal.runs(of: "hourly", limit: 9).count == 1)
            #expect(try await host.engine.cancel(run.id, by: nil) == .noSuchRun)
        }
    }

    @Test("a run that waits is cancelled at once")
    func cancelWaiting() async throws {
        let host = try EngineHost()
        let gate = Gate()
        host.runner.set("backup") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        try await host.run([try toyJob("backup", .backup), try toyJob("gc", .gc)]) {
            let backup = try await host.request("backup")
            let run = try await host.request("gc")
            let events = try #require(await host.engine.events(of: run))
            #expect(try await host.engine.cancel(run, by: nil) == .done)
            var last: RunEvent?
            for await event in events { last = event }
            guard case .ended(let record, let report) = last else {
                Issue.record("the watcher was not told of the end")
                return
            }
            #expect(record.state == .ended(.interrupted) && report.findings.map(\.code) == ["not_started"])
            gate.open()
            #expect(try await host.ended(backup)?.state == .ended(.succeeded))
            #expect(host.runner.begun == ["backup"])
        }
    }

    @Test("a stop lets runs finish in their time", arguments: JournalKind.allCases)
    func stopGently(_ kind: JournalKind) async throws {
        let host = try EngineHost(kind)
        let gate = Gate()
        host.runner.set("nightly") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        try await host.engine.start([try toyJob("nightly"), try toyJob("other")])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await host.engine.run() }
            let run = try await host.request("nightly")
            _ = try await eventually { gate.waiting == 1 }
            await host.engine.stop()
            #expect(try await host.engine.request("other", by: nil) == .stopping)
            #expect(await host.engine.picture().isStopping)
            gate.open()
            // Returns by itself: nothing is cancelled.
            try await group.waitForAll()
            #expect(try host.journal.details(of: run)?.record.state == .ended(.succeeded))
        }
    }

    @Test("a stop cancels runs that do not finish in their time, and their scheduled time is due again")
    func stopHard() async throws {
        let host = try EngineHost(.sqlite)
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
            #expect(gate.waiting == 1)
            host.timer.advance(by: JobEngine.stopGrace)
            try await group.waitForAll()
            let record = try #require(try host.journal.runs(of: "hourly", limit: 1).first)
            #expect(record.state == .ended(.interrupted))
            #expect(record.failure == "the run was cancelled before it was done; what it stored is adopted by the next")
            #expect(try host.journal.timetables()["hourly"]?.handled == ManualWallClock.start.addingTimeInterval(3599))
        }
    }

    @Test("cancellation of the engine interrupts its runs and comes back")
    func cancelled() async throws {
        let host = try EngineHost()
        let gate = Gate()
        host.runner.set("nightly") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        let run = Shared<RunID?>(nil)
        try await host.run([try toyJob("nightly")]) {
            let admitted = try await host.request("nightly")
            run.change { $0 = admitted }
            _ = try await eventually { gate.waiting == 1 }
        }
        let admitted = try #require(run.value)
        #expect(try host.journal.details(of: admitted)?.record.state == .ended(.interrupted))
        #expect(try host.journal.unfinishedRuns() == [])
    }

    struct Requirement: Sendable, CustomTestStringConvertible {
        let name: String
        let age: TimeInterval?
        var fails = false
        var vault: String? = "main"
        let outcome: RunOutcome
        let words: String?
        var testDescription: String { name }
    }

    @Test(
        "a job that requires a recent complete snapshot runs with one alone",
        arguments: [
            Requirement(name: "young", age: 3600, outcome: .succeeded, words: nil),
            Requirement(name: "old", age: 3601, outcome: .refused, words: "at most 3600 s old. Hint"),
            Requirement(name: "none", age: nil, outcome: .refused, words: "has no complete snapshot"),
            Requirement(name: "unknown", age: nil, fails: true, outcome: .refused, words: "cannot be told: the toy broke"),
        ])
    func requirement(_ c: Requirement) async throws {
        let host = try EngineHost(
            runner: ToyRunner { vault in
                #expect(vault == "main")
                if c.fails { throw ToyError() }
                return c.age.map { ManualWallClock.start.addingTimeInterval(-$0) }
            })
        try await host.run([try toyJob("gc", .gc, vault: c.vault, requires: .seconds(3600))]) {
            let record = try #require(try await host.ended(try await host.request("gc")))
            #expect(record.state == .ended(c.outcome) && record.exitCode == c.outcome.exitCode)
            #expect(c.words.map { record.failure?.contains($0) == true } ?? (record.failure == nil))
            #expect(record.reason == (c.outcome == .refused ? RunFailure.requires : nil))
            #expect(host.runner.begun == (c.outcome == .succeeded ? ["gc"] : []))
        }
    }

    @Test("a requirement without a vault to ask refuses the run")
    func requirementWithoutVault() async throws {
        let host = try EngineHost()
        let job = JobDefinition(name: "rescan", activity: Activity(.rescan, vault: nil), schedule: nil, requiredSnapshotAge: .seconds(60))
        try await host.run([job]) {
            let run = try await host.request("rescan")
            #expect(try await host.ended(run)?.state == .ended(.refused))
        }
    }
}
