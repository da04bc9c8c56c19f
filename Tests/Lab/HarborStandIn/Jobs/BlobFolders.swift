import Foundation

/// The part of the registry's storage that collections delete from.
struct BlobFolders: Sendable {
    /// The folder that holds `docker/registry/v2`.
    let root: String

    private var registry: String { root + "/docker/registry/v2" }

    /// Removes a blob's folder. A blob without one is fine.
    func removeBlob(_ digest: String) throws {
        let (algorithm, hex) = Self.parts(digest)
        try remove("\(registry)/blobs/\(algorithm)/\(hex.prefix(2))/\(hex)")
    }

    /// Removes what makes a manifest visible in a repository. Links of layers stay, as Harbor leaves them.
    func removeRevision(_ digest: String, from repository: String) throws {
        let (algorithm, hex) = Self.parts(digest)
        try remove("\(registry)/repositories/\(repository)/_manifests/revisions/\(algorithm)/\(hex)")
    }

    private func remove(_ folder: String) throws {
        guard FileManager.default.fileExists(atPath: folder) else { return }
        try FileManager.default.removeItem(atPath: folder)
    }

    private static func parts(_ digest: String) -> (algorithm: Substring, hex: Substring) {
        let parts = digest.split(separator: ":", maxSplits: 1)
        return (parts.first ?? "", parts.last ?? "")
    }
}
