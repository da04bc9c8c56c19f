import Foundation
import LabServers
import OCIImage
import SSHSignature
import Synchronization
import SystemPackage
import Testing
import Vault

@Suite("the audit")
struct AuditTests {
    private let blobs = (0..<4).map { Array("blob \($0)".utf8) }

    /// Three snapshots with a pack each.
    private func makeVault() async throws -> (sample: SampleVault, vault: Vault) {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        for number in 1...3 { try await SampleRun.publish(number, Array(blobs.prefix(number)), in: vault) }
        return (sample, vault)
    }

    @Test("a sound vault is sound, and the numbers add up", arguments: [true, false])
    func sound(_ reading: Bool) async throws {
        let (sample, vault) = try await makeVault()
        let read = Mutex<Int64>(0)
        let report = try await vault.audit(reading: reading) { bytes in read.withLock { $0 += bytes } }
        #expect(report.isSound && report.didRead == reading && report.rejected.isEmpty)
        #expect(report.snapshots == 3 && report.complete == 3 && report.objects == 12)
        let lists = try await vault.history().entries.map(\.manifest.objectList.bytes)
        #expect(report.bytes == lists.reduce(0, +))
        #expect(read.withLock { $0 } == (reading ? report.bytes : 0))
        #expect(report.heads == [sample.signingKey.publicKey.text: 3])
        #expect(report.unreferenced == 0 && report.unreferencedBytes == 0)
    }

    @Test("a missing, a torn and an altered object are named; an altered one only by reading")
    func damage() async throws {
        let (sample, vault) = try await makeVault()
        let history = try await vault.history()
        let missing = ObjectName.snapshot(try SampleRun.id(1), .database)
        let torn = ObjectName.index(try SampleRun.id(2))
        let altered = ObjectName.pack(try #require(try await vault.objects(of: history.entries[2].manifest).packs.first))
        try sample.remove(missing)
        try sample.overwrite(torn, with: Array(try sample.bytes(of: torn).dropLast(10)))
        try sample.overwrite(altered, with: try sample.bytes(of: altered).enumerated().map { $0 == 5000 ? $1 ^ 1 : $1 })

        let quick = try await vault.audit(reading: false)
        #expect(quick.damaged.map(\.object) == ["\(missing)", "\(torn)"].sorted())
        #expect(quick.damaged.first { $0.object == "\(missing)" }?.problem == "missing")
        #expect(quick.damaged.first { $0.object == "\(torn)" }?.problem.contains("signed list says") == true)
        let full = try await vault.audit(reading: true)
        #expect(full.damaged.map(\.object) == ["\(missing)", "\(torn)", "\(altered)"].sorted())
        #expect(full.damaged.first { $0.object == "\(altered)" }?.problem.contains("SHA-256") == true)
        #expect(!quick.isSound && !full.isSound)
        #expect(full.unreferenced == 0)
    }

    @Test("a damaged object list is named, and what only it lists is not believed", arguments: [true, false])
    func list(_ isMissing: Bool) async throws {
        let (sample, vault) = try await makeVault()
        let name = ObjectName.snapshot(try SampleRun.id(2), .objectList)
        if isMissing { try sample.remove(name) } else { try sample.overwrite(name, with: try sample.bytes(of: name).reversed()) }
        let report = try await vault.audit(reading: true)
        #expect(report.damaged.map(\.object) == ["\(name)"])
        #expect(report.objects == 8 && report.unreferenced == 4)
    }

    @Test("objects that no signed manifest names are counted and harmless; temporary files, records and probes are not counted")
    func unreferenced() async throws {
        let (sample, vault) = try await makeVault()
        let pack = try await SampleRun.storePack([blobs[3]], in: vault)
        let orphan = ObjectName.snapshot(try SampleRun.id(9), .database)
        try await vault.target.put([1, 2, 3], as: orphan)
        try await vault.target.put([9], as: .probe(RandomID()))
        try await vault.write(.other(kind: "drill"), at: SampleVault.epoch)
        try Data([1]).write(to: URL(fileURLWithPath: sample.root.appending("packs/00/.x.tmp").string))
        let report = try await vault.audit(reading: true)
        #expect(report.isSound && report.unreferenced == 2)
        #expect(report.unreferencedBytes == pack.object.size + 3)
    }

    @Test("what an expiry record names may be missing, and nothing else of the vault")
    func expired() async throws {
        let (sample, vault) = try await makeVault()
        let entry = try await vault.history().entries[0]
        let pack = try #require(try await vault.objects(of: entry.manifest).packs.first)
        try sample.remove(.pack(pack))
        try sample.remove(.snapshot(entry.manifest.snapshot, .database))
        #expect(try await vault.audit(reading: false).damaged.count == 2)
        try await vault.write(
            .expiry(snapshots: [entry.manifest.snapshot], packs: [pack], notBefore: SampleVault.epoch), at: SampleVault.epoch)
        let report = try await vault.audit(reading: true)
        #expect(report.isSound)
        #expect(report.objects == 10)
        try sample.remove(.index(entry.manifest.run))
        try sample.remove(.snapshot(SampleRun.id(2), .database))
        #expect(try await vault.audit(reading: false).damaged.count == 2)
    }

    @Test("a pack that expired but is there is still judged")
    func expiredButPresent() async throws {
        let (sample, vault) = try await makeVault()
        let entry = try await vault.history().entries[0]
        let pack = try #require(try await vault.objects(of: entry.manifest).packs.first)
        try await vault.write(.expiry(snapshots: [], packs: [pack], notBefore: SampleVault.epoch), at: SampleVault.epoch)
        #expect(try await vault.audit(reading: true).isSound)
        try sample.overwrite(.pack(pack), with: [1])
        #expect(try await vault.audit(reading: false).damaged.count == 1)
    }

    @Test("manifests and records that are not believed are named with the reason")
    func rejected() async throws {
        let (sample, vault) = try await makeVault()
        let signature = ObjectName.snapshot(try SampleRun.id(2), .signature)
        try sample.overwrite(signature, with: try sample.bytes(of: .snapshot(SampleRun.id(1), .signature)))
        let record = try await vault.write(.other(kind: "drill"), at: SampleVault.epoch)
        try sample.overwrite(.record(record.id), with: try sample.bytes(of: .record(record.id)) + [10])
        let report = try await vault.audit(reading: false)
        #expect(report.rejected.count == 2)
        #expect(report.rejected[0].hasPrefix("snapshot \(try SampleRun.id(2)): ") && report.rejected[1].hasPrefix("record \(record.id): "))
        #expect(report.snapshots == 2 && report.chainFindings.count == 1 && !report.isSound)
    }

    @Test("an impostor in an object's place is damage and does not stop the audit")
    func impostor() async throws {
        let (sample, vault) = try await makeVault()
        let name = ObjectName.snapshot(try SampleRun.id(1), .database)
        let bytes = try sample.bytes(of: name)
        try sample.remove(name)
        try Data(bytes).write(to: URL(fileURLWithPath: sample.folder.file("elsewhere")))
        try FileManager.default.createSymbolicLink(atPath: sample.path(of: name), withDestinationPath: sample.folder.file("elsewhere"))
        let report = try await vault.audit(reading: true)
        #expect(report.damaged.map(\.object) == ["\(name)"] && report.damaged.map(\.problem) == ["missing"])
    }
}
