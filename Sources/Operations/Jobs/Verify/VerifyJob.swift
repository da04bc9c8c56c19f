import Foundation
import HarborDatabase
package import JobEngine
import LocalIO
import OCIImage
import Synchronization
package import Vault

/// How much of a vault one verification decrypts: `part` of `whole`, the oldest-verified packs first.
package struct VerifyShare: Sendable, Equatable {
    /// Numerator of the share; 1 to `whole`.
    package let part: Int
    /// Denominator of the share; at least 1.
    package let whole: Int

    /// Everything.
    package static let everything = VerifyShare(part: 1, whole: 1)

    /// A share; both numbers are at least 1, and `part` at most `whole`.
    package init(part: Int, whole: Int) {
        self.part = part
        self.whole = whole
    }
}

/// What a verification found, as `--json` prints it.
package struct VerifyReport: Sendable, Codable {
    /// Packs that were decrypted whole.
    package var packs = 0
    /// Blobs in these packs, damaged ones counted.
    package var blobs = 0
    /// Bytes of these blobs, before encryption.
    package var bytes: Int64 = 0
    /// Archives, inventories and needs that were decrypted whole.
    package var objects = 0
    /// Snapshots whose own objects and closure were examined.
    package var snapshots = 0
    /// What is not as it should be, in sentences.
    package var damaged: [String] = []

    /// Everything that was looked at agrees with its digest, hash or signature.
    package var isSound: Bool { damaged.isEmpty }
}

/// Decrypts what the vault holds and judges every blob by its digest. Needs an identity.
package struct VerifyJob: Sendable {
    private let vault: Vault
    private let clock: any WallClock
    private let workers: Int

    /// A verification of `vault`.
    package init(vault: Vault, clock: any WallClock, workers: Int = 2) {
        self.vault = vault
        self.clock = clock
        self.workers = workers
    }

    /// Verifies a share of the packs, every snapshot's own objects when everything is asked for, else the newest one's, and their closure.
    package func run(share: VerifyShare, recorder: RunRecorder) async throws -> VerifyReport {
        guard !vault.keys.identities.isEmpty else {
            throw JobError(
                .refused, "verifying decrypts, and no identity was given",
                remedy: "give one with --identity FILE, or run 'opsd vault audit --read'")
        }
        let history = try await vault.history()
        var report = VerifyReport()
        let damage = Mutex<[String]>([])
        try await vault.synchronizeCatalog(with: history) { snapshot, error in
            damage.withLock { $0.append("the index of snapshot \(snapshot): \(error.problem)") }
        }
        report.damaged = damage.withLock { $0 }
        try await recorder.phase("packs") { try await verifyPacks(share, &report, recorder) }
        let isEverything = share.part == share.whole
        let entries = isEverything ? history.entries : history.entries.suffix(1)
        try await recorder.phase("snapshots") {
            for entry in entries {
                try await verifySnapshot(entry.manifest, history, &report, recorder)
                report.snapshots += 1
            }
        }
        return report
    }

    private func verifyPacks(_ share: VerifyShare, _ report: inout VerifyReport, _ recorder: RunRecorder) async throws {
        let all = try await vault.catalog.packsByVerification().map(\.pack).filter { $0.state == .published }
        let expired = try await vault.records().expiredPacks
        let count = (all.count * share.part + share.whole - 1) / share.whole
        var rest = all.filter { !expired.contains($0.id) }.prefix(count)[...]
        report.packs = rest.count
        let second = Int64(clock.now.timeIntervalSince1970)
        try await withThrowingTaskGroup(of: (blobs: Int, bytes: Int64, damaged: [String]).self) { group in
            for _ in 0..<workers {
                if let pack = rest.popFirst() { add(pack, second, recorder, to: &group) }
            }
            while let part = try await group.next() {
                report.blobs += part.blobs
                report.bytes += part.bytes
                report.damaged += part.damaged
                if let pack = rest.popFirst() { add(pack, second, recorder, to: &group) }
            }
        }
    }

    private func add(
        _ pack: Catalog.Pack, _ second: Int64, _ recorder: RunRecorder,
        to group: inout ThrowingTaskGroup<(blobs: Int, bytes: Int64, damaged: [String]), any Error>
    ) {
        group.addTask(executorPreference: BlockingThreads.shared) {
            let contents = try await vault.catalog.contents(of: pack)
            let damage = try await vault.verify(contents) { recorder.advance(bytes: $0) }
            recorder.advance(items: contents.blobs.count)
            if damage.isEmpty { try await vault.catalog.setVerified(pack, at: second) }
            let sentences = damage.map { "\($0.digest) in \(pack.object.name): \($0.problem)" }
            return (contents.blobs.count, contents.blobs.reduce(0) { $0 + $1.size }, sentences)
        }
    }

    private func verifySnapshot(
        _ manifest: SnapshotManifest, _ history: SnapshotHistory, _ report: inout VerifyReport, _ recorder: RunRecorder
    ) async throws {
        do {
            let objects = try await vault.objects(of: manifest)
            for object in objects.list.objects where object.name.packID == nil {
                let download = try await SealedDownload(object, from: vault.target, with: vault.keys.identities)
                while let piece = try await download.next() { recorder.advance(bytes: Int64(piece.count)) }
                report.objects += 1
            }
            guard manifest.scope != .files else { return }
            try await DatabaseArchiveCheck(vault: vault).verify(objects)
            try await proveClosure(objects, history, &report)
        } catch let error as VaultError where [.corrupt, .notFound, .malformed].contains(error.code) {
            report.damaged.append("snapshot \(manifest.snapshot): \(error.problem)")
        } catch let error as JobError where error.code == .corrupt {
            report.damaged.append("snapshot \(manifest.snapshot): \(error)")
        }
    }

    /// Walks the inventory: each blob of each artifact is in a pack that the snapshot says it needs, or was broken at source.
    private func proveClosure(_ objects: SnapshotObjects, _ history: SnapshotHistory, _ report: inout VerifyReport) async throws {
        var wanted: Set<Digest> = []
        var broken: Set<Digest> = []
        try await InventoryReader.read(objects, in: vault) { item in
            switch item {
            case .artifact(let artifact):
                wanted.insert(artifact.digest)
                wanted.formUnion(artifact.blobs)
            case .broken(let digest, _, _): broken.insert(digest)
            case .blob, .project: break
            }
        }
        let needs = try await vault.needs(of: objects.manifest, in: history)
        let present = try await vault.presentPacks()
        let located = try await vault.catalog.locate(Array(wanted.subtracting(broken)), soundPacks: present)
        if objects.manifest.complete {
            report.damaged += located.absent.map { "snapshot \(objects.manifest.snapshot): \($0) is in no pack of the vault" }
        }
        let lost = needs.subtracting(present)
        if !lost.isEmpty, !located.absent.isEmpty {
            report.damaged.append("snapshot \(objects.manifest.snapshot) needs \(lost.count) packs that are missing or torn")
        }
    }
}
