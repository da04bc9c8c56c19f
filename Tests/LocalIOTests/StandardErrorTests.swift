import Glibc
import LabServers
import SystemPackage
import Testing

@testable import LocalIO

@Suite("where standard error goes")
struct StandardErrorTests {
    /// Device and inode of what `path` is, as the journal's variable has them.
    private func stream(_ path: String) throws -> String {
        let status = try FileStatus(FilePath(path))
        return "\(status.device):\(status.inode)"
    }

    @Test("it is the journal where device and inode are those of the descriptor, and not where either differs")
    func compared() throws {
        let folder = try TemporaryFolder("stderr")
        let descriptor = open(folder.file("stream"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let own = try stream(folder.file("stream"))
        #expect(StandardError.isStream(own, descriptor: descriptor))
        #expect(try !StandardError.isStream(stream(folder.path), descriptor: descriptor))
        let parts = own.split(separator: ":")
        #expect(!StandardError.isStream("\(parts[0]):\(parts[1])1", descriptor: descriptor))
        #expect(!StandardError.isStream("1\(parts[0]):\(parts[1])", descriptor: descriptor))
        #expect(!StandardError.isStream(own, descriptor: -1))
    }

    @Test("this process's own standard error is looked at")
    func own() throws {
        #expect(try StandardError.isJournal(stream("/proc/self/fd/2")))
        #expect(try !StandardError.isJournal(stream("/proc/self")))
    }

    @Test("anything but two numbers is no journal", arguments: [nil, "", ":", "1", "1:", ":1", "1:2:3", "a:b", "-1:2", " 1:2"])
    func malformed(text: String?) {
        #expect(!StandardError.isJournal(text))
    }
}
