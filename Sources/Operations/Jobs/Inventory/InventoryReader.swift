package import HarborDatabase
import LocalIO
package import OCIImage
import SystemPackage
package import Vault

/// One line of an inventory (vault format, section 7).
package enum InventoryItem: Sendable {
    case artifact(InventoryArtifact)
    case project(name: String, isDeleted: Bool)
    /// A needed blob that no artifact names.
    case blob(Digest)
    /// A blob that production had already lost.
    case broken(Digest, reason: String, images: [String])
}

/// Reads the inventory of a snapshot, from the vault with an identity or from this host's copy.
package enum InventoryReader {
    /// Streams the inventory of `snapshot` out of the vault. Its hash is compared with the signed list before the first line is handed out.
    package static func read(
        _ snapshot: SnapshotObjects, in vault: Vault, onItem: (InventoryItem) async throws -> Void
    ) async throws {
        guard let object = snapshot.part(.inventory) else {
            throw JobError(.notFound, "snapshot \(snapshot.manifest.snapshot) has no inventory: it holds files alone")
        }
        try await SealedDownload.verify(object, on: vault.target)
        let download = try await SealedDownload(object, from: vault.target, with: vault.keys.identities)
        var lines = InventoryLines(snapshot.manifest.snapshot)
        while let piece = try await download.next() {
            for item in try lines.parse(piece) { try await onItem(item) }
        }
        try lines.finish()
    }

    private static func open(_ path: FilePath) throws -> FileReader? {
        do {
            return try FileReader(path)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Streams this host's copy; false where it has none of that snapshot.
    package static func readCopy(
        of snapshot: SnapshotID, in vault: Vault, onItem: (InventoryItem) async throws -> Void
    ) async throws -> Bool {
        let path = vault.stateFolder.appending("inventories").appending("\(snapshot).ndjson")
        guard let file = try open(path) else { return false }
        var lines = InventoryLines(snapshot)
        var piece: [UInt8] = []
        try file.read(into: &piece)
        while !piece.isEmpty {
            for item in try lines.parse(piece) { try await onItem(item) }
            try file.read(into: &piece)
        }
        try lines.finish()
        return true
    }
}
