/// Opens the chunks of a payload one after the other, and tells a cut from an alteration where that can be told.
struct AgePayloadReader: Sendable {
    private let cipher: PayloadCipher
    /// Less than a sealed chunk, or a whole one of which it is not known yet whether it is the last.
    private var pending: [UInt8] = []
    private var chunkNumber: UInt64 = 0

    init(cipher: PayloadCipher) { self.cipher = cipher }

    mutating func update(_ ciphertext: Slice<UnsafeRawBufferPointer>, into plaintext: inout [UInt8]) throws(AgeError) {
        var rest = ciphertext
        while !rest.isEmpty {
            if pending.isEmpty, rest.count > PayloadCipher.sealedChunkSize {
                try openMiddle(UnsafeRawBufferPointer(rebasing: rest.prefix(PayloadCipher.sealedChunkSize)), into: &plaintext)
                chunkNumber += 1
                rest = rest.dropFirst(PayloadCipher.sealedChunkSize)
                continue
            }
            if pending.count == PayloadCipher.sealedChunkSize {
                try pending.withRawBytes { bytes throws(AgeError) in try openMiddle(bytes, into: &plaintext) }
                chunkNumber += 1
                pending.removeAll(keepingCapacity: true)
            }
            let taken = rest.prefix(PayloadCipher.sealedChunkSize - pending.count)
            pending.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
        }
    }

    mutating func finish(into plaintext: inout [UInt8]) throws(AgeError) {
        try pending.withRawBytes { bytes throws(AgeError) in
            try cipher.openLast(bytes, number: chunkNumber, into: &plaintext)
        }
        pending = []
    }

    /// A chunk after which more follows.
    private func openMiddle(_ sealed: UnsafeRawBufferPointer, into plaintext: inout [UInt8]) throws(AgeError) {
        if cipher.open(sealed, number: chunkNumber, isLast: false, into: &plaintext) { return }
        // It may still be the true end, with something appended to the file; that chunk is then sound.
        guard cipher.open(sealed, number: chunkNumber, isLast: true, into: &plaintext) else {
            throw .payload("chunk \(chunkNumber) is altered")
        }
        throw .payload("data follows the last chunk (chunk \(chunkNumber))")
    }
}

extension PayloadCipher {
    /// Opens the chunk at which the file ends.
    func openLast(_ sealed: UnsafeRawBufferPointer, number: UInt64, into plaintext: inout [UInt8]) throws(AgeError) {
        guard !sealed.isEmpty else { throw .payload("it ends before chunk \(number), which is missing") }
        guard sealed.count >= Self.tagSize else { throw .payload("it is cut off inside chunk \(number)") }
        if open(sealed, number: number, isLast: true, into: &plaintext) {
            // The last chunk is empty only in an empty file; elsewhere it would be a second spelling of the same plaintext.
            guard sealed.count > Self.tagSize || number == 0 else { throw .payload("its last chunk (chunk \(number)) is empty") }
            return
        }
        // Only a whole chunk can have stood before others; a shorter one was never written so.
        if sealed.count == Self.sealedChunkSize, open(sealed, number: number, isLast: false, into: &plaintext) {
            throw .payload("it is cut off after chunk \(number), which is sound but not the last")
        }
        throw .payload("chunk \(number), at its end, is altered or cut off")
    }
}
