import Testing

@testable import SSHSignature

@Suite("signatures")
struct SSHSignatureTests {
    static let key = SSHSigningKey.make(comment: "test")
    static let message = Array("{\"snapshot\": \"a\"}\n".utf8)
    static let armor = SSHArmor(label: "SSH SIGNATURE")

    /// The example of PROTOCOL.sshsig: what it signs is not told, but its parts are.
    static let example = """
        -----BEGIN SSH SIGNATURE-----
        U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgJKxoLBJBivUPNTUJUSslQTt2hD
        jozKvHarKeN8uYFqgAAAADZm9vAAAAAAAAAFMAAAALc3NoLWVkMjU1MTkAAABAKNC4IEbt
        Tq0Fb56xhtuE1/lK9H9RZJfON4o6hE9R4ZGFX98gy0+fFJ/1d2/RxnZky0Y7GojwrZkrHT
        FgCqVWAQ==
        -----END SSH SIGNATURE-----

        """

    private static func code(_ body: () throws -> Void) -> SSHSignatureError.Code? {
        #expect(throws: SSHSignatureError.self, performing: body)?.code
    }

    @Test("the specification's example, which lacks the hash's name, is refused")
    func specification() throws {
        #expect(Self.armor.decode(Self.example)?.count == 163)
        #expect(Self.code { _ = try SSHSignature(parsing: Self.example) } == .malformedSignature)
    }

    @Test("a signature holds for its message, namespace and key, and for nothing else")
    func verify() throws {
        let signature = try Self.key.sign(Self.message, namespace: "opsd-manifest@1")
        let read = try SSHSignature(parsing: signature.armored)
        try read.verify(Self.message, namespace: "opsd-manifest@1")
        #expect(read.publicKey == Self.key.publicKey && read.namespace == "opsd-manifest@1")
        #expect(Self.code { try read.verify(Self.message, namespace: "opsd-record@1") } == .namespace)
        for index in Self.message.indices {
            var altered = Self.message
            altered[index] ^= 1
            #expect(Self.code { try read.verify(altered, namespace: "opsd-manifest@1") } == .wrongSignature)
        }
        #expect(Self.code { try read.verify([], namespace: "opsd-manifest@1") } == .wrongSignature)
        let other = SSHSigningKey.make(comment: "test").publicKey
        let forged = SSHSignature(
            publicKey: other, namespace: "opsd-manifest@1", hash: .sha512, signature: [UInt8](repeating: 1, count: 64))
        #expect(Self.code { try forged.verify(Self.message, namespace: "opsd-manifest@1") } == .wrongSignature)
    }

    @Test("every bit of a signature matters")
    func bits() throws {
        let blob = try #require(Self.armor.decode(try Self.key.sign(Self.message, namespace: "file").armored))
        for index in blob.indices {
            for bit in 0..<8 {
                var altered = blob
                altered[index] ^= 1 << UInt8(bit)
                let text = Self.armor.encode(altered)
                #expect(throws: SSHSignatureError.self, "bit \(bit) of byte \(index)") {
                    try SSHSignature(parsing: text).verify(Self.message, namespace: "file")
                }
            }
        }
    }

    @Test("a text that is cut anywhere is refused")
    func cuts() throws {
        let text = try Self.key.sign(Self.message, namespace: "file").armored
        for length in 0..<(text.utf8.count - 1) {
            let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(Self.code { _ = try SSHSignature(parsing: cut) } == .malformedSignature, "\(length)")
        }
        // Only the last newline may be missing, and CR LF or blank lines at the end are no harm.
        for whole in [String(text.dropLast()), text.replacing("\n", with: "\r\n"), text + "\n\n"] {
            try SSHSignature(parsing: whole).verify(Self.message, namespace: "file")
        }
    }

    @Test("texts around a signature are refused")
    func surroundings() throws {
        let text = try Self.key.sign(Self.message, namespace: "file").armored
        for other in [
            "x\n" + text, " " + text, "\n" + text, text + "x", text + text, text.replacing("SSH SIGNATURE", with: "PGP SIGNATURE"),
            text.replacing("-----\nU1", with: "-----\n\nU1"), text.replacing("=", with: ""), text + String(repeating: "\n", count: 70_000),
        ] where other != text {
            #expect(Self.code { _ = try SSHSignature(parsing: other) } == .malformedSignature)
        }
    }

    @Test("random changes are refused, or are the same signature otherwise spelled", arguments: 1...10 as ClosedRange<UInt64>)
    func mutations(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let text = try Self.key.sign(Self.message, namespace: "file").armored
        for round in 0..<400 {
            let altered = String(decoding: Alteration.mutated([UInt8](text.utf8), &random), as: UTF8.self)
            do {
                let signature = try SSHSignature(parsing: altered)
                try signature.verify(Self.message, namespace: "file")
                #expect(signature.armored == text, "seed \(seed), round \(round)")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test("other versions, hashes, reserved bytes and mixed types are refused, each by its own sentence")
    func parts() throws {
        let ed25519 = SSHWireWriter.encoded {
            $0.string("ssh-ed25519")
            $0.string([UInt8](repeating: 7, count: 64))
        }
        let blob = Self.key.publicKey.blob
        func refusal(version: UInt32 = 1, namespace: [UInt8] = [97], reserved: String = "", hash: String = "sha512", signature: [UInt8])
            -> String
        {
            let text = Self.armor.encode(
                SSHWireWriter.encoded {
                    $0.raw(Array("SSHSIG".utf8))
                    $0.number(version)
                    $0.string(blob)
                    $0.string(namespace)
                    $0.string(reserved)
                    $0.string(hash)
                    $0.string(signature)
                })
            return #expect(throws: SSHSignatureError.self) { try SSHSignature(parsing: text) }?.problem ?? ""
        }
        #expect(refusal(version: 2, signature: ed25519).contains("version is 2"))
        #expect(refusal(hash: "sha1", signature: ed25519).contains("'sha1'"))
        #expect(refusal(reserved: "x", signature: ed25519).contains("reserved field"))
        #expect(refusal(namespace: [], signature: ed25519).contains("namespace"))
        #expect(refusal(namespace: [97, 10], signature: ed25519).contains("namespace"))
        #expect(refusal(namespace: [0xff], signature: ed25519).contains("not UTF-8"))
        let rsa = SSHWireWriter.encoded {
            $0.string("rsa-sha2-512")
            $0.string([1])
        }
        #expect(refusal(signature: rsa).contains("'rsa-sha2-512' does not go with"))
        #expect(refusal(signature: ed25519 + [0]).contains("damaged"))
    }

    @Test("a namespace must be a name", arguments: ["", "\n", "a\u{0}", String(repeating: "n", count: 257)])
    func namespaces(_ namespace: String) { #expect(Self.code { _ = try Self.key.sign([], namespace: namespace) } == .namespace) }
}
