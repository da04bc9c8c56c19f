import AgeEncryption
import Foundation
import JobEngine
import Jobs
import LabServers
import OCIImage
import RegistryStorage
import SystemPackage
import Testing
import Vault

@Suite("restoring a registry's storage")
struct StorageRestoreTests {
    private struct Restored {
        let result: RestoreResult
        let findings: [Finding]
    }

    private func restore(from vault: Vault, to folder: FilePath, live: FilePath? = nil) async throws -> StorageRestore {
        let history = try await vault.history()
        let entry = try #require(history.latestComplete)
        return StorageRestore(
            try await vault.objects(of: entry.manifest), in: vault, history: history, to: folder, live: live, owner: nil)
    }

    private func execute(_ restore: StorageRestore) async throws -> Restored {
        let recorder = RunRecorder(progress: SilentProgress(), clock: ContinuousClock())
        let result = try await restore.execute(recorder: recorder)
        return Restored(result: result, findings: recorder.findings)
    }

    private func contents(of digest: Digest, in folder: FilePath) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: try RegistryStorage(root: folder).blobPath(digest).string)))
    }

    private func link(_ path: String, in folder: FilePath) throws -> String {
        try String(contentsOfFile: "\(folder)/docker/registry/v2/repositories/\(path)/link", encoding: .utf8)
    }

    private func exists(_ path: String, in folder: FilePath) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/docker/registry/v2/\(path)")
    }

    /// A published snapshot in a new vault.
    private func published(
        _ packs: ((SampleSnapshot) -> [[[UInt8]]])? = nil
    ) async throws -> (home: SampleVault, sample: SampleSnapshot, packs: [RandomID]) {
        let (home, sample) = (try await SampleVault.make(), try SampleSnapshot())
        let ids = try await sample.publish(in: try await home.writer(), packs: packs.map { $0(sample) })
        return (home, sample, ids)
    }

    @Test("the plan says what, from where and how much, warns of what production had lost, and writes nothing")
    func plan() async throws {
        let (home, sample, _) = try await published()
        let plan = try await restore(from: try await home.reader(), to: home.restored).plan()
        #expect(plan.what == "2 artifacts in 2 repositories, 7 blobs")
        #expect(plan.to == home.restored.string && plan.items == 7)
        #expect(plan.snapshot.snapshot == sample.id)
        #expect(plan.bytes == sample.blobs.reduce(0) { $0 + Int64($1.count) })
        #expect(plan.notes == ["1 blobs were broken at source and cannot come back"])
        #expect(!FileManager.default.fileExists(atPath: home.restored.string))
    }

    @Test("every blob has its bytes, and every link its digest")
    func whole() async throws {
        let (home, sample, _) = try await published()
        let restored = try await execute(restore(from: try await home.reader(), to: home.restored))
        for blob in sample.blobs { #expect(try contents(of: Digest(of: blob), in: home.restored) == blob) }
        #expect(restored.result.restored == 7 && restored.result.kept == 0)
        #expect(restored.result.bytes == sample.blobs.reduce(0) { $0 + Int64($1.count) })
        let (first, second) = (Digest(of: sample.firstManifest), Digest(of: sample.secondManifest))
        for tag in ["1.27", "latest"] {
            #expect(try link("library/nginx/_manifests/tags/\(tag)/current", in: home.restored) == "\(first)")
            #expect(try link("library/nginx/_manifests/tags/\(tag)/index/sha256/\(first.hex)", in: home.restored) == "\(first)")
        }
        #expect(try link("library/nginx/_manifests/revisions/sha256/\(first.hex)", in: home.restored) == "\(first)")
        #expect(try link("team/deep/tool/_manifests/revisions/sha256/\(second.hex)", in: home.restored) == "\(second)")
        for blob in [sample.base, sample.layer, sample.config] {
            #expect(try link("library/nginx/_layers/sha256/\(Digest(of: blob).hex)", in: home.restored) == "\(Digest(of: blob))")
        }
        #expect(!exists("repositories/library/nginx/_layers/sha256/\(first.hex)", in: home.restored), "a manifest is no layer")
        #expect(!exists("repositories/team/deep/tool/_layers/sha256/\(Digest(of: sample.layer).hex)", in: home.restored))
    }

    @Test("what production had lost is missing by digest and image, and has no link that leads nowhere")
    func brokenAtSource() async throws {
        let (home, sample, _) = try await published()
        let restored = try await execute(restore(from: try await home.reader(), to: home.restored))
        let image = "team/deep/tool@\(Digest(of: sample.secondManifest))"
        #expect(restored.result.missing == ["\(sample.lost) was broken at source, needed by \(image)"])
        #expect(!exists("repositories/team/deep/tool/_layers/sha256/\(sample.lost.hex)", in: home.restored))
        #expect(!exists("blobs/sha256/\(sample.lost.hex.prefix(2))/\(sample.lost.hex)", in: home.restored))
    }

    @Test("run again it keeps everything, and mends what was spoiled meanwhile")
    func again() async throws {
        let (home, sample, _) = try await published()
        _ = try await execute(restore(from: try await home.reader(), to: home.restored))
        let second = try await execute(restore(from: try await home.reader(), to: home.restored))
        #expect(second.result.kept == 7 && second.result.restored == 0 && second.result.bytes == 0)
        let path = try RegistryStorage(root: home.restored).blobPath(Digest(of: sample.layer)).string
        try Data("rotten".utf8).write(to: URL(fileURLWithPath: path))
        let third = try await execute(restore(from: try await home.reader(), to: home.restored))
        #expect(third.result.kept == 6 && third.result.restored == 1)
        #expect(try contents(of: Digest(of: sample.layer), in: home.restored) == sample.layer)
    }

    @Test("a damaged pack costs the blob that it touches: the restore is partial, names it and its image, and writes the rest")
    func damagedPack() async throws {
        let (home, sample, packs) = try await published { [$0.blobs.filter { $0.count < 1000 }, $0.blobs.filter { $0.count >= 1000 }] }
        // In the chunk of ciphertext that holds the layer's first bytes.
        try home.flip(.pack(packs[1]), at: 40_000)
        let restored = try await execute(restore(from: try await home.reader(), to: home.restored))
        let layer = Digest(of: sample.layer)
        #expect(restored.result.restored == 6)
        #expect(restored.result.missing.first == "\(layer), needed by library/nginx@\(Digest(of: sample.firstManifest))")
        #expect(
            restored.findings.contains {
                $0.code == "blob_damaged" && $0.message.contains("\(layer)") && $0.message.contains("\(packs[1])")
            })
        #expect(!exists("blobs/sha256/\(layer.hex.prefix(2))/\(layer.hex)/data", in: home.restored))
        for blob in sample.blobs where blob != sample.layer { #expect(try contents(of: Digest(of: blob), in: home.restored) == blob) }
    }

    @Test("a second copy in another pack is used where the first is damaged", arguments: [0, 1])
    func secondCopy(damaged: Int) async throws {
        let (home, sample, packs) = try await published { [[$0.layer], [$0.layer], $0.blobs.filter { $0.count < 1000 }] }
        try home.flip(.pack(packs[damaged]), at: 40_000)
        let restored = try await execute(restore(from: try await home.reader(), to: home.restored))
        #expect(restored.result.missing.count == 1, "only what production had lost: \(restored.result.missing)")
        #expect(restored.result.restored == 7)
        #expect(try contents(of: Digest(of: sample.layer), in: home.restored) == sample.layer)
    }

    @Test("without one of its packs the restore is partial, and the plan says so before")
    func missingPack() async throws {
        let (home, sample, packs) = try await published { [[$0.base], $0.blobs.filter { $0.count != 12 }] }
        try home.remove(.pack(packs[0]))
        let restore = try await restore(from: try await home.reader(), to: home.restored)
        #expect(try await restore.plan().notes.contains("1 needed blobs are in no sound pack"))
        let missing = try await execute(restore).result.missing
        #expect(missing.count == 2)
        #expect(missing.first?.hasPrefix("\(Digest(of: sample.base)), needed by library/nginx@") == true)
        #expect(missing.first?.contains("team/deep/tool@") == true)
    }

    @Test(
        "the storage of the running registry is refused, and so is what lies in it or around it",
        arguments: ["live", "live/sub", "", "link"])
    func live(name: String) async throws {
        let (home, _, _) = try await published()
        let live = FilePath(home.folder.file("live"))
        try FileManager.default.createDirectory(atPath: live.appending("docker/registry/v2").string, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: home.folder.file("link"), withDestinationPath: live.string)
        let target = name.isEmpty ? FilePath(home.folder.path) : FilePath(home.folder.file(name))
        let restore = try await restore(from: try await home.reader(), to: target, live: live)
        let planned = try await #require(throws: JobError.self) { try await restore.plan() }
        #expect(planned.code == .refused && planned.problem.contains(live.string) && !planned.remedy.isEmpty)
        let executed = try await #require(throws: JobError.self) { try await execute(restore) }
        #expect(executed.code == .refused)
        #expect(try FileManager.default.contentsOfDirectory(atPath: live.appending("docker/registry/v2").string).isEmpty)
    }

    @Test("a folder beside the running registry is fine, and so is one where no registry runs")
    func beside() async throws {
        let (home, _, _) = try await published()
        let live = FilePath(home.folder.file("live"))
        #expect(try await restore(from: try await home.reader(), to: home.restored, live: live).plan().items == 7)
        try FileManager.default.createDirectory(atPath: live.appending("docker/registry/v2").string, withIntermediateDirectories: true)
        #expect(try await execute(restore(from: try await home.reader(), to: home.restored, live: live)).result.restored == 7)
    }

    @Test("an identity of somebody else opens nothing and writes nothing")
    func wrongIdentity() async throws {
        let (home, _, _) = try await published()
        let restore = try await restore(from: try await home.reader([.make()]), to: home.restored)
        let error = try await #require(throws: VaultError.self) { try await execute(restore) }
        #expect(error.code == .locked && error.remedy.contains("--identity"))
        #expect(!FileManager.default.fileExists(atPath: home.restored.string))
    }

    @Test("an inventory with one flipped bit is not acted on")
    func damagedInventory() async throws {
        let (home, sample, _) = try await published()
        try home.flip(.snapshot(sample.id, .inventory), at: -20)
        let restore = try await restore(from: try await home.reader(), to: home.restored)
        let error = try await #require(throws: VaultError.self) { try await execute(restore) }
        #expect(error.code == .corrupt)
        #expect(!FileManager.default.fileExists(atPath: home.restored.string))
    }
}
