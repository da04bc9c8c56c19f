import Assembly
import Daemon
import Foundation
import Glibc
import JobEngine
import SystemPackage
import Testing

/// The lock of a daemon, held by this process.
private final class HeldLock {
    private let descriptor: Int32

    init(_ host: ControlHost, holder: String) throws {
        try FileManager.default.createDirectory(atPath: host.state.string, withIntermediateDirectories: true)
        let path = host.state.appending("daemon.lock").string
        try "\(holder)\n".write(toFile: path, atomically: true, encoding: .utf8)
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    }

    func free() { flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }
}

@Suite("a daemon that lives and does not answer")
struct SilentDaemonTests {
    private let host: ControlHost
    private let holder = "opsd serve, process \(getpid())"
    private var problem: String { "\(holder), runs and does not answer at \(host.socket)" }
    private var path: FilePath { host.state.appending("daemon.lock") }

    init() throws { host = try ControlHost() }

    @Test("status, jobs and runs say so, and show what the journal knows")
    func reading() async throws {
        try host.end(ControlHost.record(1, .ended(.succeeded)))
        let lock = try HeldLock(host, holder: holder)
        for command in ["status", "jobs", "runs"] {
            let spoken = await host.opsd(command)
            #expect(spoken.status == 0 && spoken.output.contains("backup"), "\(command): \(spoken.errors)")
            #expect(spoken.errors == "opsd: \(problem), so this is from the journal. Hint: systemctl restart opsd\n")
            #expect(!spoken.output.contains("NO DAEMON") && !spoken.output.contains("no daemon"))
        }
        let status = await host.opsd("status")
        #expect(status.output.hasPrefix("THE DAEMON DOES NOT ANSWER: \(problem). This is what the journal says"))
        #expect(status.output.contains("\n  \(problem). Hint: systemctl restart opsd\n"))
        lock.free()
        #expect(await host.opsd("status").output.hasPrefix("NO DAEMON IS RUNNING. "))
        #expect(try String(contentsOfFile: path.string, encoding: .utf8) == "\(holder)\n")
    }

    @Test(
        "nothing is done beside it",
        arguments: [["run-now", "audit"], ["pause", "backup", "--until", "2h"], ["resume", "backup"], ["cancel", "2026"]])
    func acting(words: [String]) async throws {
        let lock = try HeldLock(host, holder: holder)
        let spoken = await Spoken.opsd(words + ["--config", host.host.configurationFile])
        withExtendedLifetime(lock) {}
        #expect(spoken.status == 69 && spoken.output.isEmpty)
        #expect(spoken.errors == "opsd: \(problem). Hint: systemctl restart opsd\n")
        #expect(!FileManager.default.fileExists(atPath: host.state.appending("journal.sqlite").string))
    }

    @Test("a command that holds the lock for a moment, or a process that is gone, is no daemon")
    func others() throws {
        let lock = try HeldLock(host, holder: "a command without a daemon")
        #expect(SilentDaemon.holding(path, socket: "/s") == nil)
        try "opsd serve, process 999999999\n".write(toFile: path.string, atomically: false, encoding: .utf8)
        #expect(SilentDaemon.holding(path, socket: "/s") == nil)
        try "\(holder)\n".write(toFile: path.string, atomically: false, encoding: .utf8)
        #expect(SilentDaemon.holding(path, socket: "/s")?.problem == "\(holder), runs and does not answer at /s")
        withExtendedLifetime(lock) {}
        #expect(SilentDaemon.holding("/nonexistent/daemon.lock", socket: "/s") == nil)
    }

    @Test("a pause waits for nobody: a lock that a command holds is said, with 69")
    func locked() async throws {
        let lock = try HeldLock(host, holder: "20260101T000100Z-00000001")
        let spoken = await host.opsd("pause", "backup", "--until", "2h")
        withExtendedLifetime(lock) {}
        #expect(spoken.status == 69 && spoken.errors.contains("20260101T000100Z-00000001 uses the journal"), "\(spoken.errors)")
    }
}
