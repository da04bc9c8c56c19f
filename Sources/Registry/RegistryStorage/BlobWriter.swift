internal import LocalIO
internal import OCIImage
internal import SystemPackage

/// One blob on its way into a registry's storage. Dropped without ``commit()`` it leaves nothing.
package struct BlobWriter: ~Copyable, Sendable {
    private let digest: Digest
    private let path: FilePath
    private var hasher: DigestHasher
    private var file: DurableFile

    /// From here on a blob is synced by itself: the disk then works while the next one is decrypted. Smaller ones share the final sync.
    static let syncThreshold: Int64 = 1 << 20

    init(_ digest: Digest, at path: FilePath, file: consuming DurableFile) {
        self.digest = digest
        self.path = path
        self.file = file
        hasher = DigestHasher(digest.algorithm)
    }

    /// Appends the next bytes of the content. Throws `unwritable`.
    package mutating func write(_ bytes: [UInt8]) throws(RegistryStorageError) {
        hasher.update(bytes)
        do {
            try file.write(bytes)
        } catch {
            throw .unwritable(path, error)
        }
    }

    /// Puts the blob in its place, in exchange for whatever was there.
    ///
    /// Throws `digestMismatch`, before anything appears, where the content is not what the digest says. A small blob is durable only after
    /// ``RegistryStorageWriter/finish()``; after a power cut before that, the next run finds out by hashing what is there.
    package consuming func commit() throws(RegistryStorageError) {
        let found = hasher.finish()
        guard found == digest else {
            throw RegistryStorageError(
                .digestMismatch, path, "the content for blob \(digest) has digest \(found)",
                remedy: "verify the vault; nothing was written to \(path)")
        }
        let (path, isLarge) = (path, file.size >= Self.syncThreshold)
        do {
            try file.commit(replacing: true, syncing: isLarge)
        } catch {
            throw .unwritable(path, error)
        }
    }
}
