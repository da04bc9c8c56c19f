package import AgeEncryption
import Archive
package import OCIImage
import SystemPackage

/// A pack being written (format, section 4): tar, padding, encryption, upload. Used by one task.
package final class PackWriter {
    /// A pack is closed at this many bytes of plaintext unless the configuration says otherwise.
    package static let targetSize: Int64 = 64 << 20
    /// A blob of this size or more stands alone.
    package static let aloneSize: Int64 = 16 << 20

    private let id: RandomID
    private let tar: ArchiveWriter
    private let sealed: SealedUpload
    private var blobs: [BlobLocation] = []

    /// Begins a pack with a random name.
    package init(on target: any BlobTarget, to recipients: [AgeRecipient]) async throws {
        id = RandomID()
        tar = try ArchiveWriter(compression: .none, paddedTo: 1 << 20)
        sealed = try await SealedUpload(.pack(id), on: target, to: recipients)
    }

    /// Bytes of plaintext so far.
    package var size: Int64 { tar.offset }
    /// Nothing was added yet.
    package var isEmpty: Bool { blobs.isEmpty }

    /// Adds a blob whose bytes were found to agree with `digest`.
    package func add(_ digest: Digest, verified contents: [UInt8]) async throws {
        try begin(digest, size: Int64(contents.count))
        try tar.write(contents)
        try tar.endEntry()
        try await sealed.write(tar.takeOutput())
    }

    /// Adds a blob of `size` bytes while hashing it. Throws ``BlobMismatch`` where the bytes are not the digest's: the pack must then be abandoned.
    package func add(_ digest: Digest, size: Int64, next: () throws -> [UInt8]?) async throws {
        try begin(digest, size: size)
        var hasher = DigestHasher(digest.algorithm)
        var seen: Int64 = 0
        while let piece = try next() {
            seen += Int64(piece.count)
            guard seen <= size else { throw BlobMismatch(digest: digest) }
            hasher.update(piece)
            try tar.write(piece)
            try await sealed.write(tar.takeOutput())
        }
        guard seen == size, hasher.finish() == digest else { throw BlobMismatch(digest: digest) }
        try tar.endEntry()
        try await sealed.write(tar.takeOutput())
    }

    /// Closes the pack. When this returns it is durable under its name.
    package func finish() async throws -> PackContents {
        try tar.finish()
        try await sealed.write(tar.takeOutput())
        return PackContents(id: id, object: try await sealed.finish(), blobs: blobs)
    }

    /// Gives up; the target keeps nothing under the pack's name.
    package func abandon() async { await sealed.abandon() }

    private func begin(_ digest: Digest, size: Int64) throws {
        try tar.begin(ArchiveEntry(path: Self.memberName(of: digest), kind: .file(size: size), permissions: [.ownerReadWrite]))
        blobs.append(BlobLocation(digest: digest, offset: tar.offset, size: size))
    }

    /// `blobs/<algorithm>/<hex>`.
    package static func memberName(of digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }
}

/// A blob's bytes are not those that its digest names.
package struct BlobMismatch: Error, CustomStringConvertible {
    /// What the bytes should hash to.
    package let digest: Digest

    /// Names the blob.
    package init(digest: Digest) { self.digest = digest }

    /// A sentence that names the digest.
    package var description: String { "the bytes of \(digest) have another hash" }
}
