import Testing

@testable import SSHSignature

@Suite("keys")
struct SSHKeyTests {
    static let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHK8C3KmU4aVvmUAcrWLlTFn1YSUFqGjHNBdGBnGHjS"
    static let armor = SSHArmor(label: "OPENSSH PRIVATE KEY")

    @Test("equality and hash ignore the comment")
    func equality() throws {
        let plain = try SSHPublicKey(parsing: Self.line)
        let commented = try SSHPublicKey(parsing: "  \(Self.line)\t registry  example \n")
        #expect(plain == commented && Set([plain, commented]).count == 1)
        #expect(plain.comment == nil && commented.comment == "registry  example")
        #expect(commented.text == Self.line && "\(commented)" == Self.line + " registry  example" && "\(plain)" == Self.line)
        #expect(plain != SSHSigningKey.make(comment: "").publicKey)
    }

    @Test(
        "other texts are no public key",
        arguments: [
            "", "ssh-ed25519", "ssh-ed25519 AAAA", line + "A", String(line.dropLast()), line + "=", "ssh-rsa " + line.dropFirst(12),
            line.replacing(" ", with: "  x "), line + "\n" + line, line + "\u{0}", line.replacing("AAAAC3", with: "AAAB"),
            "-----BEGIN OPENSSH PRIVATE KEY-----", "ssh-ed25519 " + String(repeating: "A", count: 20_000), "# " + line,
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHK8C3KmU4aVvmUAcrWLlTFn1YSUFqGjHNBdGBnGHjSAAAA",
        ])
    func malformed(_ text: String) {
        let error = #expect(throws: SSHSignatureError.self) { try SSHPublicKey(parsing: text) }
        #expect(error?.code == .malformedPublicKey, "\(error?.description ?? "")")
        #expect(error?.isRetryable == false)
    }

    @Test("a key of hardware is refused by name")
    func hardware() {
        let blob = SSHWireWriter.encoded {
            $0.string("sk-ssh-ed25519@openssh.com")
            $0.string([UInt8](repeating: 1, count: 32))
            $0.string("ssh:")
        }
        let error = #expect(throws: SSHSignatureError.self) { try SSHPublicKey(blob: blob, comment: nil) }
        #expect(error?.code == .unsupportedKeyType)
        #expect(error?.problem == "SSH keys of type 'sk-ssh-ed25519@openssh.com' are not supported")
    }

    @Test("new keys come back from their text")
    func roundTrip() throws {
        for length in 0..<20 {
            let key = SSHSigningKey.make(comment: String(repeating: "c", count: length))
            let read = try SSHSigningKey(parsing: key.openSSHPrivateKeyText)
            #expect(read.publicKey == key.publicKey && read.publicKey.comment == key.publicKey.comment)
            #expect(read.openSSHPrivateKeyText == key.openSSHPrivateKeyText)
            try read.sign([1, 2], namespace: "n").verify([1, 2], namespace: "n")
        }
    }

    @Test("a comment cannot begin another line")
    func comment() throws {
        let key = SSHSigningKey.make(comment: " one\n\(Self.line)\u{0}\r\n")
        #expect(key.publicKey.comment == "one \(Self.line)")
        #expect(try SSHPublicKey(parsing: "\(key.publicKey)") == key.publicKey)
    }

    @Test("a signing key shows itself nowhere")
    func redacted() throws {
        let key = SSHSigningKey.make(comment: "c")
        var shown = "\(key) \([key]) \(String(reflecting: key)) "
        dump([key], to: &shown)
        #expect(shown.contains("<redacted>"))
        #expect(!shown.contains("rawRepresentation") && !shown.contains("Curve25519"))
    }

    @Test("every bit of a private key's structure matters, and no error shows the key")
    func bits() throws {
        let key = SSHSigningKey.make(comment: "abc")
        let bytes = try #require(Self.armor.decode(key.openSSHPrivateKeyText))
        for index in bytes.indices {
            var altered = bytes
            altered[index] ^= 1 << UInt8(index % 8)
            let text = Self.armor.encode(altered)
            do throws(SSHSignatureError) {
                let read = try SSHSigningKey(parsing: text)
                // Only the comment may change without a notice: nothing protects it.
                #expect(read.publicKey == key.publicKey && read.publicKey.comment != key.publicKey.comment, "byte \(index)")
            } catch {
                #expect([.malformedPrivateKey, .encryptedPrivateKey, .unsupportedKeyType, .malformedPublicKey].contains(error.code))
                #expect(!text.split(separator: "\n").dropFirst().dropLast().contains { error.description.contains($0) })
            }
        }
    }

    @Test("random changes to a private key never crash and never make another key", arguments: 1...6 as ClosedRange<UInt64>)
    func mutations(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let key = SSHSigningKey.make(comment: "a comment")
        let bytes = Self.armor.decode(key.openSSHPrivateKeyText) ?? []
        for round in 0..<300 {
            let altered = Alteration.mutated(bytes, &random)
            // Refused or the same key; both are fine here.
            guard let read = try? SSHSigningKey(parsing: Self.armor.encode(altered)) else { continue }
            #expect(read.publicKey == key.publicKey, "seed \(seed), round \(round)")
        }
    }

    @Test(
        "other private keys are refused", arguments: ["", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", line])
    func otherPrivateKeys(_ text: String) {
        let error = #expect(throws: SSHSignatureError.self) { try SSHSigningKey(parsing: text) }
        #expect(error?.code == .malformedPrivateKey)
    }

    @Test("numbers of signatures have one spelling")
    func numbers() {
        func read(_ bytes: [UInt8]) -> [UInt8]? {
            var reader = SSHWireReader(SSHWireWriter.encoded { $0.string(bytes) })
            return reader.unsigned(count: 3)
        }
        #expect(read([1]) == [0, 0, 1])
        #expect(read([0, 0x80, 1]) == [0, 0x80, 1])
        #expect(read([0, 0xff, 1, 2]) == [0xff, 1, 2])
        for bytes: [UInt8] in [[], [0], [0, 1], [0x80], [1, 2, 3, 4], [0, 0, 0x80]] { #expect(read(bytes) == nil) }
        var reader = SSHWireReader([0xff, 0xff, 0xff, 0xff, 1])
        #expect(reader.string() == nil)
    }
}
