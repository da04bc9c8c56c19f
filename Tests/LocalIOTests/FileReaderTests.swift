import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("file readers")
struct FileReaderTests {
    private let folder: TemporaryFolder
    private let path: FilePath

    init() throws {
        folder = try TemporaryFolder("file-reader")
        path = FilePath(folder.file("file"))
    }

    @Test("a file is read in pieces up to the limit, then an empty one", arguments: [1, 7, 100, 4096])
    func pieces(limit: Int) throws {
        let content = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try DurableFile.write(content, to: path)
        let reader = try FileReader(path)
        #expect(try reader.size() == 1000)
        var all: [UInt8] = []
        var piece: [UInt8] = []
        repeat {
            try reader.read(into: &piece, limit: limit)
            #expect(piece.count <= limit)
            all += piece
        } while !piece.isEmpty
        #expect(all == content)
    }

    @Test("a read at an offset neither moves nor is moved by the reading position")
    func atOffset() throws {
        try DurableFile.write(Array(0..<100), to: path)
        let reader = try FileReader(path)
        var piece: [UInt8] = []
        try reader.read(into: &piece, at: 90, limit: 5)
        #expect(piece == [90, 91, 92, 93, 94])
        try reader.read(into: &piece, limit: 3)
        #expect(piece == [0, 1, 2])
        try reader.read(into: &piece, at: 98, limit: 5)
        #expect(piece == [98, 99])
        try reader.read(into: &piece, at: 100, limit: 5)
        #expect(piece.isEmpty)
    }

    @Test("a symbolic link is followed, or refused where that was asked for")
    func links() throws {
        try DurableFile.write([5], to: path)
        let link = FilePath(folder.file("link"))
        try Program.succeed("ln", ["-s", "file", link.string])
        #expect(try FileReader.contents(of: link) == [5])
        #expect(throws: LocalIOError.self) { _ = try FileReader(link, followingLinks: false) }
    }

    @Test("a file over the limit is an error instead of a full memory")
    func limit() throws {
        try DurableFile.write([UInt8](repeating: 1, count: 101), to: path)
        #expect(try FileReader.contents(of: path, limit: 101).count == 101)
        let failure = #expect(throws: LocalIOError.self) { try FileReader.contents(of: path, limit: 100) }
        #expect(failure?.errno == .fileTooLarge)
    }

    @Test("what cannot be opened or read says why")
    func failures() throws {
        let missing = #expect(throws: LocalIOError.self) { _ = try FileReader(path) }
        #expect(missing?.code == .notFound)
        let isFolder = #expect(throws: LocalIOError.self) { try FileReader.contents(of: FilePath(folder.path)) }
        #expect(isFolder?.errno == .isDirectory)
    }
}
