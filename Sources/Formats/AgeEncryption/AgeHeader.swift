/// One recipient's copy of the file key.
struct AgeStanza: Equatable {
    /// The type first; at least one, each of visible ASCII.
    var arguments: [String]
    var body: [UInt8]

    static let bodyColumns = 64

    /// With the closing newline. The last line of the body is shorter than the others, and empty where it must be.
    var text: String {
        var text = "-> " + arguments.joined(separator: " ") + "\n"
        var rest = UnpaddedBase64.encode(body)[...]
        while rest.utf8.count >= Self.bodyColumns {
            text += rest.prefix(Self.bodyColumns) + "\n"
            rest = rest.dropFirst(Self.bodyColumns)
        }
        return text + rest + "\n"
    }
}

/// The text before the payload: the file key, wrapped once for each recipient, and a MAC over it.
struct AgeHeader {
    static let versionLine = "age-encryption.org/v1"
    /// Room for 640 recipients: more than anyone has, little enough to be fetched on a guess.
    static let limit = 65536 - PayloadCipher.nonceLength
    static let recipientLimit = 256

    var stanzas: [AgeStanza]
    /// Everything up to and including the three hyphens before the MAC.
    var authenticated: [UInt8]
    var mac: [UInt8]

    init(stanzas: [AgeStanza], authenticated: [UInt8], mac: [UInt8]) {
        self.stanzas = stanzas
        self.authenticated = authenticated
        self.mac = mac
    }

    init(stanzas: [AgeStanza], fileKey: FileKey) {
        self.stanzas = stanzas
        authenticated = [UInt8]((Self.versionLine + "\n" + stanzas.map(\.text).joined() + "---").utf8)
        mac = fileKey.mac(of: authenticated)
    }

    var bytes: [UInt8] { authenticated + [UInt8](" \(UnpaddedBase64.encode(mac))\n".utf8) }

    /// The file key, after the MAC was checked; throws `noMatch`, `headerFailure` or `hmacFailure`.
    func fileKey(identities: [AgeIdentity], passphrase: AgePassphrase?) throws(AgeError) -> FileKey {
        guard let fileKey = try unwrap(identities: identities, passphrase: passphrase) else {
            throw AgeError(
                .noMatch, "none of the given identities opens this age file",
                remedy: "use the identity of one of the recipients to which it was encrypted")
        }
        guard fileKey.isValid(mac, of: authenticated) else {
            throw AgeError(.hmacFailure, "the age header was altered after it was written", remedy: "restore the object from another copy")
        }
        return fileKey
    }

    private func unwrap(identities: [AgeIdentity], passphrase: AgePassphrase?) throws(AgeError) -> FileKey? {
        // Every stanza's form is checked before the first one is opened, so that the answer does not depend on their order.
        var shares: [X25519Stanza] = []
        var scrypt: AgePassphrase.ScryptStanza?
        for stanza in stanzas {
            switch stanza.arguments.first {
            case X25519Stanza.type: shares.append(try X25519Stanza(stanza))
            case AgePassphrase.stanzaType: scrypt = try AgePassphrase.ScryptStanza(stanza)
            default: continue  // another kind of recipient, which the format lets everybody ignore
            }
        }
        if let scrypt {
            // A passphrase implies who wrote the file; a second way in would break that.
            guard stanzas.count == 1 else { throw .header("a scrypt stanza must be the only one") }
            return try passphrase?.unwrap(scrypt)
        }
        for share in shares {
            for identity in identities {
                if let fileKey = try share.unwrap(by: identity) { return fileKey }
            }
        }
        return nil
    }
}
