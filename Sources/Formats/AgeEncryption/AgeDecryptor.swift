/// Decrypts one file that arrives in pieces. Only plaintext of verified chunks leaves it; memory: a header or one chunk of 64 KiB.
///
/// What was appended before an error is verified, but it is a beginning: without a `finish` that returns, the file is not whole.
package struct AgeDecryptor: Sendable {
    private enum State {
        case header(AgeHeaderParser)
        case nonce(FileKey, [UInt8])
        case payload(AgePayloadReader)
        case ended(AgeError)
    }

    private var state = State.header(AgeHeaderParser())
    private let identities: [AgeIdentity]
    private let passphrase: AgePassphrase?

    /// Any of the identities opens the file, or the passphrase if it was written with one.
    package init(identities: [AgeIdentity], passphrase: AgePassphrase? = nil) {
        self.identities = identities
        self.passphrase = passphrase
    }

    /// Appends the plaintext of each chunk that `ciphertext` completes.
    /// Throws `headerFailure`, `noMatch`, `hmacFailure`, `payloadFailure`, and from then on the same again.
    package mutating func update(_ ciphertext: UnsafeRawBufferPointer, into plaintext: inout [UInt8]) throws(AgeError) {
        do throws(AgeError) {
            var rest = ciphertext[...]
            while !rest.isEmpty { rest = try step(rest, into: &plaintext) }
        } catch {
            state = .ended(error)
            throw error
        }
    }

    /// The same for an array.
    package mutating func update(_ ciphertext: [UInt8], into plaintext: inout [UInt8]) throws(AgeError) {
        try ciphertext.withRawBytes { bytes throws(AgeError) in try update(bytes, into: &plaintext) }
    }

    /// Appends the last chunk. Throws as `update` does, and where the file is cut off; the message says how.
    package mutating func finish(into plaintext: inout [UInt8]) throws(AgeError) {
        do throws(AgeError) {
            switch state {
            case .header: throw AgeError.header("the file ends inside its header", remedy: "fetch the object again")
            case .nonce: throw AgeError.header("the file ends inside the nonce of its payload", remedy: "fetch the object again")
            case .payload(var reader): try reader.finish(into: &plaintext)
            case .ended(let error): throw error
            }
        } catch {
            state = .ended(error)
            throw error
        }
        state = .ended(AgeError(.finished, "this age file was finished already"))
    }

    private mutating func step(_ input: Slice<UnsafeRawBufferPointer>, into plaintext: inout [UInt8]) throws(AgeError) -> Slice<
        UnsafeRawBufferPointer
    > {
        // The state is taken out while it is worked on: a second reference to the chunk in it would copy that for each piece of input.
        let current = state
        state = .ended(AgeError(.finished, "this age file failed before"))
        switch consume current {
        case .header(var parser):
            let (count, header) = try parser.consume(UnsafeRawBufferPointer(rebasing: input))
            if let header {
                state = .nonce(try header.fileKey(identities: identities, passphrase: passphrase), [])
            } else {
                state = .header(parser)
            }
            return input.dropFirst(count)
        case .nonce(let fileKey, var nonce):
            let taken = input.prefix(PayloadCipher.nonceLength - nonce.count)
            nonce.append(contentsOf: taken)
            if nonce.count == PayloadCipher.nonceLength {
                state = .payload(AgePayloadReader(cipher: PayloadCipher(fileKey: fileKey, nonce: nonce)))
            } else {
                state = .nonce(fileKey, nonce)
            }
            return input.dropFirst(taken.count)
        case .payload(var reader):
            try reader.update(input, into: &plaintext)
            state = .payload(reader)
            return input.dropFirst(input.count)
        case .ended(let error): throw error
        }
    }
}
