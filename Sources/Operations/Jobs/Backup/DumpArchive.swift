import Archive
import AsyncAlgorithms
import DatabaseDump
import JobEngine
import LocalIO
import SystemPackage
import Vault

/// Streams dump members into `<id>.database.tar.zst.age`: one task compresses and encrypts what several connections deliver.
struct DumpArchive: Sendable {
    let vault: Vault
    let snapshot: SnapshotID
    let recorder: RunRecorder

    /// Writes the archive and returns it with the dump's summary. On failure or cancellation nothing stays under the archive's name.
    func write(_ dump: DatabaseDump) async throws -> (object: StoredObject, summary: DumpSummary) {
        let channel = AsyncChannel<DumpMember>()
        return try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask(executorPreference: BlockingThreads.shared) { .object(try await consume(channel)) }
            group.addTask {
                // A consumer that failed has ended the channel; its error is the one that is thrown.
                defer { channel.finish() }
                return .summary(try await dump.write { await channel.send($0) })
            }
            var object: StoredObject?
            var summary: DumpSummary?
            while let part = try await group.next() {
                switch part {
                case .object(let stored): object = stored
                case .summary(let counted): summary = counted
                }
            }
            guard let object, let summary else { throw CancellationError() }
            return (object, summary)
        }
    }

    private enum Part: Sendable {
        case object(StoredObject)
        case summary(DumpSummary)
    }

    private func consume(_ channel: AsyncChannel<DumpMember>) async throws -> StoredObject {
        let tar = try ArchiveWriter(compression: .zstd(level: 3, threads: 1))
        let sealed = try await SealedUpload(.snapshot(snapshot, .database), on: vault.target, to: vault.dataRecipients)
        do {
            var isComplete = false
            for await member in channel {
                try tar.add(
                    ArchiveEntry(path: member.name, kind: .file(size: Int64(member.contents.count)), permissions: [.ownerReadWrite]),
                    contents: member.contents)
                recorder.advance(bytes: Int64(member.contents.count), items: 1)
                try await sealed.write(tar.takeOutput())
                isComplete = member.name == "counts.json"
            }
            // A cancelled dump ends the channel early; what came until then is no archive.
            guard isComplete else { throw CancellationError() }
            try tar.finish()
            try await sealed.write(tar.takeOutput())
            return try await sealed.finish()
        } catch {
            channel.finish()
            await sealed.abandon()
            throw error
        }
    }
}
