import Crypto
import Foundation

/// STREAM over ChaCha20-Poly1305: chunks of 64 KiB, each sealed under its number and whether it is the last.
struct PayloadCipher: Sendable {
    static let chunkSize = 65536
    static let tagSize = 16
    static let sealedChunkSize = chunkSize + tagSize
    /// The payload's own nonce, at its beginning.
    static let nonceLength = 16

    private let key: SymmetricKey
    private static let chunkNonceLength = 12

    init(fileKey: FileKey, nonce: [UInt8]) { key = fileKey.payloadKey(nonce: nonce) }

    /// Appends the sealed chunk to `output`.
    func seal(_ chunk: UnsafeRawBufferPointer, number: UInt64, isLast: Bool, into output: inout [UInt8]) throws(AgeError) {
        do {
            let nonce = try ChaChaPoly.Nonce(data: Self.nonce(number: number, isLast: isLast))
            let box = try ChaChaPoly.seal(chunk, using: key, nonce: nonce)
            // The combined form is one buffer; its parts would each be copied out of it.
            box.combined.withUnsafeBytes { output.append(contentsOf: $0[Self.chunkNonceLength...]) }
        } catch {
            throw .library("seal a chunk")
        }
    }

    /// Appends the chunk's plaintext to `output` if the tag is right, and says whether it was.
    func open(_ sealed: UnsafeRawBufferPointer, number: UInt64, isLast: Bool, into output: inout [UInt8]) -> Bool {
        guard sealed.count >= Self.tagSize, let base = sealed.baseAddress else { return false }
        var combined = Data(capacity: Self.chunkNonceLength + sealed.count)
        combined.append(contentsOf: Self.nonce(number: number, isLast: isLast))
        combined.append(base.assumingMemoryBound(to: UInt8.self), count: sealed.count)
        // A tag that does not fit is the answer, not a failure of this call.
        guard let box = try? ChaChaPoly.SealedBox(combined: combined),
            let plaintext = try? ChaChaPoly.open(box, using: key)  // as above
        else { return false }
        plaintext.withUnsafeBytes { output.append(contentsOf: $0) }
        return true
    }

    /// Eleven bytes of number, big-endian, then 1 for the last chunk. 64 bits of number never run out.
    private static func nonce(number: UInt64, isLast: Bool) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: chunkNonceLength)
        withUnsafeBytes(of: number.bigEndian) { bytes in
            for (index, byte) in bytes.enumerated() { nonce[3 + index] = byte }
        }
        nonce[11] = isLast ? 1 : 0
        return nonce
    }
}
