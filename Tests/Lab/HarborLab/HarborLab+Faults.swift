import Foundation
import LabServers

extension HarborLab {
    /// What can go wrong in a registry, and does.
    package enum Fault: Equatable, Sendable {
        /// One bit of a blob's file flips; its size stays.
        case rotten(digest: String)
        /// A blob's file and folder are gone.
        case missing(digest: String)
        /// A blob's file has no bytes, as after a crash or with a full disk.
        case zero(digest: String)
        /// The link of a config or layer has no bytes.
        case zeroLink(repository: String, digest: String)
        /// A migration failed half way.
        case dirtySchema
        /// Somebody replaced the secret key; what the database holds no longer decrypts.
        case wrongSecretKey
        /// A garbage collection is running.
        case runningGarbageCollection
    }

    /// Makes a fault. Throws `LabError` when there is nothing to break.
    package func inject(_ fault: Fault) throws {
        switch fault {
        case .rotten(let digest):
            try flipBit(in: blobFile(digest))
        case .missing(let digest):
            let file = URL(filePath: blobFile(digest))
            try requireFile(file.path)
            try FileManager.default.removeItem(at: file.deletingLastPathComponent())
        case .zero(let digest):
            try empty(blobFile(digest))
        case .zeroLink(let repository, let digest):
            try empty(registryFolder.layerLink(digest, in: repository))
        case .dirtySchema:
            try sql("UPDATE schema_migrations SET dirty = true;")
        case .wrongSecretKey:
            try Data(HarborSecretKey().text.utf8).write(to: URL(filePath: secretKeyFile))
        case .runningGarbageCollection:
            try sql(
                """
                WITH started AS (INSERT INTO execution (vendor_type, vendor_id, status, trigger, extra_attrs, revision, update_time)
                    VALUES ('GARBAGE_COLLECTION', -1, 'Running', 'MANUAL', '{"delete_untagged":true,"dry_run":false}', 0, now()) RETURNING id)
                INSERT INTO task (execution_id, job_id, status, status_code, status_revision, run_count, extra_attrs, start_time, update_time,
                    vendor_type) SELECT id, substr(md5('job ' || id), 1, 24), 'Running', 2, 1700000000, 1, '{}', now(), now(),
                    'GARBAGE_COLLECTION' FROM started;
                """)
        }
    }

    private func requireFile(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { throw LabError(.notFound, "there is no file \(path) to break") }
    }

    private func empty(_ path: String) throws {
        try requireFile(path)
        guard truncate(path, 0) == 0 else { throw LabError(.system, "cannot truncate \(path): \(String(cString: strerror(errno)))") }
    }

    private func flipBit(in path: String) throws {
        try requireFile(path)
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { file.closeFile() }
        let offset = try file.seekToEnd() / 2
        try file.seek(toOffset: offset)
        guard let byte = try file.read(upToCount: 1)?.first else { throw LabError(.notFound, "\(path) has no byte to break") }
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data([byte ^ 1]))
    }
}
