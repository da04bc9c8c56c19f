import AgeEncryption
import Foundation
import LabServers
import OCIImage
import SSHSignature
import Testing
import Vault
import VaultLab

@Suite("publishing a snapshot")
struct PublicationTests {
    private func blobs(_ numbers: Range<Int>) -> [[UInt8]] { numbers.map { Array("blob \($0)".utf8) } }

    @Test("each snapshot names the one before it by id and hash, and what is there already is not stored again")
    func chain() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        var published: [SnapshotHistory.Entry] = []
        for number in 1...4 { published.append(try await SampleRun.publish(number, blobs(0..<number + number / 3), in: vault)) }
        let history = try await vault.history()
        #expect(history.entries == published)
        #expect(history.entries.map(\.manifest.sequence) == [1, 2, 3, 4])
        #expect(history.entries[0].manifest.previous == nil)
        for (before, after) in zip(history.entries, history.entries.dropFirst()) {
            let expected = SnapshotManifest.Predecessor(snapshot: before.manifest.snapshot, sha256: before.sha256)
            #expect(after.manifest.previous == expected)
            #expect(before.sha256 == sha256(of: try sample.bytes(of: .snapshot(before.manifest.snapshot, .manifest))))
        }
        #expect(history.entries.map(\.manifest.counts.packsWritten) == [1, 1, 1, 1])
        #expect(history.entries.map(\.manifest.counts.packsNeeded) == [1, 2, 3, 4])
        #expect(history.entries.map(\.manifest.counts.packsAdopted) == [0, 0, 0, 0])
        let same = try await SampleRun.publish(5, blobs(0..<5), in: vault)
        #expect(same.manifest.counts.packsWritten == 0)
        #expect(try await vault.objects(of: same.manifest).object(.index(same.manifest.run)) == nil)
        #expect(try await vault.history().latestComplete == same)
        #expect(try await vault.audit(reading: true).isSound)
    }

    @Test("the object list names everything that the run wrote, with size and hash, and nothing else")
    func objectList() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let entry = try await SampleRun.publish(1, blobs(0..<3), in: vault)
        let objects = try await vault.objects(of: entry.manifest)
        let id = entry.manifest.snapshot
        let pack = try #require(objects.packs.first)
        #expect(
            Set(objects.list.objects.map(\.name)) == [.pack(pack), .index(id), .snapshot(id, .database), .snapshot(id, .needs)])
        for object in objects.list.objects {
            let bytes = try sample.bytes(of: object.name)
            #expect(object.size == Int64(bytes.count) && object.sha256 == sha256(of: bytes))
        }
        #expect(entry.manifest.objectList.objects == 4)
        #expect(entry.manifest.objectList.bytes == objects.list.objects.reduce(0) { $0 + $1.size })
    }

    @Test("a host without a signing key publishes nothing")
    func withoutKey() async throws {
        let sample = try await SampleVault.make()
        var keys = sample.writerKeys
        keys.signingKey = nil
        let vault = try await sample.open(keys)
        let draft = try SampleRun.draft(1)
        let answer = await failure { _ = try await vault.publish(draft, SnapshotContents(objects: []), at: SampleVault.epoch) }
        #expect(answer.code == .configuration)
        #expect(try await vault.target.list(.snapshots).isEmpty)
    }

    @Test("a snapshot of files alone has neither needs nor segment")
    func filesAlone() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        var draft = try SampleRun.draft(1)
        draft.scope = .files
        draft.fileSets = ["keys"]
        let archive = try await SealedUpload.put(
            [1, 2, 3], as: .snapshot(draft.id, .files(set: "keys")), on: vault.target, to: vault.dataRecipients)
        let entry = try await vault.publish(draft, SnapshotContents(objects: [archive]), at: SampleVault.epoch)
        #expect(try await vault.objects(of: entry.manifest).list.objects == [archive])
        #expect(try await vault.history().latestComplete == nil)
    }

    @Test("publishing under an id that is taken is refused, and what is there stays")
    func sameID() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let entry = try await SampleRun.publish(1, blobs(0..<2), in: vault)
        #expect(await failure { try await SampleRun.publish(1, blobs(0..<4), in: vault) }.code == .exists)
        let report = try await vault.audit(reading: true)
        #expect(report.isSound && report.snapshots == 1)
        #expect(try await vault.history().entries == [entry])
    }

    @Test("several runs of one process that publish at once take turns and leave one whole chain")
    func atOnce() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...6 {
                group.addTask {
                    let own = try await sample.open()
                    try await SampleRun.publish(number, self.blobs(number * 10..<number * 10 + 2), in: own)
                }
            }
            try await group.waitForAll()
        }
        let history = try await vault.history()
        #expect(history.entries.map(\.manifest.sequence).sorted() == Array(1...6))
        #expect(ChainReport(history.entries, expired: [], seen: vault.memory.heads).findings.isEmpty)
        #expect(try await vault.audit(reading: true).isSound)
    }

    @Test("an unpublished pack is adopted once, if it is there, whole, and in no expiry record")
    func adoption() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let left = try await SampleRun.storePack(blobs(0..<2), in: vault)
        let torn = try await SampleRun.storePack(blobs(2..<4), in: vault)
        let gone = try await SampleRun.storePack(blobs(4..<6), in: vault)
        let expired = try await SampleRun.storePack(blobs(6..<8), in: vault)
        try await vault.catalog.add([left, torn, gone, expired], state: .unpublished)
        try sample.overwrite(torn.object.name, with: [1, 2, 3])
        try sample.remove(gone.object.name)
        try await vault.write(.expiry(snapshots: [], packs: [expired.id], notBefore: SampleVault.epoch), at: SampleVault.epoch)
        let listing = try await SampleRun.listing(of: vault)
        let database = try await SealedUpload.put(
            [1], as: .snapshot(SampleRun.id(1), .database), on: vault.target, to: vault.dataRecipients)
        let entry = try await vault.publish(
            SampleRun.draft(1), SnapshotContents(objects: [database], needs: [left.id], listing: listing), at: SampleVault.epoch)
        #expect(entry.manifest.counts.packsAdopted == 1 && entry.manifest.counts.packsWritten == 0)
        #expect(try await vault.objects(of: entry.manifest).packs == [left.id])
        let states = try await vault.catalog.packs().map { ($0.id, $0.state) }
        #expect(Set(states.filter { $0.1 == .published }.map(\.0)) == [left.id])
        let next = try await SampleRun.publish(2, blobs(0..<2), in: vault)
        #expect(next.manifest.counts.packsAdopted == 0)
    }

    @Test("a writer that died after its signature goes on without any identity: it knows its own packs")
    func ownSegment() async throws {
        let sample = try await SampleVault.make()
        var keys = sample.writerKeys
        keys.catalogIdentity = nil
        try await SampleRun.publish(1, blobs(0..<1), in: try await sample.open(keys))
        let rehearsal = try sample.copy()
        let target = FaultyTarget(rehearsal.target)
        let rehearsed = try await rehearsal.open(keys, target: target)
        target.arm(nil)
        try await SampleRun.publish(2, blobs(0..<2), in: rehearsed)
        let signature = try #require(target.calls.lastIndex(of: .finish(.snapshot(SampleRun.id(2), .signature)))) + 1

        let faulty = FaultyTarget(sample.target)
        let vault = try await sample.open(keys, target: faulty)
        faulty.arm(.dieAfter(call: signature))
        #expect(await failure { try await SampleRun.publish(2, blobs(0..<2), in: vault) }.code == .unavailable)
        let after = try await sample.open(keys)
        #expect(try await after.history().entries.count == 2)
        let entry = try await SampleRun.publish(4, blobs(0..<3), in: after)
        #expect(entry.manifest.counts.packsWritten == 1)
    }
}

@Suite("what a reader believes")
struct TrustTests {
    private let blobs = [Array("a".utf8), Array("b".utf8)]

    @Test("a snapshot by a foreign signer is not there, and the report names its fingerprint")
    func foreignSigner() async throws {
        let sample = try await SampleVault.make()
        try await SampleRun.publish(1, blobs, in: try await sample.open())
        let stranger = SSHSigningKey.make(comment: "stranger")
        var keys = sample.writerKeys
        keys.signingKey = stranger
        keys.signers.append(stranger.publicKey)
        try await SampleRun.publish(2, blobs, in: try await sample.open(keys, state: "stranger"))
        let vault = try await sample.open()
        let history = try await vault.history()
        #expect(history.entries.map(\.manifest.snapshot) == [try SampleRun.id(1)])
        #expect(history.rejected.map(\.snapshot) == [try SampleRun.id(2)])
        #expect(history.rejected.first?.foreignSigner == stranger.publicKey.fingerprint)
        #expect(history.rejected.first?.reason.contains(stranger.publicKey.fingerprint) == true)
        let own = try await SampleRun.publish(3, blobs, in: vault)
        #expect(own.manifest.sequence == 2)
        // Who trusts both sees two chains, each beginning with 1.
        let both = try await sample.open(keys, state: "both").history()
        #expect(both.entries.map(\.manifest.sequence) == [1, 1, 2])
        #expect(ChainReport(both.entries, expired: [], seen: [:]).findings.isEmpty)
    }

    @Test("a manifest that was moved here from another vault, or to another snapshot's name, is rejected")
    func moved() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        try await SampleRun.publish(1, blobs, in: vault)
        let id = try SampleRun.id(2)
        for part in [SnapshotPart.manifest, .signature] {
            try sample.overwrite(.snapshot(id, part), with: try sample.bytes(of: .snapshot(SampleRun.id(1), part)))
        }
        let other = try await SampleVault.make()
        let elsewhere = try await other.open(sample.writerKeys)
        try await SampleRun.publish(3, blobs, in: elsewhere)
        for part in [SnapshotPart.manifest, .signature, .objectList] {
            try sample.overwrite(.snapshot(SampleRun.id(3), part), with: try other.bytes(of: .snapshot(SampleRun.id(3), part)))
        }
        let history = try await vault.history()
        #expect(history.entries.map(\.manifest.snapshot) == [try SampleRun.id(1)])
        #expect(history.rejected.map(\.snapshot) == [id, try SampleRun.id(3)])
        #expect(history.rejected.allSatisfy { $0.reason.contains("moved") && $0.foreignSigner == nil })
    }

    @Test("a manifest without a signature is no snapshot, nor is a signature without a manifest")
    func unsigned() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        for number in 1...3 { try await SampleRun.publish(number, blobs, in: vault) }
        try sample.remove(.snapshot(SampleRun.id(2), .signature))
        try sample.remove(.snapshot(SampleRun.id(3), .manifest))
        let history = try await sample.open(sample.readerKeys, state: "reader").history()
        #expect(history.entries.map(\.manifest.sequence) == [1])
        #expect(history.unsigned == [try SampleRun.id(2)])
        #expect(history.rejected.isEmpty)
    }

    @Test("a single changed byte anywhere in manifest or signature is noticed")
    func tampered() async throws {
        let sample = try await SampleVault.make()
        try await SampleRun.publish(1, blobs, in: try await sample.open())
        let reader = try await sample.open(sample.readerKeys, state: "reader")
        var random = SplitMix(seed: 21)
        for part in [SnapshotPart.manifest, .signature] {
            let name = ObjectName.snapshot(try SampleRun.id(1), part)
            let bytes = try sample.bytes(of: name)
            for _ in 0..<60 {
                var altered = bytes
                let at = Int.random(in: 0..<bytes.count, using: &random)
                altered[at] = bytes[at] &+ UInt8.random(in: 1...255, using: &random)
                try sample.overwrite(name, with: altered)
                let history = try await reader.history()
                // Line breaks of the armor carry no meaning; whatever is still accepted is the same manifest.
                if history.entries.isEmpty {
                    #expect(history.rejected.count == 1)
                } else {
                    #expect(part == .signature && history.entries.count == 1)
                }
            }
            try sample.overwrite(name, with: bytes)
            #expect(try await reader.history().entries.count == 1)
        }
    }

    @Test("an altered object list, index segment or needs is noticed before it is used", arguments: [0, 1, 2])
    func alteredLists(_ which: Int) async throws {
        let sample = try await SampleVault.make()
        let entry = try await SampleRun.publish(1, blobs, in: try await sample.open())
        let id = entry.manifest.snapshot
        let name = [ObjectName.snapshot(id, .objectList), .index(id), .snapshot(id, .needs)][which]
        let bytes = try sample.bytes(of: name)
        let reader = try await sample.open(sample.readerKeys, state: "reader")
        let history = try await reader.history()
        for altered in [Array(bytes.dropLast()), bytes + [10], bytes.enumerated().map { $0 == bytes.count / 2 ? $1 ^ 1 : $1 }, []] {
            try sample.overwrite(name, with: altered)
            let answer = await failure {
                try await reader.synchronizeCatalog(with: history)
                _ = try await reader.needs(of: entry.manifest, in: history)
            }
            #expect(answer.code == .corrupt, "\(answer.problem)")
            if which < 2 { #expect(try await reader.catalog.packs().isEmpty) }
        }
        try sample.overwrite(name, with: bytes)
        #expect(try await reader.synchronizeCatalog(with: history) == (which < 2 ? 1 : 0))
    }

    @Test("a segment that nobody here can open is locked, and says what is missing")
    func locked() async throws {
        let sample = try await SampleVault.make()
        try await SampleRun.publish(1, blobs, in: try await sample.open())
        for identities in [[], [AgeIdentity.make()]] {
            let keys = VaultKeys(identities: identities, signers: [sample.signingKey.publicKey])
            let stranger = try await sample.open(keys, state: "stranger\(identities.count)")
            let answer = await failure { try await stranger.synchronizeCatalog(with: try await stranger.history()) }
            #expect(answer.code == .locked)
            #expect(answer.remedy.contains("--identity"))
        }
    }

    @Test("a segment of hostile content, signed by a trusted key, does not enter the catalog")
    func hostileSegment() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let id = try SampleRun.id(1)
        let pack = RandomID()
        // The segment describes a pack that the list does not name.
        let contents = PackContents(
            id: pack, object: StoredObject(name: .pack(pack), size: 1000, sha256: sha256(of: [])),
            blobs: [BlobLocation(digest: Digest(of: [1]), offset: 512, size: 1)])
        let text = IndexSegment.header + IndexSegment.lines(of: contents) + IndexSegment.trailer(packs: 1, blobs: 1)
        let segment = try await SealedUpload.put(text, as: .index(id), on: vault.target, to: vault.indexRecipients)
        let listed = StoredObject(name: .pack(pack), size: 999, sha256: sha256(of: []))
        _ = try await vault.publish(SampleRun.draft(1), SnapshotContents(objects: [segment, listed]), at: SampleVault.epoch)
        let reader = try await sample.open(sample.readerKeys, state: "reader")
        let answer = await failure { try await reader.synchronizeCatalog(with: try await reader.history()) }
        #expect(answer.code == .corrupt)
        #expect(try await reader.catalog.packs().isEmpty)
    }

    @Test("records count only when a trusted signer signed them for this vault under this id")
    func records() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let id = try SampleRun.id(1)
        let record = try await vault.write(.hold(snapshot: id, reason: "audit", until: .distantFuture), at: SampleVault.epoch)
        var keys = sample.writerKeys
        keys.signingKey = SSHSigningKey.make(comment: "stranger")
        let stranger = try await sample.open(keys, state: "stranger")
        let foreign = try await stranger.write(
            .expiry(snapshots: [id], packs: [RandomID()], notBefore: .distantPast), at: SampleVault.epoch)
        let copy = RandomID()
        try sample.overwrite(.record(copy), with: try sample.bytes(of: .record(record.id)))
        try sample.overwrite(.record(copy, signature: true), with: try sample.bytes(of: .record(record.id, signature: true)))
        try sample.overwrite(.record(RandomID()), with: Array("unsigned".utf8))
        let history = try await vault.records()
        #expect(history.records.map(\.id) == [record.id])
        #expect(Set(history.rejected.map(\.id)) == [foreign.id, copy])
        #expect(history.expiredPacks.isEmpty && history.expiredSnapshots.isEmpty)
    }

    @Test("a signature made for a manifest does not make a record, nor the other way round")
    func namespaces() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        let record = try await vault.write(.hold(snapshot: SampleRun.id(1), reason: "x", until: .distantFuture), at: SampleVault.epoch)
        let bytes = try sample.bytes(of: .record(record.id))
        let wrong = try sample.signingKey.sign(bytes, namespace: SnapshotManifest.namespace)
        try sample.overwrite(.record(record.id, signature: true), with: Array(wrong.armored.utf8))
        let history = try await vault.records()
        #expect(history.records.isEmpty && history.rejected.map(\.id) == [record.id])
    }
}
