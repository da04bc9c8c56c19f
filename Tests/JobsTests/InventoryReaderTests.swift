import Foundation
import HarborDatabase
import Jobs
import LabServers
import OCIImage
import SystemPackage
import Testing
import Vault

@Suite("reading an inventory")
struct InventoryReaderTests {
    private struct Read: Equatable {
        var artifacts: [String] = []
        var projects: [String] = []
        var blobs: [Digest] = []
        var broken: [Digest: [String]] = [:]

        mutating func take(_ item: InventoryItem) {
            switch item {
            case .artifact(let artifact):
                artifacts.append("\(artifact.repository)@\(artifact.digest) \(artifact.tags) \(artifact.blobs.count)")
            case .project(let name, let isDeleted): projects.append(isDeleted ? "\(name), deleted" : name)
            case .blob(let digest): blobs.append(digest)
            case .broken(let digest, let reason, let images): broken[digest] = [reason] + images
            }
        }
    }

    private func expected(_ sample: SampleSnapshot) -> Read {
        let (first, second) = (Digest(of: sample.firstManifest), Digest(of: sample.secondManifest))
        return Read(
            artifacts: ["library/nginx@\(first) [1.27, latest] 4", "team/deep/tool@\(second) [] 4"], projects: ["library"],
            blobs: [Digest(of: sample.unreferenced)], broken: [sample.lost: ["missing", "team/deep/tool@\(second)"]])
    }

    /// Reads `text` as this host's copy of the inventory of `sample`.
    private func read(copy text: String, of sample: SampleSnapshot) async throws -> Read {
        let home = try await SampleVault.make()
        let vault = try await home.writer()
        defer { withExtendedLifetime(home) {} }
        let folder = vault.stateFolder.appending("inventories").string
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(sample.id).ndjson"))
        var read = Read()
        let found = try await InventoryReader.readCopy(of: sample.id, in: vault) { read.take($0) }
        #expect(found)
        return read
    }

    @Test("this host's copy and the one in the vault give the same items, and a kind of a later version is passed over")
    func bothWays() async throws {
        let sample = try SampleSnapshot()
        let home = try await SampleVault.make()
        try await sample.publish(in: try await home.writer())
        let vault = try await home.reader()
        let entry = try #require(try await vault.history().latestComplete)
        var read = Read()
        try await InventoryReader.read(try await vault.objects(of: entry.manifest), in: vault) { read.take($0) }
        #expect(read == expected(sample))
        #expect(try await self.read(copy: sample.inventory.map { $0 + "\n" }.joined(), of: sample) == expected(sample))
    }

    @Test("a host without a copy says so and hands out nothing")
    func noCopy() async throws {
        let home = try await SampleVault.make()
        let vault = try await home.writer()
        defer { withExtendedLifetime(home) {} }
        var items = 0
        #expect(try await InventoryReader.readCopy(of: SampleSnapshot().id, in: vault) { _ in items += 1 } == false)
        #expect(items == 0)
    }

    @Test("lines longer than what is read at a time are put together")
    func longLines() async throws {
        let sample = try SampleSnapshot()
        let images = (0..<60_000).map { "library/image-\($0):latest" }
        var lines = sample.inventory
        lines[6] =
            "{\"kind\":\"broken\",\"digest\":\"\(sample.lost)\",\"reason\":\"rotten\",\"images\":[\(images.map { "\"\($0)\"" }.joined(separator: ","))]}"
        let read = try await read(copy: lines.map { $0 + "\n" }.joined(), of: sample)
        #expect(read.broken[sample.lost] == ["rotten"] + images)
        #expect(read.artifacts == expected(sample).artifacts)
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: String
        let change: @Sendable (inout [String]) -> Void

        init(_ name: String, says words: String, _ change: @escaping @Sendable (inout [String]) -> Void) {
            testDescription = name
            self.words = words
            self.change = change
        }

        static let all = [
            Damage("nothing", says: "truncated") { $0 = [] },
            Damage("the last line is missing", says: "truncated") { $0.removeLast() },
            Damage("a line after the last", says: "after its last line") { $0.append(#"{"kind":"project","name":"p","deleted":false}"#) },
            Damage("no first line", says: "line 1") { $0.removeFirst() },
            Damage("another snapshot", says: "not the inventory of") {
                $0[0] = #"{"kind":"inventory","version":1,"snapshot":"20250101T000000Z-00000009"}"#
            },
            Damage("a later version", says: "not the inventory of") { $0[0] = $0[0].replacing("\"version\":1", with: "\"version\":2") },
            Damage("no JSON", says: "line 3") { $0[2] = "artifact" },
            Damage("an empty line", says: "line 2") { $0.insert("", at: 1) },
            Damage("no kind", says: "line 6") { $0[5] = "{}" },
            Damage("a digest of no digest", says: "line 6") { $0[5] = #"{"kind":"blob","digest":"sha256:../../etc"}"# },
            Damage("a repository that leads out of its folder", says: "line 3") {
                $0[2] = $0[2].replacing("library/nginx", with: "library/../../nginx")
            },
            Damage("an artifact without blobs", says: "line 3") { $0[2] = $0[2].replacing("\"blobs\"", with: "\"lumps\"") },
        ]
    }

    @Test("an inventory that is not whole, or not what it should be, is corrupt, and the error says where", arguments: Damage.all)
    func damaged(damage: Damage) async throws {
        let sample = try SampleSnapshot()
        var lines = sample.inventory
        damage.change(&lines)
        let text = lines.map { $0 + "\n" }.joined()
        let error = try await #require(throws: JobError.self) { try await read(copy: text, of: sample) }
        #expect(error.code == .corrupt)
        #expect(error.problem.contains(damage.words), "\(error)")
    }

    @Test("a copy that is cut in the middle of its last line is truncated")
    func cut() async throws {
        let sample = try SampleSnapshot()
        let text = sample.inventory.map { $0 + "\n" }.joined()
        for count in [1, 2, 40] {
            let error = try await #require(throws: JobError.self) { try await read(copy: String(text.dropLast(count)), of: sample) }
            #expect(error.code == .corrupt && error.problem.contains("truncated"))
        }
    }
}
