package import Foundation
package import JobEngine
package import Jobs
import LocalIO
package import OCIImage
package import SystemPackage
package import Vault

extension Installation {
    /// Streams the inventory of a snapshot: from this host's copy where it has one, else from the vault with an identity.
    package func inventory(
        of entry: SnapshotHistory.Entry, in vault: Vault, onItem: @Sendable (InventoryItem) async throws -> Void
    ) async throws {
        try await onBlockingThread {
            if try await InventoryReader.readCopy(of: entry.manifest.snapshot, in: vault, onItem: onItem) { return }
            guard !vault.keys.identities.isEmpty else {
                throw RequestError(
                    .refused, "this host has no copy of the inventory of \(entry.manifest.snapshot) and no identity that decrypts it",
                    remedy: "run it on the recovery host, or give --identity FILE")
            }
            try await InventoryReader.read(try await vault.objects(of: entry.manifest), in: vault, onItem: onItem)
        }
    }

    /// Audits a vault: everything that can be said without a key that decrypts.
    package func audit(_ vault: Vault, reading: Bool, progress: any RunProgress) async throws -> AuditReport {
        try await onBlockingThread { try await vault.audit(reading: reading) { progress.advance(bytes: $0, items: 1) } }
    }

    /// Decrypts and judges everything, or the oldest-verified share.
    package func verify(_ vault: Vault, share: VerifyShare, progress: any RunProgress) async throws -> VerifyReport {
        let recorder = recorder(progress)
        return try await onBlockingThread { try await VerifyJob(vault: vault, clock: wallclock).run(share: share, recorder: recorder) }
    }

    /// Throws the catalog away and reads every signed index segment anew; returns the number of segments read.
    package func rebuildCatalog(_ name: String?, identityFiles: [FilePath]) async throws -> Int {
        let section = try vaultSection(name)
        let folder = stateFolder(of: section)
        // The catalog is a copy: what it alone knows are unpublished packs, whose blobs the next run stores again.
        for file in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] { try DurableFile.remove(folder.appending(file)) }
        let vault = try await openVault(name, identityFiles: identityFiles)
        return try await onBlockingThread { try await vault.synchronizeCatalog(with: try await vault.history()) }
    }

    /// Accepts the loss of a blob that is broken at source.
    package func acknowledge(_ digest: Digest, until: Date, reason: String) throws -> Acknowledgements.Entry {
        guard until > now else { throw RequestError(.usage, "the end of the acknowledgement, \(until.formatted(.iso8601)), has passed") }
        guard !reason.isEmpty else { throw RequestError(.usage, "an acknowledgement needs a reason") }
        var all = try Acknowledgements(stateDirectory: configuration.stateDirectory)
        let entry = Acknowledgements.Entry(digest: digest, reason: reason, until: until, created: now, by: NSUserName())
        try all.add(entry)
        return entry
    }

    /// What this configuration is, without any secret.
    package func report() -> ConfigurationReport { ConfigurationReport(configuration, plan: configuration.fileSetPlan()) }
}
