import AgeEncryption
import Foundation
import LabServers
import Testing

@Suite(
    "the age program and we open each other's files (skipped where age is not installed)",
    .enabled(if: Program.find("age") != nil && Program.find("age-keygen") != nil))
struct AgeProgramTests {
    static let sizes = [0, 1, 65535, 65536, 65537, 131_071, 131_072, 131_073, 1 << 20, (1 << 20) + 12_345]

    private static func identity() throws -> AgeIdentity {
        let text = String(decoding: try Program.succeed("age-keygen"), as: UTF8.self)
        let identities = try AgeIdentity.parseFile(text)
        return try #require(identities.first)
    }

    @Test("age opens what we write, with each of several identities", arguments: sizes)
    func ageOpensOurs(_ size: Int) throws {
        var random = SplitMix(seed: UInt64(size))
        let plaintext = random.bytes(size)
        let identities = [AgeIdentity.make(), try Self.identity(), AgeIdentity.make()]
        let folder = try TemporaryFolder("age")
        try Data(WholeFile.encrypt(plaintext, to: identities.map(\.recipient))).write(to: URL(fileURLWithPath: folder.file("file.age")))
        for identity in identities {
            let key = folder.file("key")
            try Data("# a comment\n\n\(identity.secretText)\n".utf8).write(to: URL(fileURLWithPath: key))
            #expect(try Program.succeed("age", ["--decrypt", "-i", key, folder.file("file.age")]) == plaintext)
        }
        try Data(AgeIdentity.make().secretText.utf8).write(to: URL(fileURLWithPath: folder.file("other")))
        #expect(try Program.run("age", ["--decrypt", "-i", folder.file("other"), folder.file("file.age")]).status != 0)
    }

    @Test("we open what age writes, binary and armored, with each of several identities", arguments: sizes)
    func weOpenTheirs(_ size: Int) throws {
        var random = SplitMix(seed: UInt64(size) + 1)
        let plaintext = random.bytes(size)
        let identities = [AgeIdentity.make(), try Self.identity()]
        let recipients = identities.flatMap { ["-r", $0.recipient.text] }
        let file = try Program.succeed("age", ["--encrypt"] + recipients, input: plaintext)
        #expect(!AgeArmor.isArmored(file))
        for identity in identities { #expect(try WholeFile.decrypt(file, by: [identity]) == plaintext) }

        let armored = try Program.succeed("age", ["--encrypt", "--armor"] + recipients, input: plaintext)
        #expect(AgeArmor.isArmored(armored))
        let decoded = try AgeArmor.decode(armored)
        #expect(try WholeFile.decrypt(decoded, by: [AgeIdentity.make()] + identities) == plaintext)
        #expect(Array(AgeArmor.encode(decoded).utf8) == armored)
    }

    @Test("age opens our armor")
    func ageOpensOurArmor() throws {
        let folder = try TemporaryFolder("age")
        let identity = AgeIdentity.make()
        try Data(identity.secretText.utf8).write(to: URL(fileURLWithPath: folder.file("key")))
        for size in [0, 1, 15, 16, 17, 31, 32, 33, 100, 5000] {
            let plaintext = [UInt8](repeating: 7, count: size)
            let armored = AgeArmor.encode(try WholeFile.encrypt(plaintext, to: [identity.recipient]))
            #expect(try Program.succeed("age", ["--decrypt", "-i", folder.file("key")], input: Array(armored.utf8)) == plaintext)
        }
    }

    @Test("age-keygen finds the same recipient for our identities, and we for its")
    func recipients() throws {
        for identity in [AgeIdentity.make(), try Self.identity(), AgeIdentity.make()] {
            let text = String(
                decoding: try Program.succeed("age-keygen", ["-y"], input: Array((identity.secretText + "\n").utf8)), as: UTF8.self)
            #expect(try AgeRecipient(parsing: text.trimmingCharacters(in: .newlines)) == identity.recipient)
            #expect(identity.recipient.text + "\n" == text)
        }
    }

    @Test("age opens a file for the largest number of recipients by the last of them")
    func manyRecipients() throws {
        let last = AgeIdentity.make()
        let recipients = (0..<255).map { _ in AgeIdentity.make().recipient } + [last.recipient]
        let folder = try TemporaryFolder("age")
        try Data(last.secretText.utf8).write(to: URL(fileURLWithPath: folder.file("key")))
        let file = try WholeFile.encrypt([1, 2, 3], to: recipients)
        #expect(try Program.succeed("age", ["--decrypt", "-i", folder.file("key")], input: file) == [1, 2, 3])
        #expect(try WholeFile.decrypt(file, by: [last]) == [1, 2, 3])
    }
}
