import Foundation
import JobEngine
import LabServers
import SystemPackage
import Testing

@Suite("the lock of a job")
struct RunLockTests {
    private let folder: TemporaryFolder
    private let first = RunID(startingAt: Date(timeIntervalSince1970: 1_767_225_600))
    private let second = RunID(startingAt: Date(timeIntervalSince1970: 1_767_225_700))

    init() throws { folder = try TemporaryFolder("opsd-lock") }

    private var state: FilePath { FilePath(folder.file("state")) }

    /// Whom the lock names as its holder; nil where it was free.
    private func refusal(of job: String) throws -> JobBusy? {
        do {
            _ = try RunLock(job: job, run: second, stateDirectory: state)
            return nil
        } catch let busy as JobBusy {
            return busy
        }
    }

    @Test("a second run of a job is refused and told which run is under way")
    func busy() throws {
        let lock = try RunLock(job: "backup", run: first, stateDirectory: state)
        let busy = try withExtendedLifetime(lock) { try refusal(of: "backup") }
        #expect(busy?.job == "backup" && busy?.run == "\(first)")
        #expect(busy.map { "\($0)" }?.contains("run \(first) of job 'backup' is under way") == true)
    }

    @Test("the refused run leaves the holder's name, and the lock, as they were")
    func refusedTwice() throws {
        let lock = try RunLock(job: "backup", run: first, stateDirectory: state)
        let refusals = try withExtendedLifetime(lock) { [try refusal(of: "backup"), try refusal(of: "backup")] }
        #expect(refusals.map { $0?.run } == ["\(first)", "\(first)"])
    }

    @Test("the lock is free again when its run has ended")
    func freed() throws {
        do {
            let lock = try RunLock(job: "backup", run: first, stateDirectory: state)
            let refusal = try withExtendedLifetime(lock) { try self.refusal(of: "backup") }
            #expect(refusal != nil)
        }
        #expect(try refusal(of: "backup") == nil)
    }

    @Test("jobs of different names and hosts of different state do not hinder each other")
    func independent() throws {
        let lock = try RunLock(job: "backup", run: first, stateDirectory: state)
        let other = FilePath(folder.file("other"))
        let refusal = try withExtendedLifetime(lock) {
            _ = try RunLock(job: "backup", run: second, stateDirectory: other)
            return try self.refusal(of: "backup-database")
        }
        #expect(refusal == nil)
    }

    @Test(
        "another process is kept out while the run lasts, and let in afterwards",
        .enabled(if: Program.find("flock") != nil, "flock is not installed"))
    func otherProcess() throws {
        let path = state.appending("locks/backup.lock").string
        do {
            let lock = try RunLock(job: "backup", run: first, stateDirectory: state)
            let answer = try withExtendedLifetime(lock) { try Program.run("flock", ["--nonblock", path, "true"]) }
            #expect(answer.status == 1)
        }
        #expect(try Program.run("flock", ["--nonblock", path, "true"]).status == 0)
    }

    @Test("the name that a run left behind does not keep the next one out")
    func leftName() throws {
        do { _ = try RunLock(job: "backup", run: first, stateDirectory: state) }
        #expect(try String(contentsOfFile: state.appending("locks/backup.lock").string, encoding: .utf8) == "\(first)\n")
        #expect(try refusal(of: "backup") == nil)
    }

    @Test("a state directory that cannot be made is an error, and no lock")
    func unusableState() throws {
        try Data().write(to: URL(fileURLWithPath: folder.file("state")))
        #expect(throws: (any Error).self) { try RunLock(job: "backup", run: first, stateDirectory: state) }
        #expect(throws: Never.self) { try RunLock(job: "backup", run: first, stateDirectory: FilePath(folder.file("good"))) }
    }
}
