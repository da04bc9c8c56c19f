import Foundation
import LabServers

/// The registry's storage on disk, written without the registry: for what it would refuse, and for masses.
struct RegistryFolder: Sendable {
    /// The folder that holds `docker/registry/v2`.
    let path: String

    private var root: String { path + "/docker/registry/v2" }

    /// The file that holds a blob's bytes.
    func blob(_ digest: String) -> String {
        let (algorithm, hex) = Self.parts(digest)
        return "\(root)/blobs/\(algorithm)/\(hex.prefix(2))/\(hex)/data"
    }

    /// The link that makes a config or a layer visible in a repository.
    func layerLink(_ digest: String, in repository: String) -> String {
        let (algorithm, hex) = Self.parts(digest)
        return "\(root)/repositories/\(repository)/_layers/\(algorithm)/\(hex)/link"
    }

    /// The link that makes a manifest visible in a repository.
    func revisionLink(_ digest: String, in repository: String) -> String {
        let (algorithm, hex) = Self.parts(digest)
        return "\(root)/repositories/\(repository)/_manifests/revisions/\(algorithm)/\(hex)/link"
    }

    /// Writes a blob's file.
    func writeBlob(_ digest: String, _ bytes: [UInt8]) throws { try write(bytes, to: blob(digest)) }

    /// Writes the link of a config or layer.
    func linkLayer(_ digest: String, in repository: String) throws { try write(Array(digest.utf8), to: layerLink(digest, in: repository)) }

    /// Writes the link of a manifest.
    func linkRevision(_ digest: String, in repository: String) throws {
        try write(Array(digest.utf8), to: revisionLink(digest, in: repository))
    }

    /// Writes all of an artifact.
    func write(_ image: ImageContent, to repository: String) throws {
        for blob in image.blobs {
            try writeBlob(blob.digest, blob.bytes)
            try linkLayer(blob.digest, in: repository)
        }
        try writeBlob(image.manifest.digest, image.manifest.bytes)
        try linkRevision(image.manifest.digest, in: repository)
    }

    /// Gives everything to the user that Harbor's registry runs as, if we may.
    func giveToHarbor() throws {
        guard let user = UnprivilegedUser.harborIfRoot else { return }
        try Program.succeed("chown", ["-R", "\(user.user):\(user.group)", path])
    }

    private func write(_ bytes: [UInt8], to file: String) throws {
        var descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0, errno == ENOENT {
            Self.makeFolder(String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]))
            descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        }
        guard descriptor >= 0 else { throw LabError(.system, "cannot create \(file): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count else { throw LabError(.system, "cannot write \(file): \(String(cString: strerror(errno)))") }
    }

    /// Makes a folder; those above it only when they are missing, which is rare. Whether it worked shows when its file is created.
    private static func makeFolder(_ path: String) {
        guard mkdir(path, 0o755) != 0, errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        makeFolder(String(path[..<slash]))
        mkdir(path, 0o755)
    }

    private static func parts(_ digest: String) -> (algorithm: Substring, hex: Substring) {
        let parts = digest.split(separator: ":", maxSplits: 1)
        return (parts.first ?? "", parts.last ?? "")
    }
}
