import AgeEncryption
import Foundation
import Testing
import Vault

@Suite("the report on chains")
struct ChainReportTests {
    private let version = SnapshotManifest.Versions(opsd: "test")

    /// Member `sequence` of a chain, named after its sequence unless `number` says otherwise.
    private func member(_ sequence: Int, number: Int? = nil, after previous: Int?, hash: String? = nil, signer: String = "a") throws
        -> SnapshotHistory.Entry
    {
        let manifest = SnapshotManifest(
            vault: try #require(RandomID(parsing: String(repeating: "0", count: 32))), draft: try SampleRun.draft(number ?? sequence),
            signer: signer, sequence: sequence,
            previous: try previous.map { SnapshotManifest.Predecessor(snapshot: try SampleRun.id($0), sha256: hash ?? self.hash($0)) },
            created: SampleVault.epoch,
            objectList: SnapshotManifest.ObjectListReference(sha256: "", size: 0, objects: 0, bytes: 0), counts: SnapshotManifest.Counts())
        return SnapshotHistory.Entry(manifest: manifest, sha256: self.hash(number ?? sequence))
    }

    private func hash(_ number: Int) -> String { "hash \(number)" }

    private func chain(_ sequences: some Sequence<Int>, signer: String = "a") throws -> [SnapshotHistory.Entry] {
        try sequences.map { try member($0, after: $0 == 1 ? nil : $0 - 1, signer: signer) }
    }

    private func findings(
        _ entries: [SnapshotHistory.Entry], expired: [Int] = [], seen: [String: Int] = [:]
    ) throws -> [ChainReport.Finding] {
        let heads = try seen.mapValues { HeadMemory.Head(sequence: $0, snapshot: try SampleRun.id($0), sha256: hash($0)) }
        let report = ChainReport(entries, expired: Set(try expired.map { try SampleRun.id($0) }), seen: heads)
        #expect(report == ChainReport(entries.reversed(), expired: Set(try expired.map { try SampleRun.id($0) }), seen: heads))
        return report.findings
    }

    @Test("a whole chain shows nothing, in whatever order it is read; nor does an empty vault")
    func whole() throws {
        #expect(try findings(chain(1...9), seen: ["a": 9]).isEmpty)
        #expect(try findings([]).isEmpty)
        #expect(try findings(chain(1...3) + chain(1...2, signer: "b"), seen: ["a": 3, "b": 2]).isEmpty)
    }

    /// Which members of a chain of eight are missing, which are named by expiry records, and the gaps that remain.
    struct Gap: Sendable, CustomTestStringConvertible {
        let missing: Set<Int>
        let expired: [Int]
        let gaps: [[Int]]
        var testDescription: String { "\(missing.sorted()) missing, \(expired) expired" }

        static let all = [
            Gap(missing: [4], expired: [], gaps: [[3, 5]]), Gap(missing: [4], expired: [4], gaps: []),
            Gap(missing: [4], expired: [3], gaps: [[3, 5]]), Gap(missing: [1], expired: [1], gaps: []),
            Gap(missing: [1], expired: [], gaps: [[0, 2]]), Gap(missing: [1, 2, 3], expired: [1, 2, 3], gaps: []),
            Gap(missing: [1, 2, 3], expired: [3], gaps: [[0, 4]]), Gap(missing: [3, 4, 5], expired: [3, 4, 5], gaps: []),
            Gap(missing: [3, 4, 5], expired: [5], gaps: [[2, 6]]), Gap(missing: [3, 4, 5], expired: [3, 4], gaps: [[2, 6]]),
            Gap(missing: [2, 5], expired: [2], gaps: [[4, 6]]), Gap(missing: [2, 5], expired: [2, 5], gaps: []),
            Gap(missing: [2, 5, 7], expired: [], gaps: [[1, 3], [4, 6], [6, 8]]), Gap(missing: [], expired: [1, 2, 8], gaps: []),
            Gap(missing: [1, 2, 3, 4, 5, 6, 7], expired: [1, 2, 3, 4, 5, 6, 7], gaps: []),
        ]
    }

    @Test("a missing member is a gap unless expiry records name as many as are missing, the nearest among them", arguments: Gap.all)
    func gaps(_ gap: Gap) throws {
        let found = try findings(chain((1...8).filter { !gap.missing.contains($0) }), expired: gap.expired)
        #expect(found == gap.gaps.map { .gap(signer: "a", after: $0[0], before: $0[1]) })
    }

    @Test("one expired snapshot does not cover a gap in each of two chains")
    func oneRecordTwoGaps() throws {
        let a = [try member(1, after: nil), try member(3, after: 2)]
        let b = [try member(1, number: 11, after: nil, signer: "b"), try member(3, number: 13, after: 2, signer: "b")]
        #expect(try findings(a + b, expired: [2]) == [.gap(signer: "b", after: 1, before: 3)])
    }

    @Test("a removed head is rolled back for whoever saw it, and fine where it expired")
    func heads() throws {
        let chain = try chain(1...5)
        #expect(try findings(chain, seen: ["a": 7]) == [.rolledBack(signer: "a", seen: 7, present: 5)])
        #expect(try findings(chain, expired: [7], seen: ["a": 7]).isEmpty)
        #expect(try findings(chain, expired: [6], seen: ["a": 7]).count == 1)
        #expect(try findings([], seen: ["a": 1]) == [.rolledBack(signer: "a", seen: 1, present: 0)])
        #expect(try findings(chain, seen: ["b": 2]) == [.rolledBack(signer: "b", seen: 2, present: 0)])
    }

    @Test("two members with one sequence are a fork, whichever of them the next one follows", arguments: [2, 20])
    func forks(_ followed: Int) throws {
        let members = [
            try member(1, after: nil), try member(2, after: 1), try member(2, number: 20, after: 1), try member(3, after: followed),
        ]
        #expect(
            try findings(members) == [
                .fork(signer: "a", sequence: 2, snapshots: [try SampleRun.id(2), try SampleRun.id(20)])
            ])
    }

    @Test("a member that names another predecessor than the one there is a broken link")
    func links() throws {
        let broken: [ChainReport.Finding] = [.brokenLink(signer: "a", snapshot: try SampleRun.id(2))]
        #expect(try findings([try member(1, after: nil), try member(2, after: 1, hash: "another")]) == broken)
        #expect(try findings([try member(1, after: nil), try member(2, after: nil)]) == broken)
        #expect(try findings([try member(1, after: nil), try member(2, after: 9, hash: hash(1))]) == broken)
        #expect(try findings([try member(1, after: 9)]) == [.brokenLink(signer: "a", snapshot: try SampleRun.id(1))])
    }

    @Test("every finding is a sentence that names the signer")
    func sentences() throws {
        let all: [ChainReport.Finding] = [
            .gap(signer: "KEY", after: 1, before: 3), .fork(signer: "KEY", sequence: 2, snapshots: []),
            .brokenLink(signer: "KEY", snapshot: try SampleRun.id(2)), .rolledBack(signer: "KEY", seen: 2, present: 1),
        ]
        for finding in all { #expect(finding.description.contains("KEY")) }
    }
}

@Suite("a chain on a target that somebody changed")
struct ChainOnTargetTests {
    private let blobs = [Array("a".utf8)]

    private func remove(_ number: Int, from sample: SampleVault) throws {
        for part in [SnapshotPart.database, .needs, .objectList, .manifest, .signature] {
            try sample.remove(.snapshot(SampleRun.id(number), part))
        }
    }

    @Test("a removed head is refused to the writer, and reported by the audit of everybody who saw it")
    func rollback() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        for number in 1...3 { try await SampleRun.publish(number, blobs, in: vault) }
        let reader = try await sample.open(sample.readerKeys, state: "reader")
        _ = try await reader.history()
        try remove(3, from: sample)
        for state in ["state", "reader"] {
            let report = try await sample.open(state: state).audit(reading: false)
            #expect(report.chainFindings.count == 1 && report.chainFindings[0].contains("ends at 2") && !report.isSound)
        }
        let answer = await failure { try await SampleRun.publish(4, blobs, in: try await sample.open()) }
        #expect(answer.code == .corrupt)
        #expect(answer.remedy.contains("\(try SampleRun.id(3))") && answer.remedy.contains("audit"))
        #expect(try await sample.open().history().entries.count == 2)
        // One who never saw the head cannot know.
        #expect(try await sample.open(sample.readerKeys, state: "new").audit(reading: false).chainFindings.isEmpty)
    }

    @Test("a removed member in the middle is a gap, until a trusted expiry record names it")
    func middle() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        for number in 1...4 { try await SampleRun.publish(number, blobs, in: vault) }
        try remove(2, from: sample)
        #expect(try await vault.audit(reading: false).chainFindings.count == 1)
        try await vault.write(.expiry(snapshots: [SampleRun.id(2)], packs: [], notBefore: SampleVault.epoch), at: SampleVault.epoch)
        #expect(try await vault.audit(reading: false).chainFindings.isEmpty)
        let next = try await SampleRun.publish(5, blobs, in: vault)
        #expect(next.manifest.sequence == 5)
    }

    @Test("the chain of a signer who is trusted no more is rejected, and is not missed")
    func formerSigner() async throws {
        let sample = try await SampleVault.make()
        try await SampleRun.publish(1, blobs, in: try await sample.open())
        let keys = VaultKeys(recipients: [sample.identity.recipient])
        let report = try await sample.open(keys).audit(reading: false)
        #expect(report.chainFindings.isEmpty)
        #expect(report.rejected.count == 1 && report.snapshots == 0)
    }
}
