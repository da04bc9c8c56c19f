import Crypto

/// A secret X25519 key that opens what was encrypted to its recipient: `AGE-SECRET-KEY-1...`.
package struct AgeIdentity: Sendable, CustomStringConvertible, CustomReflectable {
    let key: Curve25519.KeyAgreement.PrivateKey
    /// The public half.
    package let recipient: AgeRecipient

    private static let prefix = "AGE-SECRET-KEY-"
    /// Bounds a file that is read whole, in lines; each identity costs a key agreement for each stanza of a header.
    private static let longestFile = 4096

    private init(key: Curve25519.KeyAgreement.PrivateKey) {
        self.key = key
        recipient = AgeRecipient(key: key.publicKey)
    }

    /// A new identity from the system's random numbers.
    package static func make() -> AgeIdentity { AgeIdentity(key: Curve25519.KeyAgreement.PrivateKey()) }

    /// Reads `AGE-SECRET-KEY-1...` (capitals, X25519); throws `malformedIdentity`, never naming the content.
    package init(parsing text: String) throws(AgeError) {
        guard let bech32 = Bech32(parsing: text) else {
            throw AgeError(
                .malformedIdentity, "this is not an age identity: its checksum or spelling is wrong",
                remedy: "copy the whole line 'AGE-SECRET-KEY-1...' that age-keygen wrote")
        }
        guard bech32.prefix == Self.prefix else {
            // What stands before the separator names the kind of key and is no secret; after it everything is.
            throw AgeError(
                .malformedIdentity, "identities of this kind are not supported, only X25519 (AGE-SECRET-KEY-1...)",
                remedy: "make an X25519 key with 'age-keygen'")
        }
        guard bech32.data.count == 32 else {
            throw AgeError(.malformedIdentity, "an age identity holds 32 bytes, this one \(bech32.data.count)")
        }
        do {
            self.init(key: try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bech32.data))
        } catch {
            throw AgeError(.malformedIdentity, "this age identity is no X25519 key")
        }
    }

    /// Reads an identity file as age-keygen writes it: an identity a line, `#` comments, blank lines; at least one identity.
    /// Throws `malformedIdentity` with the number of the line.
    package static func parseFile(_ text: String) throws(AgeError) -> [AgeIdentity] {
        if AgeArmor.isArmored([UInt8](text.utf8.prefix(AgeArmor.longestWhitespace + 64))) {
            throw AgeError(
                .malformedIdentity, "the identity file is itself encrypted",
                remedy: "decrypt it with 'age --decrypt' to a file that only opsd can read")
        }
        var identities: [AgeIdentity] = []
        // Split on scalars: a CR LF pair is one Character, which equals neither of its halves.
        for (index, line) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard index < longestFile else { throw AgeError(.malformedIdentity, "the identity file has more than \(longestFile) lines") }
            let content = String(String.UnicodeScalarView(line)).trimmingASCIIWhitespace()
            if content.isEmpty || content.hasPrefix("#") { continue }
            do {
                identities.append(try AgeIdentity(parsing: content))
            } catch {
                throw AgeError(.malformedIdentity, "line \(index + 1) of the identity file: \(error.problem)", remedy: error.remedy)
            }
        }
        guard !identities.isEmpty else {
            throw AgeError(
                .malformedIdentity, "the identity file holds no identity",
                remedy: "it needs a line 'AGE-SECRET-KEY-1...', as 'age-keygen' writes it")
        }
        return identities
    }

    /// `AGE-SECRET-KEY-1...`: only ever for the file in which the key is kept.
    package var secretText: String { Bech32(prefix: Self.prefix, data: [UInt8](key.rawRepresentation)).text }

    /// `<redacted>`
    package var description: String { "<redacted>" }

    /// Nothing: `dump` shows no key.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension String {
    fileprivate func trimmingASCIIWhitespace() -> String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let trimmed = utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return String(decoding: trimmed, as: UTF8.self)
    }
}
