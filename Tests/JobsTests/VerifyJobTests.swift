import AgeEncryption
import Foundation
import JobEngine
import Jobs
import OCIImage
import Testing
import Vault

@Suite("verifying a vault")
struct VerifyJobTests {
    /// The wall clock of a test.
    private struct FixedTime: WallClock {
        let now: Date
    }

    private func verify(_ vault: Vault, _ share: VerifyShare = .everything, at seconds: Double = 0) async throws -> VerifyReport {
        let clock = FixedTime(now: SampleVault.epoch.addingTimeInterval(seconds))
        let recorder = RunRecorder(progress: SilentProgress(), clock: ContinuousClock())
        return try await VerifyJob(vault: vault, clock: clock).run(share: share, recorder: recorder)
    }

    /// A vault with the small blobs in one pack and the large one in another.
    private func published(rows: Int = 1, without left: [UInt8]? = nil) async throws -> (
        home: SampleVault, sample: SampleSnapshot, packs: [RandomID]
    ) {
        let (home, sample) = (try await SampleVault.make(), try SampleSnapshot())
        let small = sample.blobs.filter { $0.count < 1000 && $0 != left }
        let packs = try await sample.publish(in: try await home.writer(), packs: [small, [sample.layer]], rows: rows)
        return (home, sample, packs)
    }

    @Test("a whole vault is sound, and everything in it was looked at")
    func sound() async throws {
        let (home, sample, _) = try await published()
        let report = try await verify(try await home.reader())
        #expect(report.isSound && report.damaged.isEmpty)
        #expect(report.packs == 2 && report.blobs == 7 && report.snapshots == 1)
        #expect(report.bytes == sample.blobs.reduce(0) { $0 + Int64($1.count) })
        // Database archive, inventory, needs and index segment.
        #expect(report.objects == 4)
    }

    @Test("a flipped bit of ciphertext is found, and every blob that cannot be read any more is named")
    func flippedBit() async throws {
        let (home, sample, packs) = try await published()
        try home.flip(.pack(packs[1]), at: 40_000)
        let report = try await verify(try await home.reader())
        #expect(!report.isSound)
        #expect(report.damaged.count == 1)
        #expect(report.damaged.first?.hasPrefix("\(Digest(of: sample.layer)) in packs/") == true)
        #expect(report.damaged.first?.contains("\(packs[1])") == true)
    }

    @Test("a flipped bit in the padding of a pack is found too", arguments: [-1, -20_000])
    func flippedPadding(place: Int) async throws {
        let (home, _, packs) = try await published()
        try home.flip(.pack(packs[1]), at: place)
        #expect(!(try await verify(try await home.reader())).isSound)
    }

    @Test("a missing pack is found, and every blob in it is named")
    func missingPack() async throws {
        let (home, sample, packs) = try await published()
        try home.remove(.pack(packs[0]))
        let report = try await verify(try await home.reader())
        for blob in sample.blobs where blob.count < 1000 {
            #expect(report.damaged.contains { $0.hasPrefix("\(Digest(of: blob)) in packs/") })
        }
        for blob in [sample.base, sample.config, sample.firstManifest, sample.secondManifest, sample.empty] {
            #expect(report.damaged.contains("snapshot \(sample.id): \(Digest(of: blob)) is in no pack of the vault"))
        }
        #expect(report.damaged.contains("snapshot \(sample.id) needs 1 packs that are missing or torn"))
        #expect(!report.damaged.contains { $0.contains("\(Digest(of: sample.layer))") || $0.contains("\(sample.lost)") })
    }

    @Test("a snapshot that calls itself complete and lacks a blob is found out")
    func notComplete() async throws {
        let (home, sample, _) = try await published(without: Array("a base layer".utf8))
        let report = try await verify(try await home.reader())
        #expect(report.damaged == ["snapshot \(sample.id): \(Digest(of: sample.base)) is in no pack of the vault"])
    }

    @Test("a blob that no image needs may be absent")
    func unreferenced() async throws {
        let (home, _, _) = try await published(without: Array("a blob of no image".utf8))
        #expect(try await verify(try await home.reader()).isSound)
    }

    @Test("a database archive whose rows are not those that it counts is found")
    func database() async throws {
        let (home, sample, _) = try await published(rows: 2)
        let report = try await verify(try await home.reader())
        #expect(report.damaged.count == 1)
        #expect(report.damaged.first?.contains("the database archive of \(sample.id) is damaged") == true)
    }

    @Test("a spoiled or missing object of the snapshot itself is found", arguments: [SnapshotPart.database, .inventory])
    func snapshotObject(part: SnapshotPart) async throws {
        let (home, sample, _) = try await published()
        let name = ObjectName.snapshot(sample.id, part)
        try home.flip(name, at: -3)
        let spoiled = try await verify(try await home.reader())
        #expect(spoiled.damaged.count == 1 && spoiled.damaged.first?.contains("snapshot \(sample.id)") == true)
        try home.remove(name)
        let missing = try await verify(try await home.reader())
        #expect(missing.damaged.count == 1 && missing.damaged.first?.contains("\(name)") == true)
    }

    @Test("an inventory that ends early is found although its hash is right")
    func shortInventory() async throws {
        let (home, sample) = (try await SampleVault.make(), try SampleSnapshot())
        try await sample.publish(in: try await home.writer(), inventory: Array(sample.inventory.dropLast()))
        let report = try await verify(try await home.reader())
        #expect(report.damaged.count == 1 && report.damaged.first?.contains("truncated") == true)
    }

    @Test("shares take the packs that were verified longest ago, until all were")
    func shares() async throws {
        let (home, _, packs) = try await published()
        let vault = try await home.reader()
        for second in 1...2 {
            let report = try await verify(vault, VerifyShare(part: 1, whole: 2), at: Double(second))
            #expect(report.packs == 1 && report.snapshots == 1 && report.isSound)
        }
        let order = try await vault.catalog.packsByVerification()
        #expect(Set(order.map(\.pack.id)) == Set(packs))
        let epoch = Int64(SampleVault.epoch.timeIntervalSince1970)
        #expect(order.map(\.verified) == [epoch + 1, epoch + 2])
        let third = try await verify(vault, VerifyShare(part: 1, whole: 3), at: 3)
        #expect(third.packs == 1)
        #expect(try await vault.catalog.packsByVerification().map(\.verified) == [epoch + 2, epoch + 3])
    }

    @Test("a damaged pack does not count as verified, so it comes first again")
    func damagedStaysFirst() async throws {
        let (home, _, packs) = try await published()
        try home.flip(.pack(packs[0]), at: 300)
        let vault = try await home.reader()
        _ = try await verify(vault, at: 1)
        let order = try await vault.catalog.packsByVerification()
        #expect(order.first?.pack.id == packs[0] && order.first?.verified == nil)
    }

    @Test("without an identity it is refused, and with somebody else's the vault stays locked")
    func identities() async throws {
        let (home, _, _) = try await published()
        let refused = try await #require(throws: JobError.self) { try await verify(try await home.reader([])) }
        #expect(refused.code == .refused && refused.remedy.contains("--identity"))
        let locked = try await #require(throws: VaultError.self) { try await verify(try await home.reader([.make()])) }
        #expect(locked.code == .locked)
    }

    @Test("an empty vault is sound")
    func empty() async throws {
        let home = try await SampleVault.make()
        let report = try await verify(try await home.reader())
        #expect(report.isSound && report.packs == 0 && report.snapshots == 0)
    }
}
