import JobEngine
import Testing

@Suite("The doorbell", .timeLimit(.minutes(3)))
struct DoorbellTests {
    @Test("a ring before the wait lets it pass, once")
    func kept() async throws {
        let bell = Doorbell()
        bell.ring()
        bell.ring()
        await bell.wait()
        let passed = Shared(false)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await bell.wait()
                passed.change { $0 = true }
            }
            for _ in 0..<200 { await Task.yield() }
            #expect(!passed.value)
            bell.ring()
        }
        #expect(passed.value)
    }

    @Test("no ring is lost between two tasks that pass a number to and fro")
    func pingPong() async {
        let (there, back) = (Doorbell(), Doorbell())
        let count = Shared(0)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<20_000 {
                    there.ring()
                    await back.wait()
                }
            }
            group.addTask {
                for _ in 0..<20_000 {
                    await there.wait()
                    count.change { $0 += 1 }
                    back.ring()
                }
            }
        }
        #expect(count.value == 20_000)
    }

    @Test("one that waits sees all that was done before the last of many rings")
    func manyRingers() async {
        let bell = Doorbell()
        let count = Shared(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<2_000 {
                        count.change { $0 += 1 }
                        bell.ring()
                    }
                }
            }
            group.addTask {
                while count.value < 16_000 { await bell.wait() }
            }
        }
        #expect(count.value == 16_000)
    }

    @Test("cancellation wakes the one that waits, whenever it comes, and leaves a bell that works")
    func cancellation() async {
        let bell = Doorbell()
        for number in 0..<3_000 {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await bell.wait() }
                for _ in 0..<number % 4 { await Task.yield() }
                group.cancelAll()
            }
        }
        // A cancellation that found nobody waiting may have left one ring.
        bell.ring()
        await bell.wait()
        let ringer = Doorbell()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.wait() }
            group.addTask {
                await ringer.wait()
                bell.ring()
            }
            ringer.ring()
        }
    }

    @Test("cancellation and a ring at the same moment wake it once, and do no harm")
    func both() async {
        for _ in 0..<3_000 {
            let bell = Doorbell()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await bell.wait() }
                group.addTask { bell.ring() }
                group.cancelAll()
            }
        }
    }
}
