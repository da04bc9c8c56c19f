package import OCIImage

/// A blob that production had already lost when the backup came to read it.
package struct BrokenBlob: Sendable, Codable, Equatable {
    /// What is wrong with it.
    package enum Reason: String, Sendable, Codable, CaseIterable {
        case missing
        /// Its bytes have another hash than its name.
        case rotten
        /// The file is there and empty, though the digest is not that of nothing.
        case zeroLength = "zero_length"

        /// The number of a run that counts such blobs where nobody has acknowledged their loss; absent where there is none.
        package var unacknowledgedNumber: String { "unacknowledged_\(rawValue)" }
    }

    /// What the blob's bytes should hash to.
    package let digest: Digest
    /// Why it could not be saved.
    package let reason: Reason

    /// A blob that cannot be saved because production does not have it any more.
    package init(digest: Digest, reason: Reason) {
        self.digest = digest
        self.reason = reason
    }
}

/// A needed blob on its way into the vault.
struct PendingBlob: Sendable {
    /// Why a snapshot needs it.
    enum Role: Sendable {
        /// An artifact's manifest: its references are checked when it is stored.
        case manifest
        /// Named by an artifact: config, layer, signature payload.
        case layer
        /// A row of a project that no artifact names: saved, but its absence is only a remark.
        case unreferenced
    }

    let digest: Digest
    let role: Role
    /// Where a link may say under which other digest the registry keeps the bytes; empty for the first try.
    var repositories: [RepositoryName] = []
}
