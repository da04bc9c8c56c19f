import Foundation
import LabServers
import OCIImage
import SystemPackage
import Testing
import Vault

@Suite("the catalog")
struct CatalogTests {
    let folder: TemporaryFolder
    let catalog: Catalog

    init() throws {
        folder = try TemporaryFolder("opsd-catalog", inMemory: true)
        catalog = try Catalog(FilePath(folder.file("state/catalog.sqlite")))
    }

    private func pack(_ digests: [Digest]) -> PackContents {
        let id = RandomID()
        return PackContents(
            id: id, object: StoredObject(name: .pack(id), size: 1 << 20, sha256: sha256(of: id.bytes)),
            blobs: digests.enumerated().map { BlobLocation(digest: $1, offset: Int64($0) * 1024 + 512, size: Int64($0)) })
    }

    private func difference(_ digests: [Digest], batch: Int = 3, sound: [PackContents]) throws -> NeedsDifference<Digest> {
        var rest = digests[...]
        return try catalog.difference(soundPacks: Set(sound.map(\.id)), digest: { $0 }) {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(batch) }
            return Array(rest.prefix(batch))
        }
    }

    @Test("packs and blobs are read back as they were, sha512 as well, after closing and opening")
    func roundTrip() async throws {
        let digests = [Digest(of: [1]), Digest(of: [2], algorithm: .sha512), Digest(of: []), Digest(of: [], algorithm: .sha512)]
        let stored = pack(digests)
        try await catalog.add([stored, pack([])], state: .unpublished)
        let again = try Catalog(FilePath(folder.file("state/catalog.sqlite")))
        let packs = try await again.packs()
        #expect(packs.count == 2 && packs.allSatisfy { $0.state == .unpublished })
        let found = try #require(packs.first { $0.id == stored.id })
        #expect(try await again.contents(of: found) == stored)
    }

    @Test("a pack that is known keeps its row, becomes published, and never unpublished again")
    func states() async throws {
        let stored = pack([Digest(of: [1])])
        for (state, expected) in [
            (Catalog.PackState.unpublished, Catalog.PackState.unpublished), (.published, .published), (.unpublished, .published),
        ] {
            try await catalog.add([stored], state: state)
            #expect(try await catalog.packs().map(\.state) == [expected])
        }
        let other = pack([])
        try await catalog.add([other], state: .unpublished)
        try await catalog.publish(SampleRun.id(1), manifestHash: "x", packs: [other.id, RandomID()])
        #expect(try await catalog.packs().allSatisfy { $0.state == .published })
        #expect(try await catalog.ingested() == [SampleRun.id(1): "x"])
    }

    @Test("the difference agrees with sets for random blobs in random packs, sha256 before sha512", arguments: [UInt64(1), 2, 3, 4, 5])
    func differenceAgrees(_ seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let all = (0..<400).map { Digest(of: [UInt8($0 & 255), UInt8($0 >> 8)], algorithm: $0 % 3 == 0 ? .sha512 : .sha256) }
        let packs = (0..<20).map { _ in pack(all.filter { _ in Int.random(in: 0..<12, using: &random) == 0 }) }
        try await catalog.add(packs, state: .published)
        let sound = packs.filter { _ in Bool.random(using: &random) }
        let held = Set(sound.flatMap { $0.blobs.map(\.digest) })
        let needed = all.filter { _ in Int.random(in: 0..<3, using: &random) > 0 }.sorted()
        #expect(needed.first?.algorithm == .sha256 && needed.last?.algorithm == .sha512)
        let result = try difference(needed, batch: Int.random(in: 1...100, using: &random), sound: sound)
        #expect(result.missing == needed.filter { !held.contains($0) }, "seed \(seed)")
        #expect(result.present == needed.count - result.missing.count)
        #expect(result.packs.isSubset(of: sound.map(\.id)))
        let covered = Set(sound.filter { result.packs.contains($0.id) }.flatMap { $0.blobs.map(\.digest) })
        #expect(needed.filter { held.contains($0) }.allSatisfy { covered.contains($0) })
        let located = try await catalog.locate(needed, soundPacks: Set(sound.map(\.id)))
        #expect(located.absent == result.missing)
        #expect(Set(located.packs.map(\.id)) == result.packs)
        #expect(Set(located.packs.flatMap { $0.blobs.map(\.digest) }) == held.intersection(needed))
        for found in located.packs {
            let whole = try #require(packs.first { $0.id == found.id })
            #expect(found.object == whole.object && found.blobs.allSatisfy { whole.blobs.contains($0) })
            #expect(found.blobs.map(\.offset) == found.blobs.map(\.offset).sorted())
        }
    }

    @Test("nothing needed, nothing stored, and empty batches are no special cases")
    func empty() async throws {
        #expect(try difference([], sound: []).missing.isEmpty)
        #expect(try difference([Digest(of: [1])], sound: []).missing.count == 1)
        let stored = pack([Digest(of: [1])])
        try await catalog.add([stored], state: .published)
        var batches = [[Digest(of: [1])], [], []]
        let result = try catalog.difference(soundPacks: [stored.id], digest: { $0 }, next: { batches.popLast() })
        #expect(result.present == 1 && result.missing.isEmpty)
    }

    @Test("digests that are not sorted, or come twice, are refused: the merge would miss some")
    func unsorted() throws {
        let sorted = [Digest(of: [1]), Digest(of: [2]), Digest(of: [3], algorithm: .sha512)].sorted()
        for wrong in [sorted.reversed(), [sorted[0], sorted[0]], [sorted[2], sorted[0]]] {
            #expect(failure { _ = try difference(Array(wrong), batch: 1, sound: []) }.code == .malformed)
        }
    }

    @Test("packs never verified come first, then the oldest")
    func verification() async throws {
        try await catalog.add([pack([]), pack([]), pack([])], state: .published)
        let packs = try await catalog.packs()
        try await catalog.setVerified(packs[0], at: 200)
        try await catalog.setVerified(packs[2], at: 100)
        let order = try await catalog.packsByVerification()
        #expect(order.map(\.pack.id) == [packs[1].id, packs[2].id, packs[0].id])
        #expect(order.map(\.verified) == [nil, 100, 200])
    }

    @Test("the gaps of a manifest are replaced as a whole")
    func gaps() async throws {
        let manifest = Digest(of: [1])
        let missing = [Digest(of: [2]), Digest(of: [3], algorithm: .sha512)].sorted()
        try await catalog.setGaps(of: manifest, missing + missing)
        #expect(try await catalog.gaps() == [manifest: missing])
        try await catalog.setGaps(of: manifest, [missing[1]])
        #expect(try await catalog.gaps() == [manifest: [missing[1]]])
        try await catalog.setGaps(of: manifest, [])
        #expect(try await catalog.gaps().isEmpty)
    }

    @Test("a file that is no catalog is corrupt, and the remedy rebuilds it")
    func notACatalog() throws {
        let path = folder.file("other.sqlite")
        try Data(repeating: 65, count: 10_000).write(to: URL(fileURLWithPath: path))
        let answer = failure { _ = try Catalog(FilePath(path)) }
        #expect(answer.code == .corrupt)
        #expect(answer.remedy.contains("rebuild-catalog"))
    }

    @Test("a hundred thousand blobs are compared in one pass", .timeLimit(.minutes(10)))
    func large() async throws {
        var random = SplitMix(seed: 17)
        let digests = try (0..<100_000).map { _ in try Digest(algorithm: .sha256, bytes: random.bytes(32)) }
        let packs = stride(from: 0, to: 90_000, by: 10_000).map { pack(Array(digests[$0..<$0 + 10_000])) }
        try await catalog.add(packs, state: .published)
        let result = try difference(digests.sorted(), batch: 5000, sound: packs)
        #expect(result.present == 90_000 && result.packs.count == 9)
        #expect(result.missing == digests[90_000...].sorted())
    }
}

@Suite("packs that change behind our back")
struct LostPackTests {
    private let blobs = (0..<3).map { Array("blob \($0)".utf8) }

    @Test("a pack that was deleted or torn counts as absent, and its blobs are stored again", arguments: [true, false])
    func lost(_ isDeleted: Bool) async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        try await SampleRun.publish(1, Array(blobs.prefix(1)), in: vault)
        let entry = try await SampleRun.publish(2, blobs, in: vault)
        let lost = try #require(try await vault.objects(of: entry.manifest).packs.first)
        let whole = try sample.bytes(of: .pack(lost))
        if isDeleted { try sample.remove(.pack(lost)) } else { try sample.overwrite(.pack(lost), with: Array(whole.dropLast())) }

        #expect(try await vault.packSizes()[lost] == (isDeleted ? nil : Int64(whole.count - 1)))
        let present = try await vault.presentPacks()
        #expect(!present.contains(lost) && present.count == 1)
        let difference = try vault.catalog.difference(blobs, sound: present)
        #expect(
            difference.missing.sorted { Digest(of: $0) < Digest(of: $1) } == blobs.dropFirst().sorted { Digest(of: $0) < Digest(of: $1) })
        #expect(try await vault.catalog.locate(blobs.map { Digest(of: $0) }, soundPacks: present).absent.count == 2)

        let again = try await SampleRun.publish(3, blobs, in: vault)
        #expect(again.manifest.counts.packsWritten == 1)
        #expect(try await !vault.needs(of: again.manifest, in: vault.history()).contains(lost))
        let located = try await vault.catalog.locate(blobs.map { Digest(of: $0) }, soundPacks: try await vault.presentPacks())
        #expect(located.absent.isEmpty && located.packs.count == 2 && !located.packs.contains { $0.id == lost })
        let report = try await vault.audit(reading: false)
        #expect(report.damaged.map(\.object) == ["\(ObjectName.pack(lost))"])
        // The first copy counts again when it is back.
        try sample.overwrite(.pack(lost), with: whole)
        #expect(try await vault.presentPacks().contains(lost))
    }

    @Test("a blob in two packs is found in the second when the first is gone")
    func secondCopy() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let first = try await SampleRun.storePack(blobs, in: vault)
        let second = try await SampleRun.storePack([blobs[1]], in: vault)
        try await vault.catalog.add([first, second], state: .unpublished)
        let digest = Digest(of: blobs[1])
        #expect(try await vault.catalog.locate([digest], soundPacks: try await vault.presentPacks()).packs.map(\.id) == [first.id])
        try sample.remove(first.object.name)
        let present = try await vault.presentPacks()
        let located = try await vault.catalog.locate(blobs.map { Digest(of: $0) }, soundPacks: present)
        #expect(located.packs == [second])
        #expect(located.absent == [Digest(of: blobs[0]), Digest(of: blobs[2])].sorted())
    }
}
