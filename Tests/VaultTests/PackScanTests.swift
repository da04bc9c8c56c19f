import AgeEncryption
import LabServers
import OCIImage
import Testing
import Vault

@Suite("scanning a whole pack")
struct PackScanTests {
    private static let blobs: [[UInt8]] = {
        var random = SplitMix(seed: 71)
        return [0, 1, 511, 512, 513, 100_000, 7].enumerated().map { index, size in size == 0 ? [] : [UInt8(index)] + random.bytes(size - 1)
        }
    }()

    private func makePack() async throws -> (sample: SampleVault, reader: Vault, pack: PackContents, tar: [UInt8]) {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        for (index, blob) in Self.blobs.enumerated() {
            try await writer.add(Digest(of: blob, algorithm: index == 3 ? .sha512 : .sha256), verified: blob)
        }
        let pack = try await writer.finish()
        let reader = try await sample.open(sample.readerKeys, state: "reader")
        let download = try await SealedDownload(pack.object, from: reader.target, with: reader.keys.identities)
        return (sample, reader, pack, try await download.contents(limit: 4 << 20))
    }

    private func scan(_ tar: [UInt8], _ blobs: [BlobLocation], pieces: Int = 64 << 10) -> PackScan {
        var scan = PackScan(blobs)
        for start in stride(from: 0, to: tar.count, by: pieces) { scan.take(Array(tar[start..<min(tar.count, start + pieces)])) }
        scan.finish()
        return scan
    }

    @Test("a sound pack is sound in whatever pieces it comes", arguments: [1, 7, 511, 512, 513, 65_536, 2 << 20])
    func sound(_ pieces: Int) async throws {
        let (sample, reader, pack, tar) = try await makePack()
        defer { withExtendedLifetime(sample) {} }
        let end = try #require(pack.blobs.last).offset + 7
        let scan = scan(pieces < 512 ? Array(tar.prefix(Int(end))) : tar, pack.blobs, pieces: pieces)
        #expect(scan.damaged.isEmpty && scan.sound == Self.blobs.count)
        #expect(try await reader.verify(pack).isEmpty)
    }

    @Test("a changed byte of data damages that blob alone")
    func data() async throws {
        let (_, _, pack, tar) = try await makePack()
        for blob in pack.blobs where blob.size > 0 {
            for at in Set([blob.offset, blob.offset + blob.size / 2, blob.offset + blob.size - 1]) {
                var altered = tar
                altered[Int(at)] ^= 0x40
                let scan = scan(altered, pack.blobs)
                #expect(scan.damaged.map(\.digest) == [blob.digest])
                #expect(scan.sound == Self.blobs.count - 1)
            }
        }
    }

    @Test("a changed name in a tar header is found, though the data is right")
    func header() async throws {
        let (_, _, pack, tar) = try await makePack()
        for blob in pack.blobs where blob.digest.algorithm == .sha256 {
            var altered = tar
            altered[Int(blob.offset) - 512 + 20] ^= 1
            let damaged = scan(altered, pack.blobs).damaged
            #expect(damaged.map(\.digest) == [blob.digest] && damaged[0].problem.contains("header"))
        }
    }

    @Test("what a torn pack does not hold any more is damaged")
    func torn() async throws {
        let (_, _, pack, tar) = try await makePack()
        for count in pack.blobs.indices {
            let scan = scan(Array(tar.prefix(max(0, Int(pack.blobs[count].offset) - 1))), pack.blobs)
            #expect(scan.damaged.map(\.digest) == pack.blobs[count...].map(\.digest))
            #expect(scan.sound == count)
        }
    }

    @Test("an index that is wrong about places is damage, never a crash")
    func wrongIndex() async throws {
        let (_, _, pack, tar) = try await makePack()
        let big = pack.blobs[5]
        for wrong in [
            BlobLocation(digest: Digest(of: [9]), offset: big.offset + 10, size: 100),
            BlobLocation(digest: Digest(of: [9]), offset: big.offset + big.size - 1, size: 5),
            BlobLocation(digest: Digest(of: [9]), offset: 1 << 40, size: 1 << 40),
            BlobLocation(digest: Digest(of: [9]), offset: Int64(tar.count), size: 1),
        ] {
            let blobs = (pack.blobs + [wrong]).sorted { ($0.offset, $0.size) < ($1.offset, $1.size) }
            let scan = scan(tar, blobs)
            #expect(Set(scan.damaged.map(\.digest)) == [wrong.digest])
            #expect(scan.sound == Self.blobs.count)
        }
    }

    @Test("a pack whose ciphertext was changed, cut or extended is damaged; one that is gone is, too; a wrong identity is locked")
    func ciphertext() async throws {
        let (sample, reader, pack, _) = try await makePack()
        let bytes = try sample.bytes(of: pack.object.name)
        let all = Set(pack.blobs.map(\.digest))
        for altered in [
            Array(bytes.dropLast()), bytes + [0], bytes.enumerated().map { $0 == 50_000 ? $1 ^ 1 : $1 }, [], Array(bytes.prefix(100)),
        ] {
            try sample.overwrite(pack.object.name, with: altered)
            #expect(try await !reader.verify(pack).isEmpty)
        }
        try sample.remove(pack.object.name)
        #expect(Set(try await reader.verify(pack).map(\.digest)) == all)
        try sample.overwrite(pack.object.name, with: bytes)
        #expect(try await reader.verify(pack).isEmpty)
        let stranger = try await sample.open(VaultKeys(identities: [.make()]), state: "stranger")
        #expect(await failure { _ = try await stranger.verify(pack) }.code == .locked)
    }
}
