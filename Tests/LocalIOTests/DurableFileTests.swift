import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("durable files")
struct DurableFileTests {
    private let folder: TemporaryFolder
    private let path: FilePath

    init() throws {
        folder = try TemporaryFolder("durable-file")
        path = FilePath(folder.file("object"))
    }

    @Test("nothing stands under the final name before the commit, everything after it, and no temporary file stays")
    func appearsWhole() throws {
        var file = try DurableFile(path)
        try file.write(Array("first ".utf8))
        try file.write(Array("second".utf8))
        #expect(file.size == 12)
        #expect(!(try Folder.names(FilePath(folder.path)).contains("object")))
        try file.commit()
        #expect(try Folder.names(FilePath(folder.path)) == ["object"])
        #expect(try FileReader.contents(of: path) == Array("first second".utf8))
    }

    @Test("a file that is dropped leaves nothing behind")
    func droppedLeavesNothing() throws {
        do {
            var file = try DurableFile(path)
            try file.write([1, 2, 3])
        }
        #expect(try Folder.names(FilePath(folder.path)).isEmpty)
    }

    @Test("a name that is taken is refused and keeps its content, unless replacing is asked for", arguments: [true, false])
    func takenName(isSynced: Bool) throws {
        try DurableFile.write([1], to: path)
        var second = try DurableFile(path)
        try second.write([2])
        do {
            try second.commit(syncing: isSynced)
            Issue.record("the second file was published")
        } catch {
            #expect(error.code == .exists)
            #expect(!error.isRetryable)
        }
        #expect(try FileReader.contents(of: path) == [1])
        #expect(try Folder.names(FilePath(folder.path)) == ["object"])
        try DurableFile.write([3], to: path, replacing: true)
        #expect(try FileReader.contents(of: path) == [3])
    }

    @Test("the mode is exactly what was asked for, whatever the umask", arguments: [0o600, 0o644, 0o664, 0o400] as [UInt32])
    func mode(_ bits: UInt32) throws {
        try DurableFile.write([], to: path, permissions: FilePermissions(rawValue: bits))
        #expect(try FileStatus(path).permissions.rawValue == bits)
        #expect(String(decoding: try Program.succeed("stat", ["-c", "%a", path.string]), as: UTF8.self) == String(bits, radix: 8) + "\n")
    }

    @Test("a missing folder is reported with the path and the operation")
    func missingFolder() {
        let failure = #expect(throws: LocalIOError.self) { _ = try DurableFile(path.appending("below").appending("object")) }
        #expect(failure?.code == .notFound)
        #expect(failure?.description.contains("cannot create") == true)
    }

    @Test("a file can be given to another owner", .enabled(if: UnprivilegedUser.harborIfRoot != nil, "only root may give files away"))
    func owner() throws {
        var file = try DurableFile(path)
        try file.write([7])
        try file.setOwner(10000, group: 10001)
        try file.commit()
        let status = try FileStatus(path)
        #expect(status.owner == 10000 && status.group == 10001)
    }

    @Test("a full disk is its own, retryable error")
    func fullDisk() {
        #expect(LocalIOError("write", path, .noSpace).code == .full)
        #expect(LocalIOError("write", path, .noSpace).isRetryable)
        #expect(LocalIOError("write", path, .permissionDenied).code == .denied)
    }
}
