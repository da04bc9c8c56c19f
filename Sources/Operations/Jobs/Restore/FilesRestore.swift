import Archive
package import JobEngine
import LocalIO
package import SystemPackage
package import Vault

/// Unpacks a file set below a folder, with owner, mode, ACL, extended attributes and links.
package struct FilesRestore: Sendable {
    private let vault: Vault
    private let snapshot: SnapshotObjects
    private let set: String
    private let folder: FilePath
    private let restoresOwners: Bool

    /// A restore of file set `set` of `snapshot` below `folder`.
    package init(_ set: String, of snapshot: SnapshotObjects, in vault: Vault, to folder: FilePath, restoringOwners: Bool) {
        self.vault = vault
        self.snapshot = snapshot
        self.set = set
        self.folder = folder
        restoresOwners = restoringOwners
    }

    /// What would be done; reads and writes nothing.
    package func plan() throws -> RestorePlan {
        let object = try archive()
        var notes = ["a file that is there already and differs is not overwritten"]
        if !restoresOwners { notes.append("owners are not restored, since opsd does not run as root") }
        return RestorePlan(
            what: "file set '\(set)'", to: folder.string, snapshot: snapshot.manifest, bytes: object.size, items: 1, notes: notes)
    }

    /// Unpacks the set. What is in place and equal is kept, so it can be run again after a failure.
    package func execute(recorder: RunRecorder) async throws -> RestoreResult {
        let object = try archive()
        let (folder, restoresOwners) = (folder, restoresOwners)
        let report = try await recorder.phase("files") {
            try await ArchiveStream.read(object, in: vault) { channel in
                try Folder.make(folder)
                let extractor = try FileSetExtractor(root: folder, restoringOwners: restoresOwners)
                return try extractor.extract(ArchiveReader { try channel.receive() })
            }
        }
        recorder.advance(bytes: report.bytes, items: report.files)
        return RestoreResult(restored: report.files, bytes: report.bytes, kept: 0, missing: report.problems.map(\.description))
    }

    private func archive() throws -> StoredObject {
        guard let object = snapshot.part(.files(set: set)) else {
            let sets = snapshot.manifest.fileSets
            let known = sets.isEmpty ? "it has none" : "it has \(sets.joined(separator: ", "))"
            throw JobError(
                .notFound, "snapshot \(snapshot.manifest.snapshot) in vault '\(vault.name)' has no file set '\(set)'; \(known)",
                remedy: snapshot.manifest.companions.isEmpty ? "" : "file sets may be kept in another vault: try --vault")
        }
        return object
    }
}
