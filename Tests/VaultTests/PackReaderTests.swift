import AgeEncryption
import Foundation
import LabServers
import OCIImage
import SystemPackage
import Testing
import Vault
import VaultLab

@Suite("reading blobs out of a pack")
struct PackReaderTests {
    /// What came of one blob.
    private struct Outcome: Equatable {
        var bytes: [UInt8] = []
        var ends = 0
        var failures = 0
    }

    private static func blobs(_ seed: UInt64, sizes: [Int]) -> [[UInt8]] {
        var random = SplitMix(seed: seed)
        // A counter in front makes blobs of one size differ; an empty one is the empty blob.
        return sizes.enumerated().map { index, size in Array((Array("\(index) ".utf8) + random.bytes(size)).prefix(size)) }
    }

    private func read(_ blobs: [BlobLocation], from pack: PackContents, of vault: Vault) async throws -> [Digest: Outcome] {
        let reader = try await PackReader(pack.object, on: vault.target, with: vault.keys.identities)
        var outcomes: [Digest: Outcome] = [:]
        var last: Int?
        try await reader.read(blobs) { blob, event in
            let index = try #require(blobs.firstIndex(of: blob))
            // In order, and one at a time.
            #expect(index >= last ?? 0)
            last = index
            switch event {
            case .bytes(let piece):
                #expect(outcomes[blob.digest].map { $0.ends + $0.failures } ?? 0 == 0)
                outcomes[blob.digest, default: Outcome()].bytes += piece
            case .end: outcomes[blob.digest, default: Outcome()].ends += 1
            case .failed(let error):
                #expect(error.code == .corrupt && error.problem.contains("\(pack.object.name)"))
                outcomes[blob.digest, default: Outcome()].failures += 1
            }
        }
        return outcomes
    }

    private func makePack(_ blobs: [[UInt8]]) async throws -> (sample: SampleVault, vault: Vault, pack: PackContents) {
        let sample = try await SampleVault.make()
        let pack = try await SampleRun.storePack(blobs, in: try await sample.open())
        return (sample, try await sample.open(sample.readerKeys, state: "reader"), pack)
    }

    static let shapes: [(seed: UInt64, sizes: [Int])] = [
        (1, [1]), (2, [0]), (3, [0, 1, 511, 512, 513, 65_535, 65_536, 65_537]), (4, [5 << 20]), (5, [(4 << 20) - 512, 7, 0]),
        (6, [100, 9 << 20, 100, 300_000, 100]), (7, Array(repeating: 10_000, count: 500)),
        (8, [(4 << 20) - 1024, 512, (4 << 20) - 1024, 1]),
    ]

    @Test("every blob of a pack comes back whole, as does any subset", arguments: shapes)
    func subsets(_ seed: UInt64, _ sizes: [Int]) async throws {
        let blobs = Self.blobs(seed, sizes: sizes)
        let (sample, vault, pack) = try await makePack(blobs)
        defer { withExtendedLifetime(sample) {} }
        let contents = Dictionary(blobs.map { (Digest(of: $0), $0) }) { first, _ in first }
        var random = SplitMix(seed: seed)
        for round in 0..<6 {
            let wanted = round == 0 ? pack.blobs : pack.blobs.filter { _ in Int.random(in: 0...round, using: &random) == 0 }
            let outcomes = try await read(wanted, from: pack, of: vault)
            #expect(outcomes.count == wanted.count)
            for blob in wanted {
                let outcome = try #require(outcomes[blob.digest])
                #expect(
                    outcome.ends == 1 && outcome.failures == 0 && outcome.bytes == contents[blob.digest], "seed \(seed), size \(blob.size)")
            }
        }
    }

    @Test("one small blob costs its surroundings, not the pack")
    func range() async throws {
        let blobs = Self.blobs(31, sizes: [3 << 20, 1000, 3 << 20, 3 << 20])
        let (sample, _, pack) = try await makePack(blobs)
        let target = FaultyTarget(sample.target)
        let vault = try await sample.open(sample.readerKeys, state: "counting", target: target)
        target.arm(nil)
        let outcomes = try await read([pack.blobs[1]], from: pack, of: vault)
        #expect(outcomes[pack.blobs[1].digest]?.bytes == blobs[1])
        // The header, and one window: each a download and its pieces of at most 1 MiB.
        #expect(target.calls.count { $0 == .download(pack.object.name) } == 2)
        #expect(target.calls.count { $0 == .read(pack.object.name) } <= 4)
    }

    @Test("a damaged byte costs the blobs of its chunk and no others", arguments: [UInt64](1...8))
    func damage(_ seed: UInt64) async throws {
        let sizes = [20_000, 300_000, 100, 100, 0, 70_000, 5 << 20, 1, 65_536, 2 << 20] + Array(repeating: 3000, count: 200)
        let blobs = Self.blobs(seed, sizes: sizes)
        let (sample, vault, pack) = try await makePack(blobs)
        let contents = Dictionary(blobs.map { (Digest(of: $0), $0) }) { first, _ in first }
        let bytes = try sample.bytes(of: pack.object.name)
        // Plaintext is a multiple of 1 MiB, so every chunk is whole; what is left in front is header and nonce.
        let chunk = Int64(64 << 10)
        let start = Int64(bytes.count) % (chunk + 16)
        var random = SplitMix(seed: seed)
        for _ in 0..<4 {
            let at = Int64.random(in: start..<Int64(bytes.count), using: &random)
            var altered = bytes
            altered[Int(at)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try sample.overwrite(pack.object.name, with: altered)
            let number = (at - start) / (chunk + 16)
            let hit = number * chunk..<(number + 1) * chunk
            let outcomes = try await read(pack.blobs, from: pack, of: vault)
            for blob in pack.blobs {
                let outcome = try #require(outcomes[blob.digest])
                let isHit = (blob.offset..<blob.offset + blob.size).overlaps(hit)
                #expect(
                    outcome.failures == (isHit ? 1 : 0) && outcome.ends == (isHit ? 0 : 1),
                    "seed \(seed), byte \(at), blob at \(blob.offset)")
                if !isHit { #expect(outcome.bytes == contents[blob.digest]) }
            }
        }
    }

    @Test("an object that is shorter than its signed list fails what lies beyond its end, and is corrupt where its header is gone")
    func shorter() async throws {
        let blobs = Self.blobs(41, sizes: [1000, 3 << 20, 3 << 20, 1000])
        let (sample, vault, pack) = try await makePack(blobs)
        let bytes = try sample.bytes(of: pack.object.name)
        try sample.overwrite(pack.object.name, with: Array(bytes.prefix(4 << 20)))
        let outcomes = try await read(pack.blobs, from: pack, of: vault)
        #expect(pack.blobs.map { outcomes[$0.digest]?.ends } == [1, 1, 0, 0])
        #expect(pack.blobs.map { outcomes[$0.digest]?.failures } == [0, 0, 1, 1])
        for length in [0, 1, 100, 1000] {
            try sample.overwrite(pack.object.name, with: Array(bytes.prefix(length)))
            #expect(await failure { _ = try await read(pack.blobs, from: pack, of: vault) }.code == .corrupt, "\(length)")
        }
        try sample.remove(pack.object.name)
        #expect(await failure { _ = try await read(pack.blobs, from: pack, of: vault) }.code == .notFound)
    }

    @Test("without the right identity a pack is locked, and the catalog identity opens none")
    func locked() async throws {
        let (sample, vault, pack) = try await makePack([[1, 2, 3]])
        for identities in [[], [AgeIdentity.make()], [sample.catalogIdentity]] {
            let answer = await failure { _ = try await PackReader(pack.object, on: vault.target, with: identities) }
            #expect(answer.code == .locked)
            #expect(answer.remedy.contains("--identity"))
        }
        let many = [AgeIdentity.make(), sample.identity]
        _ = try await PackReader(pack.object, on: vault.target, with: many)
    }

    @Test("a target that goes away in mid-read is thrown, not blamed on the pack")
    func unavailable() async throws {
        let blobs = Self.blobs(51, sizes: [1000, 9 << 20])
        let (sample, _, pack) = try await makePack(blobs)
        let target = FaultyTarget(sample.target)
        let vault = try await sample.open(sample.readerKeys, state: "dying", target: target)
        target.arm(.dieBefore(call: 8))
        #expect(await failure { _ = try await read(pack.blobs, from: pack, of: vault) }.code == .unavailable)
    }
}

@Suite("writing a pack")
struct PackWriterTests {
    @Test("a blob that is hashed while it is sent is stored if it is what its digest says")
    func streamed() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        var random = SplitMix(seed: 61)
        let blob = random.bytes(3 << 20)
        for algorithm in [Digest.Algorithm.sha256, .sha512] {
            let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
            var position = 0
            try await writer.add(Digest(of: blob, algorithm: algorithm), size: Int64(blob.count)) {
                guard position < blob.count else { return nil }
                defer { position += 700_001 }
                return Array(blob[position..<min(blob.count, position + 700_001)])
            }
            let pack = try await writer.finish()
            #expect(try await sample.open(sample.readerKeys, state: "reader").verify(pack).isEmpty)
        }
    }

    @Test("a blob of other bytes, or fewer, or more, is a mismatch, and the abandoned pack leaves nothing", arguments: [0, 1, 2])
    func mismatch(_ kind: Int) async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let blob = [UInt8](repeating: 7, count: 100_000)
        let sent = [[UInt8](repeating: 8, count: 100_000), Array(blob.dropLast()), blob + [7]][kind]
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        var pieces = [sent]
        await #expect(throws: BlobMismatch.self) {
            try await writer.add(Digest(of: blob), size: Int64(blob.count), next: { pieces.popLast() })
        }
        await writer.abandon()
        #expect(try await vault.packSizes().isEmpty)
        let left = try FileManager.default.subpathsOfDirectory(atPath: sample.root.string).filter { $0.hasSuffix(".tmp") }
        #expect(left.isEmpty)
    }

    @Test("offsets are those of the data in the tar, whatever the length of the name")
    func offsets() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        #expect(writer.isEmpty && writer.size == 0)
        try await writer.add(Digest(of: [1]), verified: [1])
        try await writer.add(Digest(of: [2], algorithm: .sha512), verified: [2])
        try await writer.add(Digest(of: [3]), verified: [3])
        let pack = try await writer.finish()
        // Header, data and a block of zeros; then a pax header of two blocks before the long name's own.
        #expect(pack.blobs.map(\.offset) == [512, 2560, 3584])
        #expect(pack.object.name == .pack(pack.id))
    }
}
