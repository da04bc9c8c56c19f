package import AgeEncryption
import OCIImage

/// An object that is encrypted and hashed on its way to the target.
package final class SealedUpload {
    private static let pieceSize = 1 << 20

    /// Where it will appear in the vault.
    package let name: ObjectName
    private let upload: any ObjectUpload
    private var encryptor: AgeEncryptor
    private var hasher = DigestHasher(.sha256)
    private var pending: [UInt8] = []
    private var size: Int64 = 0

    /// Begins `name`, encrypted to `recipients`.
    package init(_ name: ObjectName, on target: any BlobTarget, to recipients: [AgeRecipient]) async throws {
        self.name = name
        encryptor = try AgeEncryptor(recipients: recipients)
        upload = try await target.upload(name)
    }

    /// Appends plaintext.
    package func write(_ plaintext: [UInt8]) async throws {
        try encryptor.update(plaintext, into: &pending)
        if pending.count >= Self.pieceSize { try await flush() }
    }

    /// Ends the encryption and publishes the object; it is durable when this returns.
    package func finish() async throws -> StoredObject {
        try encryptor.finish(into: &pending)
        try await flush()
        try await upload.finish()
        return StoredObject(name: name, size: size, sha256: hasher.finish().hex)
    }

    /// Gives up; nothing stays under the final name.
    package func abandon() async { await upload.abandon() }

    private func flush() async throws {
        guard !pending.isEmpty else { return }
        let piece = pending
        pending = []
        pending.reserveCapacity(Self.pieceSize + (1 << 17))
        hasher.update(piece)
        size += Int64(piece.count)
        try await upload.write(piece)
    }

    /// Writes a small object whole.
    package static func put(
        _ plaintext: [UInt8], as name: ObjectName, on target: any BlobTarget, to recipients: [AgeRecipient]
    ) async throws -> StoredObject {
        let sealed = try await SealedUpload(name, on: target, to: recipients)
        do {
            try await sealed.write(plaintext)
            return try await sealed.finish()
        } catch {
            await sealed.abandon()
            throw error
        }
    }
}

extension BlobTarget {
    /// Writes a small plain object whole and returns its size and hash.
    package func putPlain(_ bytes: [UInt8], as name: ObjectName) async throws -> StoredObject {
        try await put(bytes, as: name)
        return StoredObject(name: name, size: Int64(bytes.count), sha256: sha256(of: bytes))
    }
}

/// SHA-256 of `bytes` in lower-case hex.
package func sha256(of bytes: [UInt8]) -> String {
    var hasher = DigestHasher(.sha256)
    hasher.update(bytes)
    return hasher.finish().hex
}
