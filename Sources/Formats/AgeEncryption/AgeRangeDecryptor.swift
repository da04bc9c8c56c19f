/// Reads parts of an age file without the rest: which bytes to fetch, and what they hold.
///
/// The size of the plaintext follows from the size of the object, which nothing authenticates until the last chunk was opened.
package struct AgeRangeDecryptor: Sendable {
    /// Bytes from the beginning of an object that always hold header and nonce; larger headers are refused.
    package static var headerLimit: Int { AgeHeader.limit + PayloadCipher.nonceLength }

    private let cipher: PayloadCipher
    /// Where the first chunk begins.
    private let payloadStart: Int64
    private let objectSize: Int64
    private let chunkCount: Int64
    /// Bytes of plaintext, 0 or more.
    package let plaintextSize: Int64

    /// - Parameters:
    ///   - prefix: the object's first bytes; `min(objectSize, headerLimit)` always suffice.
    ///   - objectSize: the whole object's size in bytes.
    ///
    /// Throws `headerFailure`, `noMatch`, `hmacFailure`, and `payloadFailure` where no file has such a size.
    package init(prefix: [UInt8], objectSize: Int64, identities: [AgeIdentity]) throws(AgeError) {
        var parser = AgeHeaderParser()
        let (count, header) = try prefix.withRawBytes { bytes throws(AgeError) in try parser.consume(bytes) }
        let start = count + PayloadCipher.nonceLength
        guard let header, start <= prefix.count else {
            throw .header("it does not end in the first \(prefix.count) bytes", remedy: "read more of the object, or fetch it again")
        }
        guard objectSize >= prefix.count else { throw .payload("the object has \(objectSize) bytes, less than were read from it") }
        let fileKey = try header.fileKey(identities: identities, passphrase: nil)
        cipher = PayloadCipher(fileKey: fileKey, nonce: Array(prefix[count..<start]))
        payloadStart = Int64(start)
        self.objectSize = objectSize

        let payloadSize = objectSize - Int64(start)
        let (whole, rest) = payloadSize.quotientAndRemainder(dividingBy: Int64(PayloadCipher.sealedChunkSize))
        let chunkCount = whole + (rest > 0 ? 1 : 0)
        guard chunkCount > 0 else { throw .payload("it ends before chunk 0, which is missing") }
        guard rest == 0 || rest >= PayloadCipher.tagSize else { throw .payload("it is cut off inside chunk \(whole)") }
        guard rest != PayloadCipher.tagSize || chunkCount == 1 else { throw .payload("its last chunk (chunk \(whole)) is empty") }
        self.chunkCount = chunkCount
        plaintextSize = payloadSize - chunkCount * Int64(PayloadCipher.tagSize)
    }

    /// The bytes of the object to fetch for these bytes of plaintext: the whole chunks that cover them.
    /// What lies outside the plaintext asks for nothing.
    package func ciphertextRange(for plaintextRange: Range<Int64>) -> Range<Int64> {
        let range = plaintextRange.clamped(to: 0..<plaintextSize)
        guard !range.isEmpty else { return payloadStart..<payloadStart }
        let chunkSize = Int64(PayloadCipher.chunkSize)
        let sealedChunkSize = Int64(PayloadCipher.sealedChunkSize)
        let lower = payloadStart + range.lowerBound / chunkSize * sealedChunkSize
        let last = (range.upperBound - 1) / chunkSize
        // The last chunk ends with the object; its full size may lie beyond what an Int64 holds.
        return lower..<(last == chunkCount - 1 ? objectSize : payloadStart + (last + 1) * sealedChunkSize)
    }

    /// Exactly the bytes `plaintextRange`, out of exactly the bytes `ciphertextRange(for: plaintextRange)`.
    /// Throws `rangeFailure` where they do not fit, `payloadFailure` where a chunk is altered.
    package func decrypt(_ ciphertext: [UInt8], for plaintextRange: Range<Int64>) throws(AgeError) -> [UInt8] {
        guard plaintextRange.lowerBound >= 0, plaintextRange.upperBound <= plaintextSize else {
            throw AgeError(.rangeFailure, "bytes \(plaintextRange) are not inside the \(plaintextSize) bytes of plaintext")
        }
        let expected = ciphertextRange(for: plaintextRange)
        guard ciphertext.count == expected.count else {
            throw AgeError(
                .rangeFailure, "\(ciphertext.count) bytes of ciphertext were read where \(expected.count) were asked for",
                remedy: "the object is shorter than it was; fetch it again")
        }
        guard !plaintextRange.isEmpty else { return [] }
        let chunkSize = Int64(PayloadCipher.chunkSize)
        var number = plaintextRange.lowerBound / chunkSize
        let skipped = Int(plaintextRange.lowerBound - number * chunkSize)
        var plaintext: [UInt8] = []
        plaintext.reserveCapacity(ciphertext.count)
        try ciphertext.withRawBytes { bytes throws(AgeError) in
            var rest = bytes[...]
            while !rest.isEmpty {
                let sealed = UnsafeRawBufferPointer(rebasing: rest.prefix(PayloadCipher.sealedChunkSize))
                try open(sealed, number: number, into: &plaintext)
                number += 1
                rest = rest.dropFirst(sealed.count)
            }
        }
        plaintext.removeLast(plaintext.count - skipped - plaintextRange.count)
        plaintext.removeFirst(skipped)
        return plaintext
    }

    private func open(_ sealed: UnsafeRawBufferPointer, number: Int64, into plaintext: inout [UInt8]) throws(AgeError) {
        let chunk = UInt64(number)
        if number == chunkCount - 1 {
            try cipher.openLast(sealed, number: chunk, into: &plaintext)
        } else if !cipher.open(sealed, number: chunk, isLast: false, into: &plaintext) {
            throw .payload("chunk \(number) is altered")
        }
    }
}
