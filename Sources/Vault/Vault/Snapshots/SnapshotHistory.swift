import Foundation
import SSHSignature

/// Every snapshot of a vault that a trusted signer published, and what lies beside them.
package struct SnapshotHistory: Sendable {
    /// A snapshot whose signature was verified.
    package struct Entry: Sendable, Equatable {
        /// What the signed manifest says.
        package let manifest: SnapshotManifest
        /// SHA-256 of the manifest's bytes: what the next member of the chain names, and what the memory keeps.
        package let sha256: String

        /// A manifest that was verified, with the hash of its bytes.
        package init(manifest: SnapshotManifest, sha256: String) {
            self.manifest = manifest
            self.sha256 = sha256
        }
    }

    /// A manifest that is not believed.
    package struct Rejected: Sendable, Equatable {
        /// The id in the manifest's name.
        package let snapshot: SnapshotID
        /// Why it is not believed, as a sentence.
        package let reason: String
        /// Fingerprint of the key that signed it, where the signature is sound but its key is not trusted.
        package let foreignSigner: String?
    }

    /// Oldest first.
    package var entries: [Entry] = []
    /// Manifests that are signed, but by nobody who is trusted, or that do not hold what they should.
    package var rejected: [Rejected] = []
    /// Manifests without a signature: runs that ended before they published.
    package var unsigned: [SnapshotID] = []

    /// The newest snapshot with a database, that is complete.
    package var latestComplete: Entry? { entries.last { $0.manifest.complete && $0.manifest.scope != .files } }

    /// The end of each signer's chain, by key text.
    package var heads: [String: HeadMemory.Head] {
        var heads: [String: HeadMemory.Head] = [:]
        for entry in entries where (heads[entry.manifest.signer]?.sequence ?? 0) < entry.manifest.sequence {
            heads[entry.manifest.signer] = HeadMemory.Head(
                sequence: entry.manifest.sequence, snapshot: entry.manifest.snapshot, sha256: entry.sha256)
        }
        return heads
    }
}

extension Vault {
    /// Reads and verifies every manifest. One that is not signed by a trusted signer is `rejected`, never an error: it is simply not there.
    package func history() async throws -> SnapshotHistory {
        var history = SnapshotHistory()
        let names = Set(try await target.list(.snapshots).map(\.name))
        for name in names.sorted() {
            guard let id = Self.manifestID(name) else { continue }
            guard names.contains(.snapshot(id, .signature)) else {
                history.unsigned.append(id)
                continue
            }
            do {
                history.entries.append(try await entry(id))
            } catch let error as VaultError where error.code == .untrusted || error.code == .malformed || error.code == .corrupt {
                history.rejected.append(
                    SnapshotHistory.Rejected(
                        snapshot: id, reason: error.problem, foreignSigner: (error.cause as? ForeignSigner)?.fingerprint))
            }
        }
        // Ids order runs to the second only; of two in one second the chain says which came later.
        history.entries.sort { left, right in
            (left.manifest.recoveryPoint, left.manifest.sequence, left.manifest.snapshot)
                < (right.manifest.recoveryPoint, right.manifest.sequence, right.manifest.snapshot)
        }
        try memory.raise(history.heads)
        return history
    }

    private static func manifestID(_ name: ObjectName) -> SnapshotID? {
        guard let id = SnapshotID(parsing: String(name.file.prefix(25))), name == .snapshot(id, .manifest) else { return nil }
        return id
    }

    private func entry(_ id: SnapshotID) async throws -> SnapshotHistory.Entry {
        let name = ObjectName.snapshot(id, .manifest)
        let bytes = try await target.contents(of: name, limit: SnapshotManifest.sizeLimit)
        let signature = try await target.contents(of: .snapshot(id, .signature), limit: 16 << 10)
        let signer = try verify(bytes, signature, namespace: SnapshotManifest.namespace, what: "\(name)")
        try FormatJSON.require("opsd-manifest", version: SnapshotManifest.currentVersion, in: bytes, what: "\(name)")
        let manifest = try FormatJSON.decode(SnapshotManifest.self, from: bytes, what: "\(name)")
        guard (1..<Int.max).contains(manifest.sequence) else {
            throw VaultError(.malformed, "\(name) has sequence \(manifest.sequence); a chain begins with 1")
        }
        guard manifest.vault == description.id, manifest.snapshot == id, manifest.signer == signer.text else {
            throw VaultError(.untrusted, "\(name) was signed for another vault, snapshot or signer: it was moved here")
        }
        return SnapshotHistory.Entry(manifest: manifest, sha256: sha256(of: bytes))
    }

    /// Checks a signature and that its key is trusted; throws `untrusted`.
    func verify(_ message: [UInt8], _ signature: [UInt8], namespace: String, what: String) throws(VaultError) -> SSHPublicKey {
        let parsed: SSHSignature
        do {
            parsed = try SSHSignature(parsing: String(decoding: signature, as: UTF8.self))
            try parsed.verify(message, namespace: namespace)
        } catch {
            throw VaultError(.untrusted, "the signature of \(what) is not valid", cause: error)
        }
        guard keys.signers.contains(parsed.publicKey) else {
            throw VaultError(
                .untrusted,
                "\(what) is signed by \(parsed.publicKey.fingerprint), which is not among the trusted signers of vault '\(name)'",
                remedy: "if that host may write here, add its public key to 'signers' of the vault",
                cause: ForeignSigner(fingerprint: parsed.publicKey.fingerprint))
        }
        return parsed.publicKey
    }
}

/// A sound signature by a key that nobody here trusts.
struct ForeignSigner: Error, CustomStringConvertible {
    let fingerprint: String
    var description: String { "signer \(fingerprint)" }
}
