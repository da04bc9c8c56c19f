/// The storage under a vault: it adds, reads, lists and, where a keeper may, deletes objects.
///
/// Every implementation and decorator passes one conformance suite. Errors are ``VaultError``s with the codes `notFound`, `exists`, `denied`,
/// `full`, `unavailable`.
package protocol BlobTarget: Sendable {
    /// Where it is, for messages; never a secret.
    var location: String { get }

    /// Makes the folders of a vault. Called by `vault init` alone; folders that exist are fine.
    func makeFolders() async throws

    /// Begins an object. It appears under `name` whole and durable at ``ObjectUpload/finish()``, or not at all.
    func upload(_ name: ObjectName) async throws -> sending any ObjectUpload

    /// Begins reading an object, or `range` of its bytes. Throws `notFound` where it is absent, `corrupt` where what has its name is no object.
    func download(_ name: ObjectName, range: Range<Int64>?) async throws -> sending any ObjectDownload

    /// Name and size of each object in `folder`, in no order. Temporary files and names that are no object's are left out.
    func list(_ folder: ObjectFolder) async throws -> [ObjectInfo]

    /// Removes an object; an absent one is fine. Throws `denied` where the target only adds.
    func delete(_ name: ObjectName) async throws
}

/// An object on its way to a target. Dropped without ``finish()`` it leaves nothing under its final name.
package protocol ObjectUpload: AnyObject {
    /// Appends bytes.
    func write(_ bytes: [UInt8]) async throws
    /// Publishes the object; throws `exists` where the name is taken: no object is ever overwritten.
    func finish() async throws
    /// Gives up and removes what was written. Never throws: what cannot be removed is a temporary file that every reader ignores.
    func abandon() async
}

/// An object on its way from a target.
package protocol ObjectDownload: AnyObject {
    /// The next bytes, at most a few MiB; nil at the end.
    func next() async throws -> [UInt8]?
}

/// An object as a listing shows it.
package struct ObjectInfo: Hashable, Sendable {
    /// Where it lies in the vault.
    package let name: ObjectName
    /// Bytes as stored.
    package let size: Int64

    /// An object of `size` bytes.
    package init(name: ObjectName, size: Int64) {
        self.name = name
        self.size = size
    }
}

/// An object that was written and made durable.
package struct StoredObject: Hashable, Sendable {
    /// Where it was stored in the vault.
    package let name: ObjectName
    /// Bytes as stored.
    package let size: Int64
    /// SHA-256 of the stored bytes, lower-case hex.
    package let sha256: String

    /// An object with the hash of what was sent.
    package init(name: ObjectName, size: Int64, sha256: String) {
        self.name = name
        self.size = size
        self.sha256 = sha256
    }
}

extension BlobTarget {
    /// The whole of a small object; one over `limit` bytes is `corrupt`, so that a hostile target cannot fill the memory.
    package func contents(of name: ObjectName, limit: Int) async throws -> [UInt8] {
        let download = try await download(name, range: nil)
        var all: [UInt8] = []
        while let piece = try await download.next() {
            guard all.count + piece.count <= limit else {
                throw VaultError(.corrupt, "\(location)/\(name) is larger than \(limit) bytes, the limit for its kind")
            }
            all += piece
        }
        return all
    }

    /// Writes a small object in one go.
    package func put(_ bytes: [UInt8], as name: ObjectName) async throws {
        let upload = try await upload(name)
        do {
            try await upload.write(bytes)
            try await upload.finish()
        } catch {
            await upload.abandon()
            throw error
        }
    }
}
