import Archive
import Foundation
import HarborDatabase
import JobEngine
import LocalIO
import SystemPackage
import Vault

extension BackupJob {
    /// A file set in its vault.
    struct ArchivedFileSet: Sendable {
        let set: String
        let vault: String
        let object: StoredObject
    }

    /// Archives every file set into the vault that keeps it, and checks that the secret key belongs to the dump.
    func archiveFiles(_ id: SnapshotID, _ database: DatabasePart, _ recorder: RunRecorder) async throws -> [ArchivedFileSet] {
        guard !options.isDatabaseOnly else { return [] }
        return try await recorder.phase("files") {
            var archived: [ArchivedFileSet] = []
            for set in source.fileSets {
                guard let home = set.vault == vault.name ? vault : companions[set.vault] else {
                    throw JobError(.configuration, "file set '\(set.name)' belongs into vault '\(set.vault)', which is not configured")
                }
                let (object, report) = try await FileSetArchive(vault: home, snapshot: id).write(
                    set, excluding: source.excludedFolders, recorder)
                archived.append(ArchivedFileSet(set: set.name, vault: set.vault, object: object))
                for problem in report.problems {
                    recorder.note(Finding(.warning, "file_\(problem.kind.label)", "file set '\(set.name)': \(problem)"))
                }
                recorder.add("files", Int64(report.files))
            }
            checkSecretKey(database, recorder)
            return archived
        }
    }

    /// Harbor itself never notices a wrong key: it hands out garbage (harbor-facts 1.3). So the key is tried on values of this very dump.
    private func checkSecretKey(_ database: DatabasePart, _ recorder: RunRecorder) {
        guard let path = source.secretKey else {
            if !database.encrypted.isEmpty {
                recorder.note(
                    Finding(
                        .warning, "secret_key_unknown",
                        "the database holds encrypted values, but no file set holds Harbor's secret key; without it they are lost. Hint: add the data volume's 'secret' folder to 'files:'"
                    ))
            }
            return
        }
        do {
            let key = try FileReader.contents(of: path, limit: 4096)
            switch SecretKeyCheck(key: key).check(database.encrypted) {
            case .matches(let values): recorder.add("secret_values_checked", Int64(values))
            case .nothingToCheck:
                recorder.note(Finding(.remark, "secret_key_unchecked", "the database holds no encrypted value to try \(path) on"))
            case .mismatch(let problem):
                recorder.note(
                    Finding(.warning, "secret_key_mismatch", "\(path) does not open the encrypted values of this database: \(problem)"))
            }
        } catch {
            recorder.note(Finding(.warning, "secret_key_unreadable", "the secret key cannot be read: \(error)"))
        }
    }
}

/// Streams one file set into `<id>.files-<set>.tar.zst.age`.
struct FileSetArchive: Sendable {
    let vault: Vault
    let snapshot: SnapshotID

    /// Writes the archive. Files that could not be read are in the report; they do not stop it.
    func write(
        _ set: BackupSource.FileSet, excluding: [FilePath], _ recorder: RunRecorder
    ) async throws -> (StoredObject, FileSetReport) {
        let tar = try ArchiveWriter(compression: .zstd(level: 3, threads: 1))
        let files = FileSetWriter(paths: set.paths, excluding: excluding, into: tar)
        let sealed = try await SealedUpload(.snapshot(snapshot, .files(set: set.name)), on: vault.target, to: vault.dataRecipients)
        do {
            while try files.step() {
                try Task.checkCancellation()
                try await sealed.write(tar.takeOutput())
            }
            try tar.finish()
            try await sealed.write(tar.takeOutput())
            let object = try await sealed.finish()
            recorder.advance(bytes: files.report.bytes, items: files.report.files)
            return (object, files.report)
        } catch {
            await sealed.abandon()
            throw error
        }
    }
}

extension FileSetProblem.Kind {
    /// Bounded, for finding codes.
    fileprivate var label: String {
        switch self {
        case .unreadable: "unreadable"
        case .changed: "changed"
        case .vanished: "vanished"
        case .unsupported: "unsupported"
        }
    }
}
