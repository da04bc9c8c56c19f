package import AgeEncryption
import OCIImage

/// An encrypted object on its way from the target: hashed, compared with what a signed list says of it, and decrypted.
package final class SealedDownload {
    private let expected: StoredObject
    private let download: any ObjectDownload
    private var decryptor: AgeDecryptor
    private var hasher = DigestHasher(.sha256)
    private var size: Int64 = 0
    private var isFinished = false

    /// Begins to read `object` with whichever of `identities` opens it.
    package init(_ object: StoredObject, from target: any BlobTarget, with identities: [AgeIdentity]) async throws {
        expected = object
        decryptor = AgeDecryptor(identities: identities)
        download = try await target.download(object.name, range: nil)
    }

    /// The next plaintext; nil at the end, and only after size and hash agreed with the list. Throws `corrupt` or `locked`.
    package func next() async throws -> [UInt8]? {
        while !isFinished {
            var plaintext: [UInt8] = []
            if let piece = try await download.next() {
                hasher.update(piece)
                size += Int64(piece.count)
                guard size <= expected.size else { throw Self.isTooLarge(expected) }
                try decrypting { try decryptor.update(piece, into: &plaintext) }
            } else {
                isFinished = true
                try decrypting { try decryptor.finish(into: &plaintext) }
                try Self.check(expected, size: size, sha256: hasher.finish().hex)
            }
            if !plaintext.isEmpty { return plaintext }
        }
        return nil
    }

    /// The whole plaintext of an object of at most `limit` bytes.
    package func contents(limit: Int) async throws -> [UInt8] {
        var all: [UInt8] = []
        while let piece = try await next() {
            guard all.count + piece.count <= limit else {
                throw VaultError(.corrupt, "\(expected.name) holds more than \(limit) bytes, the limit for its kind")
            }
            all += piece
        }
        return all
    }

    private func decrypting(_ step: () throws -> Void) throws {
        do {
            try step()
        } catch let error as AgeError where error.code == .noMatch {
            throw VaultError(
                .locked, "no identity at hand opens \(expected.name)",
                remedy: "give the identity of one of the recipients of this vault with --identity FILE")
        } catch let error as AgeError {
            throw VaultError(
                .corrupt, "\(expected.name) cannot be decrypted", remedy: "run 'opsd vault audit --read' to find every damaged object",
                cause: error)
        }
    }

    /// Said at once: what follows may have no end.
    private static func isTooLarge(_ expected: StoredObject) -> VaultError {
        VaultError(.corrupt, "\(expected.name) has more bytes than the \(expected.size) of its signed list")
    }

    private static func check(_ expected: StoredObject, size: Int64, sha256: String) throws(VaultError) {
        guard size == expected.size else {
            throw VaultError(.corrupt, "\(expected.name) has \(size) bytes, its signed list says \(expected.size)")
        }
        guard sha256 == expected.sha256 else {
            throw VaultError(.corrupt, "\(expected.name) has SHA-256 \(sha256), its signed list says \(expected.sha256)")
        }
    }

    /// Hashes `object` without decrypting it. Done before anything in it is executed or written, since age names no sender.
    package static func verify(_ object: StoredObject, on target: any BlobTarget) async throws {
        let download = try await target.download(object.name, range: nil)
        var hasher = DigestHasher(.sha256)
        var size: Int64 = 0
        while let piece = try await download.next() {
            hasher.update(piece)
            size += Int64(piece.count)
            guard size <= object.size else { throw isTooLarge(object) }
        }
        try check(object, size: size, sha256: hasher.finish().hex)
    }
}
