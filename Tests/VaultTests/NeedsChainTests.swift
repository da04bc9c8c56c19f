import Foundation
import LabServers
import Testing
import Vault

@Suite("needs over many snapshots")
struct NeedsChainTests {
    private func needsText(_ id: SnapshotID, of vault: Vault, in history: SnapshotHistory) async throws -> Needs {
        let manifest = try #require(history.entries.first { $0.manifest.snapshot == id }).manifest
        let object = try #require(try await vault.objects(of: manifest).part(.needs))
        let download = try await SealedDownload(object, from: vault.target, with: vault.indexIdentities)
        return try Needs(parsing: try await download.contents(limit: 1 << 20))
    }

    @Test("40 snapshots whose packs come and go: the needs of each are right, and no chain is longer than its limit")
    func forty() async throws {
        let sample = try await SampleVault.make()
        var random = SplitMix(seed: 81)
        var packs = Set((0..<10).map { _ in RandomID() })
        var expected: [Set<RandomID>] = []
        for number in 1...40 {
            let removed = packs.filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
            packs.subtract(removed)
            for _ in 0..<Int.random(in: 0...3, using: &random) { packs.insert(RandomID()) }
            expected.append(packs)
            // Opened anew each time, as by a new process.
            let vault = try await sample.open()
            let entry = try await vault.publish(
                SampleRun.draft(number), SnapshotContents(objects: [], needs: packs), at: SampleVault.epoch)
            #expect(entry.manifest.counts.packsNeeded == packs.count)
        }
        for (keys, state) in [(sample.writerKeys, "state"), (sample.readerKeys, "reader")] {
            let vault = try await sample.open(keys, state: state)
            let history = try await vault.history()
            var depths: [Int] = []
            for (entry, packs) in zip(history.entries, expected) {
                #expect(try await vault.needs(of: entry.manifest, in: history) == packs)
                let isWhole = try await needsText(entry.manifest.snapshot, of: vault, in: history).base == nil
                depths.append(isWhole ? 0 : (depths.last ?? 0) + 1)
            }
            #expect(depths.max() == Needs.chainLimit - 1)
            #expect(depths.count { $0 == 0 } == 3)
        }
    }

    @Test("without its state a writer writes whole needs, and so it does when the base is gone or about to go", arguments: [0, 1, 2])
    func noBase(_ reason: Int) async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let packs: Set = [RandomID(), RandomID()]
        for number in 1...2 {
            _ = try await vault.publish(SampleRun.draft(number), SnapshotContents(objects: [], needs: packs), at: SampleVault.epoch)
        }
        #expect(try await needsText(SampleRun.id(2), of: vault, in: vault.history()).base == SampleRun.id(1))
        let expiry = VaultRecord.Body.expiry(snapshots: [try SampleRun.id(2)], packs: [], notBefore: SampleVault.epoch)
        if reason > 0 { try await vault.write(expiry, at: SampleVault.epoch) }
        if reason == 2 {
            // A third one, published by this host's key elsewhere, keeps the head where it was.
            let elsewhere = try await sample.open(state: "elsewhere")
            _ = try await elsewhere.publish(SampleRun.draft(3), SnapshotContents(objects: []), at: SampleVault.epoch)
            for part in [SnapshotPart.needs, .objectList, .manifest, .signature] { try sample.remove(.snapshot(SampleRun.id(2), part)) }
        }
        let next = try await sample.open(state: reason == 0 ? "lost" : "state")
        _ = try await next.publish(SampleRun.draft(4), SnapshotContents(objects: [], needs: packs), at: SampleVault.epoch)
        #expect(try await needsText(SampleRun.id(4), of: next, in: next.history()).base == nil)
        let history = try await next.history()
        let manifest = try #require(history.entries.last).manifest
        #expect(try await next.needs(of: manifest, in: history) == packs)
    }

    @Test("needs whose base is not in the vault are not found, and name it")
    func missingBase() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        for number in 1...3 {
            _ = try await vault.publish(SampleRun.draft(number), SnapshotContents(objects: [], needs: [RandomID()]), at: SampleVault.epoch)
        }
        var history = try await vault.history()
        let manifest = try #require(history.entries.last).manifest
        history.entries.removeFirst()
        let answer = await failure { _ = try await vault.needs(of: manifest, in: history) }
        #expect(answer.code == .notFound)
        #expect(answer.problem.contains("\(try SampleRun.id(1))"))
    }

    @Test("a circle of differences ends at the limit")
    func circle() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let ids = [try SampleRun.id(1), try SampleRun.id(2)]
        for (number, base) in [(1, ids[1]), (2, ids[0])] {
            let needs = try await SealedUpload.put(
                Needs([], base: (base, [])).text, as: .snapshot(SampleRun.id(number), .needs), on: vault.target, to: vault.indexRecipients)
            _ = try await vault.publish(SampleRun.draft(number), SnapshotContents(objects: [needs]), at: SampleVault.epoch)
        }
        let history = try await vault.history()
        let manifest = try #require(history.entries.last).manifest
        #expect(await failure { _ = try await vault.needs(of: manifest, in: history) }.code == .malformed)
    }
}
