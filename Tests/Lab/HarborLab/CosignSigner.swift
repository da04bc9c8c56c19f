import Crypto
import Foundation

/// What `cosign sign --key` leaves in a registry: a manifest tagged after its subject, with one layer per signature.
struct CosignSigner {
    private let key = P256.Signing.PrivateKey()

    /// The public key as in `cosign.pub`.
    var publicKey: String { key.publicKey.pemRepresentation + "\n" }

    /// The signature of the image with `digest`; `reference` is what the signer calls the repository.
    func sign(_ digest: String, reference: String) throws -> ImageContent {
        let payload = Payload(
            critical: .init(
                identity: .init(dockerReference: reference), image: .init(dockerManifestDigest: digest),
                type: "cosign container image signature"))
        let layer = BlobContent(MediaType.cosignPayload, try CanonicalJSON.encode(payload))
        let signature = try key.signature(for: layer.bytes).derRepresentation
        var descriptor = layer.descriptor
        descriptor.annotations = ["dev.cosignproject.cosign/signature": signature.base64EncodedString()]
        let config =
            #"{"architecture":"","config":{},"created":"0001-01-01T00:00:00Z","history":[{"created":"0001-01-01T00:00:00Z"}],"os":"","#
            + #""rootfs":{"type":"layers","diff_ids":["\#(layer.digest)"]}}"#
        return try .manifest(config: BlobContent(MediaType.config, Array(config.utf8)), layers: [descriptor], blobs: [layer])
    }

    /// The tag under which cosign looks for the signature of `digest`.
    static func tag(for digest: String) -> String { digest.replacing(":", with: "-") + ".sig" }

    /// A private key file in the shape that cosign writes. What it encrypts is random: only its owner's password could tell.
    static func encryptedKeyFile() throws -> String {
        func random(_ count: Int) -> String { Data((0..<count).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString() }
        let document = EncryptedKey(
            kdf: .init(name: "scrypt", params: .init(N: 65536, r: 8, p: 1), salt: random(32)),
            cipher: .init(name: "nacl/secretbox", nonce: random(24)), ciphertext: random(154))
        let body = Data(try CanonicalJSON.encode(document)).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n\(body)\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"
    }

    private struct Payload: Encodable {
        struct Critical: Encodable {
            struct Identity: Encodable {
                let dockerReference: String

                enum CodingKeys: String, CodingKey { case dockerReference = "docker-reference" }
            }

            struct Image: Encodable {
                let dockerManifestDigest: String

                enum CodingKeys: String, CodingKey { case dockerManifestDigest = "docker-manifest-digest" }
            }

            let identity: Identity
            let image: Image
            let type: String
        }

        let critical: Critical
    }

    private struct EncryptedKey: Encodable {
        struct Derivation: Encodable {
            struct Parameters: Encodable {
                let N: Int
                let r: Int
                let p: Int
            }

            let name: String
            let params: Parameters
            let salt: String
        }

        struct Cipher: Encodable {
            let name: String
            let nonce: String
        }

        let kdf: Derivation
        let cipher: Cipher
        let ciphertext: String
    }
}
