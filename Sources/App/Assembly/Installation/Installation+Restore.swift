package import JobEngine
package import Jobs
import LocalIO
import Postgres
package import SystemPackage
package import Vault

/// A snapshot that was chosen for a restore, with all that reading it needs.
package struct ChosenSnapshot: Sendable {
    /// Where it is kept, opened with the keys of this host.
    package let vault: Vault
    /// All trusted snapshots of the vault, among which it was chosen.
    package let history: SnapshotHistory
    /// The snapshot's manifest and its verified object list.
    package let objects: SnapshotObjects

    /// What the manifest says.
    package var manifest: SnapshotManifest { objects.manifest }
}

extension Installation {
    /// Opens a vault for a restore and chooses a snapshot in it.
    package func chooseSnapshot(
        _ text: String, vault name: String?, identityFiles: [FilePath], atLeast: Int?, where isWanted: (SnapshotManifest) -> Bool
    ) async throws -> ChosenSnapshot {
        let vault = try await openVault(name, identityFiles: identityFiles)
        let history = try await history(of: vault, atLeast: atLeast)
        let entry = try choose(text, from: history, in: vault, where: isWanted)
        guard !vault.keys.identities.isEmpty else {
            throw RequestError(
                .usage, "a restore decrypts, and no identity was given",
                remedy: "give the identity of one of the vault's recipients with --identity FILE")
        }
        let objects = try await onBlockingThread { try await vault.objects(of: entry.manifest) }
        return ChosenSnapshot(vault: vault, history: history, objects: objects)
    }

    /// A restore of the database into the empty one that `dsn` names.
    package func databaseRestore(_ chosen: ChosenSnapshot, dsn: String) throws -> DatabaseRestore {
        DatabaseRestore(chosen.objects, in: chosen.vault, to: try PostgresSettings(dsn: dsn))
    }

    /// A restore of blobs and links into a folder that is not the live registry's.
    package func storageRestore(_ chosen: ChosenSnapshot, to folder: FilePath, owner: (user: UInt32, group: UInt32)?) throws
        -> StorageRestore
    {
        StorageRestore(
            chosen.objects, in: chosen.vault, history: chosen.history, to: try Self.absolute(folder),
            live: configuration.storage?.filesystem,
            owner: owner)
    }

    /// A restore of a file set below a folder.
    package func filesRestore(_ set: String, _ chosen: ChosenSnapshot, to folder: FilePath, restoringOwners: Bool) throws -> FilesRestore {
        FilesRestore(set, of: chosen.objects, in: chosen.vault, to: try Self.absolute(folder), restoringOwners: restoringOwners)
    }

    /// Runs `work` on threads that may block, with a recorder that passes progress on.
    package func performing<Value: Sendable>(
        _ progress: any RunProgress, _ work: @Sendable (RunRecorder) async throws -> Value
    ) async throws -> Value {
        let recorder = recorder(progress)
        return try await onBlockingThread { try await work(recorder) }
    }
}
