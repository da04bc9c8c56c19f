import Foundation
import Jobs
import LabServers
import OCIImage
import SystemPackage
import Testing

@Suite("acknowledged losses")
struct AcknowledgementsTests {
    private let folder: TemporaryFolder
    private let lost = Digest(of: [1])
    private let now = Date(timeIntervalSince1970: 1_767_225_600)

    init() throws { folder = try TemporaryFolder("opsd-acknowledgements") }

    private var state: FilePath { FilePath(folder.file("deep/state")) }
    private var file: String { state.appending("acknowledgements.json").string }

    private func entry(_ digest: Digest, days: Double, _ reason: String = "the image is retired") -> Acknowledgements.Entry {
        Acknowledgements.Entry(digest: digest, reason: reason, until: now.addingTimeInterval(days * 86_400), created: now, by: "alice")
    }

    @Test("a host where nobody acknowledged anything has none, and reading makes no file")
    func none() throws {
        #expect(try Acknowledgements(stateDirectory: state).entries.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: state.string))
    }

    @Test("an entry is read back as it was, by whoever opens the state next")
    func added() throws {
        var all = try Acknowledgements(stateDirectory: state)
        try all.add(entry(lost, days: 30, "line one\nline \"two\" — ü"))
        try all.add(entry(Digest(of: [2], algorithm: .sha512), days: 10))
        let again = try Acknowledgements(stateDirectory: state)
        #expect(again.entries == all.entries)
        #expect(again.entries.map(\.digest) == [lost, Digest(of: [2], algorithm: .sha512)])
        #expect(again.entries.first == entry(lost, days: 30, "line one\nline \"two\" — ü"))
    }

    @Test("another entry of the same digest replaces the first one, even where it ends earlier")
    func replaced() throws {
        var all = try Acknowledgements(stateDirectory: state)
        try all.add(entry(lost, days: 30))
        try all.add(entry(Digest(of: [2]), days: 5))
        try all.add(entry(lost, days: 1, "sooner"))
        let again = try Acknowledgements(stateDirectory: state)
        #expect(again.entries == [entry(Digest(of: [2]), days: 5), entry(lost, days: 1, "sooner")])
        #expect(again.entry(for: lost, at: now.addingTimeInterval(2 * 86_400)) == nil)
    }

    @Test(
        "an entry counts until its end and not at it", arguments: [(-1.0, true), (0, true), (86_399, true), (86_400, false), (1e9, false)])
    func expiry(seconds: Double, counts: Bool) throws {
        var all = try Acknowledgements(stateDirectory: state)
        try all.add(entry(lost, days: 1))
        #expect((all.entry(for: lost, at: now.addingTimeInterval(seconds)) != nil) == counts)
        #expect(all.entry(for: Digest(of: [2]), at: now) == nil)
        #expect(all.entries.count == 1)
    }

    @Test(
        "a damaged file is an error that names it, since ignoring it would change outcomes",
        arguments: [
            "", "{", "[]", "{\"version\":1}", "{\"version\":1,\"entries\":[{}]}",
            "{\"version\":1,\"entries\":[{\"digest\":\"sha256:1\",\"reason\":\"r\",\"until\":\"2026-01-01T00:00:00Z\",\"created\":\"2026-01-01T00:00:00Z\",\"by\":\"b\"}]}",
        ])
    func damaged(text: String) throws {
        try FileManager.default.createDirectory(atPath: state.string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let error = try #require(throws: JobError.self) { try Acknowledgements(stateDirectory: state) }
        #expect(error.code == .corrupt && error.problem.contains("acknowledgements.json") && !error.remedy.isEmpty)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    }

    @Test("the file is private and leaves no temporary file beside it")
    func mode() throws {
        var all = try Acknowledgements(stateDirectory: state)
        try all.add(entry(lost, days: 1))
        try all.add(entry(lost, days: 2))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: state.string) == ["acknowledgements.json"])
    }

    @Test("an entry that cannot be written is not taken for written")
    func unwritable() throws {
        var all = try Acknowledgements(stateDirectory: state)
        try FileManager.default.createDirectory(atPath: FilePath(folder.file("deep")).string, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: state.string))
        #expect(throws: (any Error).self) { try all.add(entry(lost, days: 1)) }
        #expect(all.entries.isEmpty)
    }
}
