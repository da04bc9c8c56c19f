import Archive
import LocalIO
import Vault

/// An archive of a snapshot, decrypted by one task and unpacked by a thread that pulls.
enum ArchiveStream {
    /// Hashes `object` against its signed list, then streams it: `consume` gets the reader on a thread that may block.
    ///
    /// Nothing of the archive reaches `consume` before its hash was right, since its content is executed or written to disk.
    static func read<Value: Sendable>(
        _ object: StoredObject, in vault: Vault, consume: @escaping @Sendable (ByteChannel) async throws -> Value
    ) async throws -> Value {
        try await SealedDownload.verify(object, on: vault.target)
        let channel = ByteChannel(capacity: 8 << 20)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask(executorPreference: BlockingThreads.shared) {
                do {
                    let download = try await SealedDownload(object, from: vault.target, with: vault.keys.identities)
                    while let piece = try await download.next() { try await channel.send(piece) }
                    channel.finish()
                } catch {
                    channel.finish(throwing: error)
                    throw error
                }
                return nil
            }
            group.addTask(executorPreference: BlockingThreads.shared) {
                defer { channel.close() }
                return try await consume(channel)
            }
            return try await firstResult(of: &group)
        }
    }

    /// The consumer's result or error. The producer is told that nobody reads any more when the consumer ends early; that is no failure.
    private static func firstResult<Value: Sendable>(of group: inout ThrowingTaskGroup<Value?, any Error>) async throws -> Value {
        var result: Value?
        var failure: (any Error)?
        while let part = await group.nextResult() {
            switch part {
            case .success(let value): if let value { result = value }
            case .failure(let error): if !(error is ChannelClosed), failure == nil { failure = error }
            }
        }
        if let failure { throw failure }
        guard let result else { throw CancellationError() }
        return result
    }
}
