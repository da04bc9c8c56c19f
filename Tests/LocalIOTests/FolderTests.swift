import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("folders and file status")
struct FolderTests {
    private let temporary: TemporaryFolder
    private let root: FilePath

    init() throws {
        temporary = try TemporaryFolder("folder")
        root = FilePath(temporary.path)
    }

    @Test("missing parents are made with the same mode, and making them again is harmless")
    func makes() throws {
        let deep = root.appending("a").appending("b").appending("c")
        try Folder.make(deep, permissions: [.ownerReadWriteExecute])
        try Folder.make(deep)
        #expect(Folder.exists(deep))
        #expect(try FileStatus(root.appending("a")).permissions == .ownerReadWriteExecute)
        #expect(try FileStatus(deep).isFolder)
    }

    @Test("a file in the way of a folder is an error")
    func fileInTheWay() throws {
        try DurableFile.write([], to: root.appending("a"))
        #expect(!Folder.exists(root.appending("a")))
        #expect(throws: LocalIOError.self) { try Folder.make(root.appending("a").appending("b")) }
    }

    @Test("names are listed without the two dots, hidden ones included")
    func names() throws {
        for name in [".hidden", "ä", "plain"] { try DurableFile.write([], to: root.appending(name)) }
        try Folder.make(root.appending("sub"))
        #expect(Set(try Folder.names(root)) == [".hidden", "ä", "plain", "sub"])
        let failure = #expect(throws: LocalIOError.self) { try Folder.names(root.appending("missing")) }
        #expect(failure?.code == .notFound)
    }

    @Test("a folder and its filesystem can be synced, a missing one not")
    func syncs() throws {
        try Folder.sync(root)
        try Folder.syncFilesystem(of: root)
        #expect(throws: LocalIOError.self) { try Folder.sync(root.appending("missing")) }
        #expect(throws: LocalIOError.self) { try Folder.syncFilesystem(of: root.appending("missing")) }
    }

    @Test("status tells files, folders and links apart, and follows links only when told")
    func kinds() throws {
        let file = root.appending("file")
        let link = root.appending("link")
        try DurableFile.write([1, 2, 3], to: file, permissions: FilePermissions(rawValue: 0o640))
        try Program.succeed("ln", ["-s", "file", link.string])
        let direct = try FileStatus(file)
        #expect(direct.isRegularFile && !direct.isFolder && !direct.isSymbolicLink)
        #expect(direct.size == 3 && direct.permissions.rawValue == 0o640)
        #expect(try FileStatus(link) == direct)
        #expect(try FileStatus(link, followingLinks: false).isSymbolicLink)
        #expect(throws: LocalIOError.self) { _ = try FileStatus(root.appending("missing")) }
    }

    @Test("two names of one file are the same file, two equal files are not")
    func identity() throws {
        let (first, second, other) = (root.appending("first"), root.appending("second"), root.appending("other"))
        try DurableFile.write([1], to: first)
        try DurableFile.write([1], to: other)
        try Program.succeed("ln", [first.string, second.string])
        #expect(try FileStatus(first).isSameFile(as: FileStatus(second)))
        #expect(!(try FileStatus(first).isSameFile(as: FileStatus(other))))
    }
}
