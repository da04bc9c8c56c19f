package import Foundation
import SSHSignature

/// What the trusted records of a vault say.
package struct RecordHistory: Sendable {
    /// Records that a trusted signer signed for this vault, sorted by id.
    package var records: [VaultRecord] = []
    /// Records that are not believed, with the reason.
    package var rejected: [(id: RandomID, reason: String)] = []

    /// Packs that an expiry names: a backup treats them as absent.
    package var expiredPacks: Set<RandomID> {
        var packs: Set<RandomID> = []
        for record in records {
            if case .expiry(_, let named, _) = record.body { packs.formUnion(named) }
        }
        return packs
    }

    /// Snapshots that an expiry names: their absence is no gap.
    package var expiredSnapshots: Set<SnapshotID> {
        var snapshots: Set<SnapshotID> = []
        for record in records {
            if case .expiry(let named, _, _) = record.body { snapshots.formUnion(named) }
        }
        return snapshots
    }
}

extension Vault {
    /// Reads every record that a trusted signer signed for this vault.
    package func records() async throws -> RecordHistory {
        var history = RecordHistory()
        let names = Set(try await target.list(.records).map(\.name))
        for name in names.sorted() {
            guard let id = RandomID(parsing: String(name.file.prefix(32))), name == .record(id) else { continue }
            guard names.contains(.record(id, signature: true)) else { continue }  // its writer died before it signed: it says nothing
            do {
                let bytes = try await target.contents(of: name, limit: VaultRecord.sizeLimit)
                let signature = try await target.contents(of: .record(id, signature: true), limit: 16 << 10)
                let signer = try verify(bytes, signature, namespace: VaultRecord.namespace, what: "\(name)")
                let record = try FormatJSON.decode(VaultRecord.self, from: bytes, what: "\(name)")
                guard record.vault == description.id, record.id == id, record.signer == signer.text else {
                    throw VaultError(.untrusted, "\(name) was signed for another vault, id or signer")
                }
                history.records.append(record)
            } catch let error as VaultError where error.code == .untrusted || error.code == .malformed || error.code == .corrupt {
                history.rejected.append((id, error.problem))
            }
        }
        return history
    }

    /// Signs and writes a record: the text first, the signature last.
    @discardableResult
    package func write(_ body: VaultRecord.Body, at now: Date) async throws -> VaultRecord {
        let key = try requireSigningKey()
        let record = VaultRecord(vault: description.id, created: now, signer: key.publicKey.text, body: body)
        let bytes = try FormatJSON.encode(record)
        let signature = try key.sign(bytes, namespace: VaultRecord.namespace)
        try await target.put(bytes, as: .record(record.id))
        try await target.put(Array(signature.armored.utf8), as: .record(record.id, signature: true))
        return record
    }

    func requireSigningKey() throws(VaultError) -> SSHSigningKey {
        guard let key = keys.signingKey else {
            throw VaultError(
                .configuration, "vault '\(name)' has no signing key on this host, so nothing can be published",
                remedy: "set 'signing_key_file' of the vault and run 'opsd vault init'")
        }
        return key
    }
}
