import Foundation
import JobEngine
import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("A run without a daemon", .timeLimit(.minutes(3)))
struct LoneRunTests {
    private static let ops = Requester(uid: 1, name: "ops")

    private static func lone(_ host: EngineHost) -> LoneRun {
        LoneRun(
            journal: host.journal, runner: host.runner, stateDirectory: host.stateDirectory, daemonLock: daemonLock(host),
            wallclock: host.wall,
            clock: host.timer, logger: EngineHost.silent)
    }

    private static func daemonLock(_ host: EngineHost) -> FilePath { host.stateDirectory.appending("locks").appending("daemon.lock") }

    private static func left(_ job: String, _ kind: JobKind, vault: String) -> RunRecord {
        RunRecord(
            id: RunID(startingAt: ManualWallClock.start), job: job, kind: kind, vault: vault, trigger: .schedule,
            admitted: ManualWallClock.start)
    }

    @Test("is journaled from its admission to its end", arguments: JournalKind.allCases)
    func journaled(_ kind: JournalKind) async throws {
        let host = try EngineHost(kind)
        host.runner.set("nightly") { run, recorder in
            let record = try host.journal.details(of: run)?.record
            #expect(record?.state == .running && record?.requester == Self.ops)
            recorder.add("new_blobs", 4)
            return RunResult(outcome: .partial)
        }
        let (record, report) = try await Self.lone(host).run(try toyJob("nightly"), requester: Self.ops, progress: SilentProgress())
        #expect(record.state == .ended(.partial) && record.exitCode == 2 && record.trigger == .manual)
        #expect(report.numbers == ["new_blobs": 4])
        #expect(try host.journal.details(of: record.id)?.record == record)
        #expect(try host.journal.unfinishedRuns() == [])
    }

    @Test("a failure is in the record, and not thrown")
    func failure() async throws {
        let host = try EngineHost()
        host.runner.set("nightly") { _, _ in throw ToyError() }
        let (record, _) = try await Self.lone(host).run(try toyJob("nightly"), requester: Self.ops, progress: SilentProgress())
        #expect(record.state == .ended(.failed) && record.exitCode == 4 && record.failure == "the toy broke")
    }

    @Test("is refused while a run of the job, or one that excludes it, is under way in another process")
    func busy() async throws {
        let host = try EngineHost()
        let other = Self.left("prune", .prune, vault: "main")
        try host.journal.commit([.admitted(other, findings: []), .began(other.id, at: ManualWallClock.start)])
        let lock = try RunLock(job: "prune", run: other.id, stateDirectory: host.stateDirectory)
        for name in ["prune", "nightly"] {
            let job = try toyJob(name, .backup, vault: "main")
            let busy = await #expect(throws: JobBusy.self) {
                _ = try await Self.lone(host).run(job, requester: Self.ops, progress: SilentProgress())
            }
            #expect(busy?.job == "prune" && busy?.run == other.id.description)
        }
        let free = try toyJob("copy", .backup, vault: "copy")
        let (record, _) = try await Self.lone(host).run(free, requester: Self.ops, progress: SilentProgress())
        #expect(record.state == .ended(.succeeded))
        #expect(try host.journal.unfinishedRuns().map(\.id) == [other.id])
        withExtendedLifetime(lock) {}
    }

    @Test("is refused while a daemon lives, and leaves nothing behind")
    func daemon() async throws {
        let host = try EngineHost()
        try Folder.make(host.stateDirectory.appending("locks"))
        let daemon = try ProcessLock(Self.daemonLock(host), holder: "daemon")
        let job = try toyJob("nightly")
        await #expect(throws: RunFailure.self) {
            _ = try await Self.lone(host).run(job, requester: Self.ops, progress: SilentProgress())
        }
        withExtendedLifetime(daemon) {}
        #expect(try host.journal.runs(of: nil, limit: 9) == [] && host.runner.begun == [])
    }

    @Test("ends what a dead process left, and does not wait for it")
    func leftovers() async throws {
        let host = try EngineHost(.sqlite)
        let dead = Self.left("nightly", .backup, vault: "main")
        try host.journal.commit([.admitted(dead, findings: []), .began(dead.id, at: ManualWallClock.start)])
        let job = try toyJob("nightly", .backup, vault: "main")
        let (record, _) = try await Self.lone(host).run(job, requester: Self.ops, progress: SilentProgress())
        #expect(record.state == .ended(.succeeded))
        #expect(try host.journal.details(of: dead.id)?.record.state == .ended(.interrupted))
    }

    @Test("a daemon that starts meanwhile waits for it")
    func besideDaemon() async throws {
        let host = try EngineHost(.sqlite)
        let gate = Gate()
        host.runner.set("nightly") { _, _ in
            try await gate.wait()
            return RunResult(outcome: .succeeded)
        }
        let job = try toyJob("nightly", .backup, vault: "main")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await Self.lone(host).run(job, requester: Self.ops, progress: SilentProgress()) }
            _ = try await eventually { gate.waiting == 1 }
            try await host.run([job, try toyJob("gc", .gc)]) {
                let lone = try #require(try host.journal.unfinishedRuns().first)
                #expect(try await host.engine.request("nightly", by: nil) == .underWay(lone.id))
                let gc = try await host.request("gc")
                gate.open()
                _ = try await eventually {
                    try await host.pass(JobEngine.longestRest)
                    return try host.journal.details(of: gc)?.record.state.outcome != nil
                }
                #expect(try host.journal.details(of: lone.id)?.record.state == .ended(.succeeded))
                #expect(host.runner.begun == ["nightly", "gc"])
            }
            try await group.waitForAll()
        }
    }
}
