import Foundation
import JobEngine
import SystemPackage
import Testing

@Suite("Holds", .timeLimit(.minutes(3)))
struct HoldLedgerTests {
    private static func run(_ number: Int) -> RunID { NumberedIDs.run(number) }

    private static func ledger(_ host: EngineHost) -> HoldLedger {
        HoldLedger(journal: host.journal, runner: host.runner, wallclock: host.wall, logger: EngineHost.silent)
    }

    @Test("is made with the first run and undone with the last", arguments: JournalKind.allCases)
    func counting(_ kind: JournalKind) async throws {
        let host = try EngineHost(kind)
        let ledger = Self.ledger(host)
        let made = Shared(0)
        for number in 1...3 {
            try await ledger.take("gc", for: Self.run(number)) {
                made.change { $0 += 1 }
                return true
            }
        }
        #expect(made.value == 1)
        #expect(try Set(host.journal.holds().map(\.run)) == Set((1...3).map(Self.run)))
        try await ledger.release("gc", for: Self.run(2))
        try await ledger.release("gc", for: Self.run(2))
        try await ledger.release("gc", for: Self.run(1))
        #expect(host.runner.undone == [])
        try await ledger.release("gc", for: Self.run(3))
        #expect(host.runner.undone == ["gc"])
        #expect(try host.journal.holds() == [])
        try await ledger.take("gc", for: Self.run(4)) {
            made.change { $0 += 1 }
            return true
        }
        #expect(made.value == 2)
    }

    @Test("stands in the journal before it is made, and until it is undone")
    func journaled() async throws {
        let host = try EngineHost()
        let ledger = Self.ledger(host)
        await #expect(throws: ToyError.self) {
            try await ledger.take("gc", for: Self.run(1)) {
                #expect(try host.journal.holds().count == 1)
                throw ToyError()
            }
        }
        #expect(try host.journal.holds().map(\.run) == [Self.run(1)])
        host.runner.failUndo(times: 1)
        await #expect(throws: ToyError.self) { try await ledger.release("gc", for: Self.run(1)) }
        #expect(try host.journal.holds().count == 1)
        try await ledger.release("gc", for: Self.run(1))
        #expect(try host.journal.holds() == [])
    }

    @Test("is not believed in while the first run still makes it, or where making it failed")
    func beingMade() async throws {
        let host = try EngineHost()
        let ledger = Self.ledger(host)
        let gate = Gate()
        let order = Shared<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await ledger.take("gc", for: Self.run(1)) {
                    try await gate.wait()
                    order.change { $0.append("made") }
                    return true
                }
            }
            _ = try await eventually { gate.waiting == 1 }
            group.addTask {
                try await ledger.take("gc", for: Self.run(2)) {
                    order.change { $0.append("made again") }
                    return true
                }
                order.change { $0.append("second goes on") }
            }
            for _ in 0..<100 { await Task.yield() }
            #expect(order.value == [])
            gate.open()
            try await group.waitForAll()
        }
        #expect(order.value == ["made", "second goes on"])
        let fails = Self.ledger(try EngineHost())
        _ = try? await fails.take("gc", for: Self.run(1)) { throw ToyError() }  // the failure is the point
        try await fails.take("gc", for: Self.run(2)) {
            order.change { $0.append("made after failure") }
            return true
        }
        #expect(order.value.last == "made after failure")
    }

    @Test("one that a dead process journaled is made again, since nobody knows whether it ever was")
    func leftover() async throws {
        let host = try EngineHost()
        try host.journal.commit([.holdTaken(Hold(name: "gc", run: Self.run(9), since: ManualWallClock.start))])
        let ledger = Self.ledger(host)
        let made = Shared(0)
        try await ledger.take("gc", for: Self.run(1)) {
            made.change { $0 += 1 }
            return true
        }
        #expect(made.value == 1)
        await ledger.undoLeftovers(clock: host.timer) { $0.run == Self.run(1) }
        #expect(host.runner.undone == [])
        #expect(try host.journal.holds().map(\.run) == [Self.run(1)])
    }

    @Test("those of dead runs are undone at the start, again and again until it works")
    func leftovers() async throws {
        let host = try EngineHost()
        try host.journal.commit([
            .holdTaken(Hold(name: "gc", run: Self.run(8), since: ManualWallClock.start)),
            .holdTaken(Hold(name: "gc", run: Self.run(9), since: ManualWallClock.start)),
        ])
        host.runner.failUndo(times: 3)
        let ledger = Self.ledger(host)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ledger.undoLeftovers(clock: host.timer) { _ in false } }
            try await Self.expectUndos(1, then: 5, host)
            host.timer.advance(by: .seconds(5))
            try await Self.expectUndos(2, then: 15, host)
            host.timer.advance(by: .seconds(10))
            try await Self.expectUndos(3, then: 35, host)
            host.timer.advance(by: .seconds(20))
            try await group.waitForAll()
        }
        #expect(try host.journal.holds() == [])
        // The two were of one hold: the first was only forgotten.
        #expect(host.runner.undone.count == 4)
    }

    @Test("an engine that starts undoes those of dead runs")
    func engine() async throws {
        let host = try EngineHost(.sqlite)
        try host.journal.commit([.holdTaken(Hold(name: "gc", run: Self.run(8), since: ManualWallClock.start))])
        try await host.run([]) {
            _ = try await eventually { try host.journal.holds().isEmpty }
        }
        #expect(host.runner.undone == ["gc"])
        #expect(try host.journal.holds() == [])
    }

    /// That many tries, and a sleep until that second before the next.
    private static func expectUndos(_ count: Int, then second: Int, _ host: EngineHost) async throws {
        let isAsleep = try await eventually { host.timer.deadlines.contains(.seconds(second)) }
        #expect(isAsleep && host.runner.undone.count == count)
    }

    @Test("two processes take turns: what one makes, the other waits for, and makes anew what was undone meanwhile")
    func processes() async throws {
        let host = try EngineHost(.sqlite)
        let lock = HoldLock(stateDirectory: host.stateDirectory, clock: host.timer)
        let ledgers = (1...2).map { _ in
            HoldLedger(journal: host.journal, runner: host.runner, lock: lock, wallclock: host.wall, logger: EngineHost.silent)
        }
        let gate = Gate()
        let made = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await ledgers[0].take("gc", for: Self.run(1)) {
                    try await gate.wait()
                    made.change { $0.append(1) }
                    return true
                }
            }
            _ = try await eventually { gate.waiting == 1 }
            group.addTask {
                try await ledgers[1].take("gc", for: Self.run(2)) {
                    made.change { $0.append(2) }
                    return true
                }
            }
            _ = try await eventually { !host.timer.deadlines.isEmpty }
            #expect(try host.journal.holds().map(\.run) == [Self.run(1)])
            gate.open()
            try await group.next()
            host.timer.advance(by: .seconds(1))
            try await group.waitForAll()
        }
        #expect(made.value == [1, 2])
        try await ledgers[0].release("gc", for: Self.run(1))
        #expect(host.runner.undone == [])
        try await ledgers[1].release("gc", for: Self.run(2))
        #expect(host.runner.undone == ["gc"])
        try await ledgers[0].take("gc", for: Self.run(3)) {
            made.change { $0.append(3) }
            return true
        }
        #expect(made.value == [1, 2, 3])
    }

    @Test("takers and releasers in a crowd leave nothing behind, and undo only what nobody holds", arguments: [4])
    func crowd(rounds: Int) async throws {
        let host = try EngineHost()
        let ledger = Self.ledger(host)
        let isMade = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...50 {
                group.addTask {
                    for _ in 0..<rounds {
                        try await ledger.take("gc", for: Self.run(number)) {
                            await Task.yield()
                            isMade.change { $0 = true }
                            return true
                        }
                        #expect(isMade.value)
                        await Task.yield()
                        try await ledger.release("gc", for: Self.run(number))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try host.journal.holds() == [])
        #expect(host.runner.undone.count >= 1)
    }

    @Test("one that was not made after all stands in no journal, and is asked for again by the next run")
    func notMade() async throws {
        let host = try EngineHost()
        let ledger = Self.ledger(host)
        #expect(try await !ledger.take("gc", for: Self.run(1)) { false })
        #expect(try host.journal.holds() == [])
        try await ledger.release("gc", for: Self.run(1))
        #expect(host.runner.undone == [])
        #expect(try await ledger.take("gc", for: Self.run(2)) { true })
        let isKnown = try await ledger.isJournaled("gc")
        let isOther = try await ledger.isJournaled("other")
        #expect(isKnown && !isOther)
    }

    @Test("is let go also by a task that is cancelled, and no longer than the limit")
    func cancelled() async throws {
        let host = try EngineHost()
        let ledger = Self.ledger(host)
        try await ledger.take("gc", for: Self.run(1)) { true }
        let isReleased = await withTaskGroup(of: Bool.self) { group in
            group.cancelAll()
            group.addTask {
                do {
                    try await ledger.releaseInAnyCase("gc", for: Self.run(1), limit: .seconds(30), clock: host.timer)
                    return Task.isCancelled
                } catch { return false }
            }
            return await group.next() ?? false
        }
        #expect(isReleased && host.runner.undone == ["gc"])
        #expect(try host.journal.holds() == [])
    }

    @Test("what a run could not release is undone by its engine while it goes on")
    func failedRelease() async throws {
        let host = try EngineHost(.sqlite)
        host.runner.setHolding("nightly") { run, holds in
            try await holds.take("gc", for: run) { true }
            host.runner.failUndo(times: 2)
            do {
                try await holds.release("gc", for: run)
            } catch {
                return RunResult(outcome: .partial)
            }
            return RunResult(outcome: .succeeded)
        }
        try await host.run([try toyJob("nightly")]) {
            let record = try await host.ended(try await host.request("nightly"))
            #expect(record?.state == .ended(.partial))
            let isUndone = try await eventually {
                host.timer.advance(by: .milliseconds(100))
                return try host.journal.holds().isEmpty
            }
            #expect(isUndone && host.runner.undone == ["gc", "gc", "gc"])
        }
    }

    @Test("runs of one engine share it: it is undone with the last of them")
    func sharedByRuns() async throws {
        let host = try EngineHost(.sqlite)
        let gate = Gate()
        let made = Shared(0)
        let work: ToyRunner.HoldingWork = { run, holds in
            try await holds.take("gc", for: run) {
                made.change { $0 += 1 }
                return true
            }
            try await gate.wait()
            try await holds.release("gc", for: run)
            return RunResult(outcome: .succeeded)
        }
        for job in ["one", "two"] { host.runner.setHolding(job, work) }
        let jobs = [try toyJob("one", .backup, vault: "a"), try toyJob("two", .backup, vault: "b")]
        try await host.run(jobs) {
            let runs = [try await host.request("one"), try await host.request("two")]
            _ = try await eventually { gate.waiting == 2 }
            #expect(try host.journal.holds().count == 2 && made.value == 1)
            gate.open()
            for run in runs { #expect(try await host.ended(run)?.state == .ended(.succeeded)) }
        }
        #expect(host.runner.undone == ["gc"])
    }

    @Test("a run without a daemon lets go of what a dead one held, and not of what a living one holds")
    func loneRun() async throws {
        let host = try EngineHost(.sqlite)
        let living = RunRecord(
            id: Self.run(7), job: "other", kind: .verify, vault: nil, trigger: .manual, admitted: ManualWallClock.start, state: .running)
        try host.journal.commit([
            .admitted(living, findings: []), .holdTaken(Hold(name: "kept", run: living.id, since: ManualWallClock.start)),
            .holdTaken(Hold(name: "gc", run: Self.run(8), since: ManualWallClock.start)),
        ])
        let lock = try RunLock(job: "other", run: living.id, stateDirectory: host.stateDirectory)
        let alone = LoneRun(
            journal: host.journal, runner: host.runner, stateDirectory: host.stateDirectory,
            daemonLock: host.stateDirectory.appending("daemon.lock"), wallclock: host.wall, clock: host.timer, logger: EngineHost.silent)
        host.runner.setHolding("nightly") { run, holds in
            #expect(host.runner.undone == ["gc"])
            try await holds.take("own", for: run) { true }
            return RunResult(outcome: .succeeded)
        }
        let (record, _) = try await alone.run(try toyJob("nightly"), requester: Requester(uid: 1, name: nil), progress: SilentProgress())
        #expect(record.state == .ended(.succeeded) && host.runner.undone == ["gc", "own"])
        #expect(try host.journal.holds().map(\.name) == ["kept"])
        withExtendedLifetime(lock) {}
    }
}
