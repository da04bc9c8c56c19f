import Archive
import DatabaseDump
import Foundation
import LocalIO
import Vault

/// Reads a database archive whole and compares every table with the counts and checksums that it carries.
struct DatabaseArchiveCheck: Sendable {
    let vault: Vault

    /// Throws `corrupt` where the archive is not what its last member says.
    func verify(_ objects: SnapshotObjects) async throws {
        guard let object = objects.part(.database) else {
            throw JobError(.corrupt, "snapshot \(objects.manifest.snapshot) lists no database archive")
        }
        try await ArchiveStream.read(object, in: vault) { channel in
            let reader = try ArchiveReader { try channel.receive() }
            var check = DumpCheck()
            do {
                while let entry = try reader.next() {
                    var contents: [UInt8] = []
                    while true {
                        let piece = try reader.read(limit: 1 << 20)
                        if piece.isEmpty { break }
                        contents += piece
                    }
                    try check.take(DumpMember(name: entry.path, contents: contents))
                }
                try check.finish()
            } catch let error as DumpError {
                throw JobError(.corrupt, "the database archive of \(objects.manifest.snapshot) is damaged", cause: error)
            } catch let error as ArchiveError {
                throw JobError(.corrupt, "the database archive of \(objects.manifest.snapshot) cannot be unpacked", cause: error)
            }
        }
    }
}
