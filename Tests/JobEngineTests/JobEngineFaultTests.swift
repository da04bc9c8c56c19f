import Foundation
import JobEngine
import LabServers
import Testing

@Suite("An engine whose journal is full", .timeLimit(.minutes(3)))
struct JobEngineFaultTests {
    private static func gated(_ runner: ToyRunner, _ job: String) -> Gate {
        let gate = Gate()
        runner.set(job) { _, _ in
            try await gate.wait()
            var facts = VaultFacts(vault: "main", observed: ManualWallClock.start)
            facts.snapshots = 9
            return RunResult(outcome: .succeeded, vaults: [facts])
        }
        return gate
    }

    @Test("what cannot be journaled does not begin, and the requester is told")
    func refused() async throws {
        let journal = MemoryJournal()
        let host = try EngineHost(journal: journal)
        try await host.run([try toyJob("nightly"), try toyJob("hourly", cron: "0 * * * *", catchUp: .seconds(3000))]) {
            _ = try await eventually { await host.engine.picture().lastTurn != nil }
            journal.isFull = true
            await #expect(throws: FullDisk.self) { try await host.engine.request("nightly", by: nil) }
            await #expect(throws: FullDisk.self) { try await host.engine.reload([], runner: host.runner) }
            let pause = Pause(job: "nightly", until: .distantFuture, reason: "", requester: nil, since: .distantPast)
            await #expect(throws: FullDisk.self) { try await host.engine.pause(pause) }
            try await host.pass(.seconds(3600))
            // It tries again and again, and says that it is late.
            _ = try await eventually {
                try await host.pass(.seconds(5))
                return await host.engine.picture().isLate
            }
            #expect(host.runner.begun == [])
            let picture = await host.engine.picture()
            // A restart would not help: the watchdog is told that it lives.
            #expect(picture.isTurning)
            #expect(picture.pauses.isEmpty && picture.runs.isEmpty && picture.jobs.count == 2)
            journal.isFull = false
            _ = try await eventually {
                try await host.pass(.seconds(5))
                return try host.journal.runs(of: "hourly", limit: 9).contains { $0.state == .ended(.succeeded) }
            }
            #expect(host.runner.begun == ["hourly"])
            _ = try await eventually { await !host.engine.picture().isLate }
        }
    }

    @Test("the end of a run that the journal could not take is told later, with what it learned of vaults")
    func toldLater() async throws {
        let journal = MemoryJournal()
        let host = try EngineHost(journal: journal)
        let gate = Self.gated(host.runner, "nightly")
        try await host.run([try toyJob("nightly")]) {
            let run = try await host.request("nightly")
            let events = try #require(await host.engine.events(of: run))
            _ = try await eventually { gate.waiting == 1 }
            journal.isFull = true
            gate.open()
            var last: RunEvent?
            for await event in events { last = event }
            guard case .ended(let record, _) = last else {
                Issue.record("the watcher was not told of the end")
                return
            }
            #expect(record.state == .ended(.succeeded))
            #expect(try await eventually { await host.engine.picture().untoldEnds > 0 })
            #expect(try host.journal.unfinishedRuns().map(\.id) == [run])
            #expect(await host.engine.picture().runs.isEmpty)
            journal.isFull = false
            _ = try await eventually {
                try await host.pass(.seconds(5))
                return await host.engine.picture().untoldEnds == 0
            }
            #expect(try host.journal.details(of: run)?.record.state == .ended(.succeeded))
            #expect(try host.journal.vaultFacts()["main"]?.snapshots == 9)
            #expect(try host.journal.unfinishedRuns() == [])
        }
    }

    @Test("an engine with a full journal stops all the same, and drops what waits")
    func stop() async throws {
        let journal = MemoryJournal()
        let host = try EngineHost(journal: journal)
        let gate = Self.gated(host.runner, "backup")
        try await host.engine.start([try toyJob("backup", .backup), try toyJob("gc", .gc)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await host.engine.run() }
            _ = try await host.request("backup")
            let waiting = try await host.request("gc")
            let events = try #require(await host.engine.events(of: waiting))
            _ = try await eventually { gate.waiting == 1 }
            journal.isFull = true
            await host.engine.stop()
            #expect(await host.engine.picture().isStopping)
            var last: RunEvent?
            for await event in events { last = event }
            if case .ended(let record, _) = last { #expect(record.state == .ended(.interrupted)) } else { Issue.record("no end") }
            gate.open()
            _ = try await eventually { await host.engine.picture().untoldEnds > 0 }
            let isOver = Shared(false)
            group.addTask { try await host.tick(until: isOver) }
            try await group.next()
            isOver.change { $0 = true }
            try await group.waitForAll()
        }
        #expect(host.runner.begun == ["backup"])
        // The next process finds both, and ends them.
        journal.isFull = false
        let next = try EngineHost(journal: journal, folder: host.folder)
        try await next.engine.start([])
        #expect(journal.unfinishedRuns() == [])
    }

    @Test("a journal that refuses any one commit loses no run and starts none twice", arguments: 1...9)
    func anyCommit(number: Int) async throws {
        let journal = MemoryJournal()
        let host = try EngineHost(journal: journal)
        host.runner.set("hourly") { _, recorder in
            await recorder.phase("work") {}
            return RunResult(outcome: .succeeded)
        }
        try await host.run([try toyJob("hourly", cron: "0 * * * *")]) {
            _ = try await eventually { await host.engine.picture().lastTurn != nil }
            journal.refuse(commit: number)
            for hour in 1...3 {
                _ = try await eventually {
                    try await host.pass(.seconds(10))
                    let isOver = host.timer.now.offset >= .seconds(hour * 3600 + 30)
                    let isQuiet = journal.unfinishedRuns().isEmpty
                    let untold = await host.engine.picture().untoldEnds
                    return isOver && isQuiet && untold == 0
                }
            }
            let runs = journal.runs(of: "hourly", limit: 99)
            #expect(runs.map(\.state) == Array(repeating: .ended(.succeeded), count: 3))
            #expect(Set(runs.compactMap(\.scheduledFor)).count == 3)
            #expect(host.runner.begun.count == 3)
        }
    }
}
