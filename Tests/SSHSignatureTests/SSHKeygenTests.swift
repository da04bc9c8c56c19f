import Foundation
import LabServers
import SSHSignature
import Testing

@Suite("ssh-keygen and we agree (skipped where ssh-keygen is not installed)", .enabled(if: Program.find("ssh-keygen") != nil))
struct SSHKeygenTests {
    static let messages: [[UInt8]] = [[], [0], Array("{\"vault\": 1}\n".utf8), [UInt8](repeating: 255, count: 100_000)]

    @Test("ssh-keygen accepts what we sign", arguments: messages.indices)
    func ours(_ index: Int) throws {
        let message = Self.messages[index]
        let key = SSHSigningKey.make(comment: "a comment")
        let signature = try key.sign(message, namespace: "opsd-manifest@1")
        let ours = try KeyFile.verdicts(signature.armored, on: message, namespace: "opsd-manifest@1", allowed: [key.publicKey])
        #expect(ours.verified && ours.sound)
        let stranger = SSHSigningKey.make(comment: "").publicKey
        let others = try KeyFile.verdicts(signature.armored, on: message, namespace: "opsd-manifest@1", allowed: [stranger])
        #expect(!others.verified && others.sound)
        let altered = try KeyFile.verdicts(signature.armored, on: message + [1], namespace: "opsd-manifest@1", allowed: [key.publicKey])
        #expect(!altered.verified && !altered.sound)
        let other = try KeyFile.verdicts(signature.armored, on: message, namespace: "opsd-record@1", allowed: [key.publicKey])
        #expect(!other.verified && !other.sound)
    }

    @Test("we sign as ssh-keygen does, byte for byte", arguments: messages.indices)
    func same(_ index: Int) throws {
        let file = try KeyFile()
        let key = try SSHSigningKey(parsing: try file.privateText)
        let theirs = try file.sign(Self.messages[index], namespace: "opsd-manifest@1")
        #expect(try key.sign(Self.messages[index], namespace: "opsd-manifest@1").armored == theirs)
    }

    @Test(
        "we accept what ssh-keygen signs, by every supported key and hash, and nothing else",
        arguments: [("ed25519", nil), ("ecdsa", 256), ("ecdsa", 384)] as [(String, Int?)], ["sha256", "sha512"])
    func theirs(_ kind: (type: String, bits: Int?), _ hash: String) throws {
        let file = try KeyFile(type: kind.type, bits: kind.bits)
        for message in Self.messages {
            let signature = try SSHSignature(parsing: try file.sign(message, namespace: "file", hash: hash))
            try signature.verify(message, namespace: "file")
            #expect(signature.publicKey == (try SSHPublicKey(parsing: try file.publicText)))
            #expect(signature.namespace == "file")
            let altered = #expect(throws: SSHSignatureError.self) { try signature.verify(message + [0], namespace: "file") }
            #expect(altered?.code == .wrongSignature)
            let elsewhere = #expect(throws: SSHSignatureError.self) { try signature.verify(message, namespace: "File") }
            #expect(elsewhere?.code == .namespace)
            #expect(try SSHSignature(parsing: signature.armored).armored == signature.armored)
        }
    }

    @Test("ssh-keygen reads our key files, and we read its")
    func keyFiles() throws {
        for comment in ["", "opsd", "opsd@registry.example.com", "a comment with blanks", String(repeating: "ä", count: 100)] {
            let key = SSHSigningKey.make(comment: comment)
            let folder = try TemporaryFolder("ssh")
            let path = folder.file("key")
            try Data(key.openSSHPrivateKeyText.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            let text = String(decoding: try Program.succeed("ssh-keygen", ["-y", "-f", path]), as: UTF8.self)
            let printed = try SSHPublicKey(parsing: text)
            #expect(printed == key.publicKey)
            #expect(printed.comment == (comment.isEmpty ? nil : comment))

            let file = try KeyFile(comment: comment)
            let read = try SSHSigningKey(parsing: try file.privateText)
            #expect(read.publicKey == (try SSHPublicKey(parsing: try file.publicText)))
            #expect(read.publicKey.comment == (comment.isEmpty ? nil : comment))
            let again = try SSHSigningKey(parsing: read.openSSHPrivateKeyText)
            #expect(try again.sign([1], namespace: "n").armored == read.sign([1], namespace: "n").armored)
        }
    }

    @Test("fingerprints are those of ssh-keygen", arguments: [("ed25519", nil), ("ecdsa", 256), ("ecdsa", 384)] as [(String, Int?)])
    func fingerprints(_ kind: (type: String, bits: Int?)) throws {
        let file = try KeyFile(type: kind.type, bits: kind.bits)
        let listed = String(decoding: try Program.succeed("ssh-keygen", ["-l", "-f", file.path + ".pub"]), as: UTF8.self)
        let key = try SSHPublicKey(parsing: try file.publicText)
        #expect(listed.split(separator: " ")[1] == key.fingerprint)
        #expect(key.comment == "opsd@registry.example.com")
    }

    @Test("a key under a passphrase is refused by a clear sentence")
    func encrypted() throws {
        let file = try KeyFile(passphrase: "open sesame")
        let error = #expect(throws: SSHSignatureError.self) { try SSHSigningKey(parsing: try file.privateText) }
        #expect(error?.code == .encryptedPrivateKey)
        #expect(error?.description.contains("protected by a passphrase") == true)
    }

    @Test("keys of other types are refused by name", arguments: [("rsa", 2048, "ssh-rsa"), ("ecdsa", 521, "ecdsa-sha2-nistp521")])
    func otherTypes(_ type: String, _ bits: Int, _ name: String) throws {
        let file = try KeyFile(type: type, bits: bits)
        let message = Array("x".utf8)
        let refusals = [
            #expect(throws: SSHSignatureError.self) { try SSHPublicKey(parsing: try file.publicText) },
            #expect(throws: SSHSignatureError.self) { try SSHSigningKey(parsing: try file.privateText) },
            #expect(throws: SSHSignatureError.self) { try SSHSignature(parsing: try file.sign(message, namespace: "file")) },
        ]
        for error in refusals {
            #expect(error?.code == .unsupportedKeyType)
            #expect(error?.description.contains("'\(name)'") == true)
        }
    }

    @Test("a key that only verifies cannot sign")
    func ecdsaCannotSign() throws {
        let file = try KeyFile(type: "ecdsa", bits: 256)
        let error = #expect(throws: SSHSignatureError.self) { try SSHSigningKey(parsing: try file.privateText) }
        #expect(error?.code == .unsupportedKeyType)
    }

    @Test("what ssh-keygen refuses of altered signatures, we refuse as well", arguments: 1...3 as ClosedRange<UInt64>)
    func mutations(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let key = SSHSigningKey.make(comment: "")
        let message = Array("a manifest\n".utf8)
        let text = try key.sign(message, namespace: "file").armored
        for round in 0..<25 {
            let altered = String(decoding: Alteration.mutated([UInt8](text.utf8), &random), as: UTF8.self)
            let ours: Bool
            do {
                try SSHSignature(parsing: altered).verify(message, namespace: "file")
                ours = true
            } catch {
                ours = false
            }
            let theirs = try KeyFile.verdicts(altered, on: message, namespace: "file", allowed: [key.publicKey])
            if ours { #expect(theirs.sound, "seed \(seed), round \(round)") }
        }
    }
}
