import Crypto

/// Encrypts one file that arrives in pieces. Memory: one chunk of 64 KiB.
package struct AgeEncryptor: Sendable {
    private let cipher: PayloadCipher
    /// Header and nonce, until they were given out.
    private var preamble: [UInt8]
    /// Less than a chunk, or a whole one of which it is not known yet whether it is the last.
    private var pending: [UInt8] = []
    private var chunkNumber: UInt64 = 0
    private var isFinished = false

    /// Encrypts to each of 1...256 recipients. Throws `recipientCount`, or `malformedRecipient` for a key that cannot be used.
    package init(recipients: [AgeRecipient]) throws(AgeError) {
        guard !recipients.isEmpty else {
            throw AgeError(.recipientCount, "there is no recipient to encrypt to", remedy: "name at least one 'age1...' recipient")
        }
        guard recipients.count <= AgeHeader.recipientLimit else {
            throw AgeError(.recipientCount, "\(recipients.count) recipients are more than the supported \(AgeHeader.recipientLimit)")
        }
        let fileKey = FileKey.make()
        var stanzas: [AgeStanza] = []
        for recipient in recipients { stanzas.append(try X25519Stanza.wrap(fileKey, to: recipient)) }
        self.init(stanzas: stanzas, fileKey: fileKey)
    }

    /// Encrypts under a passphrase, which cannot be mixed with recipients; takes as long as its work factor asks for.
    package init(passphrase: AgePassphrase) throws(AgeError) {
        let fileKey = FileKey.make()
        self.init(stanzas: [try passphrase.wrap(fileKey)], fileKey: fileKey)
    }

    private init(stanzas: [AgeStanza], fileKey: FileKey) {
        let nonce = SymmetricKey(size: .bits128).withUnsafeBytes { [UInt8]($0) }
        cipher = PayloadCipher(fileKey: fileKey, nonce: nonce)
        preamble = AgeHeader(stanzas: stanzas, fileKey: fileKey).bytes + nonce
    }

    /// Appends to `ciphertext` what `plaintext` completes; the header before everything else.
    package mutating func update(_ plaintext: UnsafeRawBufferPointer, into ciphertext: inout [UInt8]) throws(AgeError) {
        try start(&ciphertext)
        var rest = plaintext[...]
        while !rest.isEmpty {
            if pending.isEmpty, rest.count > PayloadCipher.chunkSize {
                // More follows, so this is not the last chunk; it is sealed where it lies.
                try seal(UnsafeRawBufferPointer(rebasing: rest.prefix(PayloadCipher.chunkSize)), isLast: false, into: &ciphertext)
                rest = rest.dropFirst(PayloadCipher.chunkSize)
                continue
            }
            if pending.count == PayloadCipher.chunkSize { try sealPending(isLast: false, into: &ciphertext) }
            let taken = rest.prefix(PayloadCipher.chunkSize - pending.count)
            pending.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
        }
    }

    /// The same for an array.
    package mutating func update(_ plaintext: [UInt8], into ciphertext: inout [UInt8]) throws(AgeError) {
        try plaintext.withRawBytes { bytes throws(AgeError) in try update(bytes, into: &ciphertext) }
    }

    /// Appends the last chunk. Throws `finished` if called twice; nothing may follow.
    package mutating func finish(into ciphertext: inout [UInt8]) throws(AgeError) {
        try start(&ciphertext)
        try sealPending(isLast: true, into: &ciphertext)
        isFinished = true
    }

    private mutating func start(_ ciphertext: inout [UInt8]) throws(AgeError) {
        guard !isFinished else { throw AgeError(.finished, "this age file was finished already") }
        ciphertext.append(contentsOf: preamble)
        preamble = []
    }

    private mutating func sealPending(isLast: Bool, into ciphertext: inout [UInt8]) throws(AgeError) {
        try pending.withRawBytes { bytes throws(AgeError) in
            try cipher.seal(bytes, number: chunkNumber, isLast: isLast, into: &ciphertext)
        }
        chunkNumber += 1
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func seal(_ chunk: UnsafeRawBufferPointer, isLast: Bool, into ciphertext: inout [UInt8]) throws(AgeError) {
        try cipher.seal(chunk, number: chunkNumber, isLast: isLast, into: &ciphertext)
        chunkNumber += 1
    }
}
