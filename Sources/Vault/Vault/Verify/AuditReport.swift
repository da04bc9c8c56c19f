import Foundation
import SSHSignature

/// What an audit found: everything that can be said without a key that decrypts.
package struct AuditReport: Sendable, Codable {
    /// An object that is not as a signed list says.
    package struct Damage: Sendable, Codable, Equatable {
        /// Path below the vault's root.
        package let object: String
        /// What is wrong with it, in words that follow its name.
        package let problem: String
    }

    /// The vault's name in the configuration.
    package var vault: String
    /// The vault's random id, 32 hex digits.
    package var vaultID: String
    /// Snapshots whose signature is trusted.
    package var snapshots = 0
    /// Those of `snapshots` that say they are complete.
    package var complete = 0
    /// Distinct listed objects that were examined; absent ones that an expiry names are left out.
    package var objects = 0
    /// Sum of these objects' listed sizes in bytes.
    package var bytes: Int64 = 0
    /// Ciphertext hashes were compared too.
    package var didRead: Bool
    /// Objects that are missing or have another size or hash, and manifests that do not hold.
    package var damaged: [Damage] = []
    /// Gaps, forks and rollbacks of the signers' chains, in sentences.
    package var chainFindings: [String] = []
    /// Manifests and records that no trusted signer signed.
    package var rejected: [String] = []
    /// Objects that no signed manifest names: left by runs that ended early, harmless.
    package var unreferenced = 0
    /// Bytes of the objects that `unreferenced` counts.
    package var unreferencedBytes: Int64 = 0
    /// Highest sequence of each trusted signer, by key text.
    package var heads: [String: Int] = [:]

    /// Nothing contradicts a signature.
    package var isSound: Bool { damaged.isEmpty && chainFindings.isEmpty }
}

extension Vault {
    /// Checks signatures, chains, presence and sizes of everything that a trusted signer listed; with `reading` also every object's hash.
    ///
    /// `progress` gets the bytes read since its last call.
    package func audit(reading: Bool, progress: @Sendable (Int64) -> Void = { _ in }) async throws -> AuditReport {
        var report = AuditReport(vault: name, vaultID: "\(description.id)", didRead: reading)
        let trusted = Set(keys.signers.map(\.text))
        // Taken before the history raises it. A signer who is trusted no more is `rejected`, and its chain is nobody's loss.
        let remembered = memory.heads.filter { trusted.contains($0.key) }
        let history = try await history()
        let records = try await records()
        report.snapshots = history.entries.count
        report.complete = history.entries.count { $0.manifest.complete }
        report.heads = history.heads.mapValues(\.sequence)
        report.rejected =
            history.rejected.map { "snapshot \($0.snapshot): \($0.reason)" } + records.rejected.map { "record \($0.id): \($0.reason)" }
        // A stranger's snapshot is not ours to judge; a manifest of ours whose signature fails was altered.
        for rejected in history.rejected where rejected.foreignSigner == nil {
            report.damaged.append(
                AuditReport.Damage(object: "\(ObjectName.snapshot(rejected.snapshot, .manifest))", problem: rejected.reason))
        }
        report.chainFindings = ChainReport(history.entries, expired: records.expiredSnapshots, seen: remembered).findings.map(\.description)

        var present: [ObjectName: Int64] = [:]
        for folder in ObjectFolder.all {
            for object in try await target.list(folder) { present[object.name] = object.size }
        }
        var listed: [ObjectName: StoredObject] = [:]
        for entry in history.entries {
            do {
                let objects = try await objects(of: entry.manifest)
                for object in objects.list.objects where listed[object.name] == nil { listed[object.name] = object }
            } catch let error as VaultError where error.code == .corrupt || error.code == .malformed || error.code == .notFound {
                report.damaged.append(
                    AuditReport.Damage(object: "\(ObjectName.snapshot(entry.manifest.snapshot, .objectList))", problem: error.problem))
            }
            for part in [SnapshotPart.objectList, .manifest, .signature] { present[.snapshot(entry.manifest.snapshot, part)] = nil }
        }
        for object in listed.values.sorted(by: { $0.name < $1.name }) {
            let size = present.removeValue(forKey: object.name)
            if size == nil, Self.mayBeGone(object.name, records) { continue }
            report.objects += 1
            report.bytes += object.size
            if let problem = try await problem(with: object, presentSize: size, reading: reading) {
                report.damaged.append(AuditReport.Damage(object: "\(object.name)", problem: problem))
            }
            if reading { progress(object.size) }
        }
        let leftovers = present.filter { name, _ in name.folder != .records && name.folder != .probes }
        report.unreferenced = leftovers.count
        report.unreferencedBytes = leftovers.values.reduce(0, +)
        return report
    }

    /// Whether an expiry allows this object to be deleted. Its manifest and segment stay longer: other snapshots may need packs that they name.
    private static func mayBeGone(_ name: ObjectName, _ records: RecordHistory) -> Bool {
        if let pack = name.packID { return records.expiredPacks.contains(pack) }
        guard name.folder == .snapshots, let id = SnapshotID(parsing: String(name.file.prefix(25))) else { return false }
        return records.expiredSnapshots.contains(id)
    }

    private func problem(with object: StoredObject, presentSize: Int64?, reading: Bool) async throws -> String? {
        guard let presentSize else { return "missing" }
        guard presentSize == object.size else { return "has \(presentSize) bytes, its signed list says \(object.size)" }
        guard reading else { return nil }
        do {
            try await SealedDownload.verify(object, on: target)
            return nil
        } catch let error as VaultError where error.code == .corrupt || error.code == .notFound {
            return error.problem
        }
    }
}
