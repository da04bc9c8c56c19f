import Foundation
import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("process locks")
struct ProcessLockTests {
    private let folder: TemporaryFolder
    private let path: FilePath

    init() throws {
        folder = try TemporaryFolder("process-lock")
        path = FilePath(folder.file("lock"))
    }

    @Test("a held lock refuses a second holder as busy and names the first")
    func secondHolder() throws {
        let lock = try ProcessLock(path, holder: "run 1")
        let failure = #expect(throws: LocalIOError.self) { _ = try ProcessLock(path, holder: "run 2") }
        #expect(failure?.code == .busy)
        #expect(failure?.isRetryable == true)
        #expect(ProcessLock.holder(of: path) == "run 1")
        _ = consume lock
    }

    @Test("a released lock can be taken again, and the shorter name of its new holder replaces the longer one")
    func takenAgain() throws {
        do { _ = try ProcessLock(path, holder: "a run with a long name") }
        let lock = try ProcessLock(path, holder: "short")
        #expect(ProcessLock.holder(of: path) == "short")
        _ = consume lock
    }

    @Test("a lock that another process holds is busy here, and free once that process ends")
    func otherProcess() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Program.located("flock"))
        // `cat` lives until its input is closed; flock(1) keeps the lock as long as it.
        process.arguments = ["--no-fork", path.string, "sh", "-c", "echo held; exec cat"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
        let failure = #expect(throws: LocalIOError.self) { _ = try ProcessLock(path, holder: "us") }
        #expect(failure?.code == .busy)
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        let lock = try ProcessLock(path, holder: "us")
        _ = consume lock
    }

    @Test("our lock is seen by another process")
    func seenByOthers() throws {
        let lock = try ProcessLock(path, holder: "us")
        #expect(try Program.run("flock", ["--nonblock", path.string, "true"]).status == 1)
        _ = consume lock
        #expect(try Program.run("flock", ["--nonblock", path.string, "true"]).status == 0)
    }

    @Test("a symbolic link in the lock's place is refused")
    func link() throws {
        try Program.succeed("ln", ["-s", "elsewhere", path.string])
        #expect(throws: LocalIOError.self) { _ = try ProcessLock(path, holder: "us") }
        #expect(!Folder.exists(FilePath(folder.file("elsewhere"))))
    }

    @Test("a lock nobody ever took has no holder")
    func noHolder() { #expect(ProcessLock.holder(of: path) == nil) }
}
