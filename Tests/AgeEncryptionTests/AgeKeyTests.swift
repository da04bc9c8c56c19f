import AgeEncryption
import Testing

@Suite("recipients and identities")
struct AgeKeyTests {
    static let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
    static let recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

    @Test("the specification's identity has the specification's recipient")
    func specification() throws {
        let identity = try AgeIdentity(parsing: Self.secret)
        #expect(identity.recipient.text == Self.recipient)
        #expect(identity.secretText == Self.secret)
        let recipient = try AgeRecipient(parsing: Self.recipient)
        #expect(recipient == identity.recipient)
        #expect("\(recipient)" == Self.recipient)
        #expect(Set([recipient, identity.recipient]).count == 1)
    }

    @Test("new identities come back from their text")
    func make() throws {
        let identities = (0..<20).map { _ in AgeIdentity.make() }
        #expect(Set(identities.map(\.recipient)).count == 20)
        for identity in identities {
            #expect(try AgeIdentity(parsing: identity.secretText).recipient == identity.recipient)
            #expect(try AgeRecipient(parsing: identity.recipient.text) == identity.recipient)
        }
    }

    @Test("an identity shows itself nowhere")
    func redacted() throws {
        let identity = try AgeIdentity(parsing: Self.secret)
        let passphrase = try AgePassphrase("open sesame")
        var shown = "\(identity) \([identity]) \(String(reflecting: identity)) \(passphrase) \(String(reflecting: [passphrase]))"
        dump([identity], to: &shown)
        dump(passphrase, to: &shown)
        dump(AgeDecryptor(identities: [identity], passphrase: passphrase), to: &shown)
        #expect(shown.contains("<redacted>"))
        #expect(!shown.uppercased().contains("GFPYYSJZ"))
        #expect(!shown.contains("sesame"))
        #expect(!shown.contains("66, 66"))
    }

    @Test(
        "other texts are no recipient, and the message says why",
        arguments: [
            ("", "spelling"), ("age1", "spelling"), (recipient.uppercased(), "AGE1..."), (recipient + "x", "spelling"),
            (String(recipient.dropLast()), "spelling"), (" " + recipient, "spelling"), (recipient + "\n", "spelling"),
            (secret, "a secret"), ("age1\u{e9}", "spelling"),
            ("age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e", "age1tag1..."),
            (String(repeating: "q", count: 5000), "spelling"),
        ])
    func malformedRecipients(_ text: String, _ reason: String) {
        let error = #expect(throws: AgeError.self) { try AgeRecipient(parsing: text) }
        #expect(error?.code == .malformedRecipient)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("GFPYYS") == false)
    }

    @Test(
        "other texts are no identity, and the message does not repeat them",
        arguments: [
            "", recipient, secret.lowercased(), secret + "Q", String(secret.dropLast()), "AGE-SECRET-KEY-1",
            "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR",
            "AGE-PLUGIN-YUBIKEY-1QQQQQQQQQQQQ", secret.replacing("GFPYY", with: "GFPYZ"),
        ])
    func malformedIdentities(_ text: String) {
        let error = #expect(throws: AgeError.self) { try AgeIdentity(parsing: text) }
        #expect(error?.code == .malformedIdentity)
        #expect(error?.isRetryable == false)
        for part in ["GFPY", "76JR", "ZVKYG", "zvkyg", "gfpy"] { #expect(error?.description.contains(part) == false) }
    }

    @Test("an identity file has comments, blank lines and any line ends")
    func file() throws {
        let other = AgeIdentity.make()
        let text = "# created: today\n# public key: \(Self.recipient)\n\n\(Self.secret)\r\n   \n\t\(other.secretText)  \r\n#\n"
        #expect(try AgeIdentity.parseFile(text).map(\.recipient.text) == [Self.recipient, other.recipient.text])
        #expect(try AgeIdentity.parseFile(Self.secret).count == 1)
    }

    @Test("a wrong line of an identity file is named by its number, not by its content")
    func fileErrors() {
        let error = #expect(throws: AgeError.self) { try AgeIdentity.parseFile("# one\n\(Self.secret)\nAGE-SECRET-KEY-1OOPS\n") }
        #expect(error?.code == .malformedIdentity)
        #expect(error?.problem.hasPrefix("line 3 of the identity file: ") == true)
        #expect(error?.description.contains("OOPS") == false)
    }

    @Test("a file without an identity, an encrypted one and an endless one are refused")
    func otherFiles() {
        for text in ["", "# nothing\n\n", String(repeating: "\n", count: 5000)] {
            #expect(throws: AgeError.self) { try AgeIdentity.parseFile(text) }
        }
        let error = #expect(throws: AgeError.self) { try AgeIdentity.parseFile("\n" + AgeArmor.encode([1, 2, 3])) }
        #expect(error?.problem == "the identity file is itself encrypted")
    }

    @Test("a recipient of low order is refused when something is encrypted to it")
    func lowOrder() throws {
        // The point 0, in the text form of a recipient.
        let zero = try AgeRecipient(parsing: "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z")
        let error = #expect(throws: AgeError.self) { try AgeEncryptor(recipients: [zero]) }
        #expect(error?.code == .malformedRecipient)
    }
}
