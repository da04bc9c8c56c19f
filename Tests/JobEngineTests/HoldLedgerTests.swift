import Foundation
import JobEngine
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
        for number in 1...3 { try await ledger.take("gc", for: Self.run(number)) { made.change { $0 += 1 } } }
        #expect(made.value == 1)
        #expect(try Set(host.journal.holds().map(\.run)) == Set((1...3).map(Self.run)))
        try await ledger.release("gc", for: Self.run(2))
        try await ledger.release("gc", for: Self.run(2))
        try await ledger.release("gc", for: Self.run(1))
        #expect(host.runner.undone == [])
        try await ledger.release("gc", for: Self.run(3))
        #expect(host.runner.undone == ["gc"])
        #expect(try host.journal.holds() == [])
        try await ledger.take("gc", for: Self.run(4)) { made.change { $0 += 1 } }
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
                }
            }
            _ = try await eventually { gate.waiting == 1 }
            group.addTask {
                try await ledger.take("gc", for: Self.run(2)) { order.change { $0.append("made again") } }
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
        try await fails.take("gc", for: Self.run(2)) { order.change { $0.append("made after failure") } }
        #expect(order.value.last == "made after failure")
    }

    @Test("one that a dead process journaled is made again, since nobody knows whether it ever was")
    func leftover() async throws {
        let host = try EngineHost()
        try host.journal.commit([.holdTaken(Hold(name: "gc", run: Self.run(9), since: ManualWallClock.start))])
        let ledger = Self.ledger(host)
        let made = Shared(0)
        try await ledger.take("gc", for: Self.run(1)) { made.change { $0 += 1 } }
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
}
