internal import Crypto

/// Computes the digest of content that passes in pieces.
package struct DigestHasher: Sendable {
    private enum State: Sendable {
        case sha256(SHA256)
        case sha512(SHA512)
    }

    private var state: State

    /// Starts a hash of `algorithm`.
    package init(_ algorithm: Digest.Algorithm) {
        state =
            switch algorithm {
            case .sha256: .sha256(SHA256())
            case .sha512: .sha512(SHA512())
            }
    }

    /// Takes the next bytes of the content.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        case .sha512(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha512(hash)
        }
    }

    /// Takes the next bytes of the content.
    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of everything taken so far.
    package func finish() -> Digest {
        switch state {
        case .sha256(let hash): hash.finalize().withUnsafeBytes { Digest(.sha256, hash: $0) }
        case .sha512(let hash): hash.finalize().withUnsafeBytes { Digest(.sha512, hash: $0) }
        }
    }
}

extension Digest {
    /// The digest of content that is wholly in memory.
    package init(of content: [UInt8], algorithm: Algorithm = .sha256) {
        var hasher = DigestHasher(algorithm)
        hasher.update(content)
        self = hasher.finish()
    }
}
