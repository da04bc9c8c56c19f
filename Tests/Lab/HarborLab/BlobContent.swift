import Crypto
import Foundation

/// Bytes of the registry and what is said about them.
struct BlobContent {
    let mediaType: String
    let bytes: [UInt8]
    let digest: String

    init(_ mediaType: String, _ bytes: [UInt8], algorithm: Algorithm = .sha256) {
        self.mediaType = mediaType
        self.bytes = bytes
        digest = algorithm.digest(of: bytes)
    }

    var descriptor: Descriptor { Descriptor(mediaType: mediaType, digest: digest, size: bytes.count) }

    /// How a blob is named.
    enum Algorithm {
        case sha256
        case sha512

        func digest(of bytes: [UInt8]) -> String {
            switch self {
            case .sha256: "sha256:" + SHA256.hash(data: bytes).map { hex($0) }.joined()
            case .sha512: "sha512:" + SHA512.hash(data: bytes).map { hex($0) }.joined()
            }
        }

        private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    }
}

/// A descriptor of the OCI image specification.
struct Descriptor: Encodable, Equatable {
    var mediaType: String
    var digest: String
    var size: Int
    var urls: [String]?
    var annotations: [String: String]?
    var platform: Platform?

    /// What an image runs on.
    struct Platform: Encodable, Equatable {
        let architecture: String
        let os: String
    }

    /// Layers of this kind stay with their vendor; no registry stores them.
    var isForeign: Bool { mediaType.hasPrefix("application/vnd.docker.image.rootfs.foreign.") }
}

/// The media types that the lab uses.
enum MediaType {
    static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    static let dockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    static let dockerSchema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    static let manifest = "application/vnd.oci.image.manifest.v1+json"
    static let index = "application/vnd.oci.image.index.v1+json"
    static let config = "application/vnd.oci.image.config.v1+json"
    static let layer = "application/vnd.oci.image.layer.v1.tar+gzip"
    static let empty = "application/vnd.oci.empty.v1+json"
    static let cosignPayload = "application/vnd.dev.cosign.simplesigning.v1+json"
}

/// JSON with a fixed order of keys, so that a digest depends on the content alone.
enum CanonicalJSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
