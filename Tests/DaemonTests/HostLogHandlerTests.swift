import Daemon
import Foundation
import JobEngine
import Logging
import Synchronization
import Testing

@Suite("the log of the host")
struct HostLogHandlerTests {
    private struct Fixed: WallClock {
        let now = Date(timeIntervalSince1970: 1_795_000_000)
    }

    /// Collects what is written.
    private final class Lines: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ line: String) { all.withLock { $0.append(line) } }
        var text: [String] { all.withLock { $0 } }
    }

    private func logged(isJournal: Bool, _ write: (Logger) -> Void) -> [String] {
        let lines = Lines()
        var handler = HostLogHandler(isJournal: isJournal, wallclock: Fixed(), write: { lines.add($0) })
        handler[metadataKey: "job.name"] = "backup"
        write(Logger(label: "test") { _ in handler })
        return lines.text
    }

    @Test(
        "for the host's journal each level has its priority",
        arguments: [(Logger.Level.info, "<6>"), (.notice, "<5>"), (.warning, "<4>"), (.error, "<3>"), (.critical, "<2>")])
    func priority(level: Logger.Level, head: String) {
        let lines = logged(isJournal: true) { $0.log(level: level, "run finished") }
        #expect(lines == ["\(head)run finished job.name=backup\n"])
    }

    @Test("elsewhere the time and the level stand in front")
    func time() {
        let lines = logged(isJournal: false) { $0.notice("run finished", metadata: ["run.outcome": "failed"]) }
        #expect(lines == ["2026-11-18T11:06:40Z notice run finished job.name=backup run.outcome=failed\n"])
    }

    @Test("debug records are dropped")
    func debug() {
        #expect(logged(isJournal: true) { $0.debug("phase finished") }.isEmpty)
    }

    @Test("a newline in a value makes no second record, and a value with blanks is quoted")
    func newline() {
        let lines = logged(isJournal: true) { $0.error("run finished", metadata: ["run.failure": "one\n<0>two"]) }
        #expect(lines == ["<3>run finished job.name=backup run.failure=\"one <0>two\"\n"])
    }

    @Test("what goes with one record replaces what goes with all")
    func own() {
        let lines = logged(isJournal: true) { $0.notice("x", metadata: ["job.name": "gc"]) }
        #expect(lines == ["<5>x job.name=gc\n"])
    }
}
