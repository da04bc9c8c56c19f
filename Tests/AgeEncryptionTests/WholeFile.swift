@testable import AgeEncryption

/// Whole files at once, given to the streams in pieces of a chosen size.
enum WholeFile {
    static func encrypt(_ plaintext: [UInt8], to recipients: [AgeRecipient], pieces: Int = .max) throws(AgeError) -> [UInt8] {
        var encryptor = try AgeEncryptor(recipients: recipients)
        return try encrypt(plaintext, with: &encryptor, pieces: pieces)
    }

    static func encrypt(_ plaintext: [UInt8], with encryptor: inout AgeEncryptor, pieces: Int = .max) throws(AgeError) -> [UInt8] {
        var ciphertext: [UInt8] = []
        for piece in split(plaintext, pieces) { try encryptor.update(piece, into: &ciphertext) }
        try encryptor.finish(into: &ciphertext)
        return ciphertext
    }

    static func decrypt(_ ciphertext: [UInt8], by identities: [AgeIdentity], pieces: Int = .max) throws(AgeError) -> [UInt8] {
        let (plaintext, error) = released(ciphertext, by: AgeDecryptor(identities: identities), pieces: pieces)
        if let error { throw error }
        return plaintext
    }

    /// What a decryptor gives out, and the error with which it stops.
    static func released(_ ciphertext: [UInt8], by start: AgeDecryptor, pieces: Int = .max) -> (plaintext: [UInt8], error: AgeError?) {
        var decryptor = start
        var plaintext: [UInt8] = []
        do throws(AgeError) {
            for piece in split(ciphertext, pieces) { try decryptor.update(piece, into: &plaintext) }
            try decryptor.finish(into: &plaintext)
        } catch {
            return (plaintext, error)
        }
        return (plaintext, nil)
    }

    private static func split(_ bytes: [UInt8], _ size: Int) -> [[UInt8]] {
        guard size < bytes.count else { return [bytes] }
        return stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    }
}
