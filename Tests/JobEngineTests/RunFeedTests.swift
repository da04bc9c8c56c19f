import Foundation
import JobEngine
import Testing

@Suite("Watching a run")
struct RunFeedTests {
    private static let record = RunRecord(
        id: RunID(startingAt: BoardScript.midnight), job: "nightly", kind: .backup, vault: nil, trigger: .manual,
        admitted: BoardScript.midnight, state: .ended(.succeeded))

    private static func end(_ feed: RunFeed) {
        feed.publish(.ended(record, RunReport(run: record.id, job: "nightly", kind: "backup", started: BoardScript.midnight)))
    }

    private static func words(_ event: RunEvent) -> String {
        switch event {
        case .waiting(let reason): "waiting: \(reason)"
        case .began: "began"
        case .phaseBegan(let name, let total): "phase \(name) of \(total.map { "\($0)" } ?? "?")"
        case .advanced(let phase, let bytes, let items): "\(phase): \(bytes) bytes, \(items) items"
        case .phaseEnded(let phase): "end of \(phase.name)"
        case .ended(let record, _): "ended \(record.job)"
        }
    }

    private static func all(_ stream: AsyncStream<RunEvent>) async -> [String] {
        var all: [String] = []
        for await event in stream { all.append(words(event)) }
        return all
    }

    @Test("a watcher sees everything in order, and the stream ends with the run")
    func order() async {
        let clock = ManualClock()
        let feed = RunFeed(clock: clock)
        let watcher = feed.events()
        feed.publish(.waiting("for its turn"))
        feed.publish(.began(BoardScript.midnight))
        feed.begin(phase: "blobs", totalBytes: 10)
        #expect(feed.currentPhase == "blobs")
        clock.advance(by: .seconds(1))
        feed.advance(bytes: 4, items: 1)
        feed.advance(bytes: 4, items: 1)
        clock.advance(by: .seconds(1))
        feed.advance(bytes: 2, items: 1)
        feed.end(PhaseReport(name: "blobs", seconds: 2, bytes: 10, items: 3))
        #expect(feed.currentPhase == nil)
        Self.end(feed)
        #expect(
            await Self.all(watcher) == [
                "waiting: for its turn", "began", "phase blobs of 10", "blobs: 4 bytes, 1 items", "blobs: 10 bytes, 3 items",
                "end of blobs",
                "ended nightly",
            ])
    }

    @Test("a watcher that comes late sees what has happened, and where the run stands")
    func late() async {
        let feed = RunFeed(clock: ManualClock())
        feed.publish(.began(BoardScript.midnight))
        feed.begin(phase: "inventory", totalBytes: nil)
        feed.end(PhaseReport(name: "inventory", seconds: 1, bytes: 0, items: 0))
        feed.begin(phase: "blobs", totalBytes: nil)
        feed.advance(bytes: 5, items: 1)
        let watcher = feed.events()
        feed.end(PhaseReport(name: "blobs", seconds: 1, bytes: 5, items: 1))
        Self.end(feed)
        #expect(
            await Self.all(watcher) == [
                "began", "end of inventory", "phase blobs of ?", "blobs: 5 bytes, 1 items", "end of blobs", "ended nightly",
            ])
    }

    @Test("a watcher that comes after the end sees it all at once")
    func afterwards() async {
        let feed = RunFeed(clock: ManualClock())
        feed.publish(.began(BoardScript.midnight))
        Self.end(feed)
        #expect(await Self.all(feed.events()) == ["began", "ended nightly"])
    }

    @Test("a watcher that does not keep up loses pictures of progress and never the end")
    func slow() async {
        let clock = ManualClock()
        let feed = RunFeed(clock: clock)
        let watcher = feed.events()
        feed.publish(.began(BoardScript.midnight))
        feed.begin(phase: "blobs", totalBytes: nil)
        for _ in 0..<5_000 {
            clock.advance(by: .seconds(1))
            feed.advance(bytes: 1, items: 1)
        }
        Self.end(feed)
        let seen = await Self.all(watcher)
        #expect(seen.count < 1_000)
        #expect(seen.suffix(2) == ["blobs: 5000 bytes, 5000 items", "ended nightly"])
    }

    @Test("watchers that come and go while a run races on all see its end", .timeLimit(.minutes(2)))
    func manyWatchers() async {
        let clock = ManualClock()
        let feed = RunFeed(clock: clock)
        let ends = await withTaskGroup(of: String?.self) { group in
            for number in 0..<100 {
                group.addTask {
                    for _ in 0..<number % 7 { await Task.yield() }
                    // Every fifth looks once and leaves.
                    if number % 5 == 0 {
                        for await _ in feed.events() { break }
                        return nil
                    }
                    return await Self.all(feed.events()).last
                }
            }
            group.addTask {
                feed.publish(.began(BoardScript.midnight))
                for phase in 0..<50 {
                    feed.begin(phase: "p\(phase)", totalBytes: nil)
                    clock.advance(by: .seconds(1))
                    feed.advance(bytes: 1, items: 1)
                    feed.end(PhaseReport(name: "p\(phase)", seconds: 1, bytes: 1, items: 1))
                    await Task.yield()
                }
                Self.end(feed)
                return nil
            }
            return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
        }
        #expect(ends == Array(repeating: "ended nightly", count: 80))
    }
}
