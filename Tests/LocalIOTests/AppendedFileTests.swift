import LabServers
import LocalIO
import SystemPackage
import Testing

@Suite("files that grow by records")
struct AppendedFileTests {
    private let folder: TemporaryFolder
    private let path: FilePath

    init() throws {
        folder = try TemporaryFolder("appended-file")
        path = FilePath(folder.file("log"))
    }

    private func contents() throws -> String { String(decoding: try FileReader.contents(of: path), as: UTF8.self) }

    @Test("records follow each other, also those of a later process")
    func grows() throws {
        let first = try AppendedFile(path)
        try first.append(Array("one\n".utf8))
        try first.append(Array("two\n".utf8))
        try AppendedFile(path).append(Array("three\n".utf8))
        #expect(try contents() == "one\ntwo\nthree\n")
        #expect(try FileStatus(path).permissions == [.ownerReadWrite])
    }

    @Test("a torn record is ended before the next one begins")
    func torn() throws {
        try DurableFile.write(Array("one\ntw".utf8), to: path)
        try AppendedFile(path).append(Array("three\n".utf8))
        #expect(try contents() == "one\ntw\nthree\n")
    }

    @Test("a missing folder, and a folder in its place, are errors")
    func errors() throws {
        #expect(throws: LocalIOError.self) { try AppendedFile(FilePath(folder.file("absent/log"))) }
        #expect(throws: LocalIOError.self) { try AppendedFile(FilePath(folder.path)) }
    }
}
