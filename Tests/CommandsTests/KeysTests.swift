import AgeEncryption
import Foundation
import LabServers
import SSHSignature
import Testing

@Suite("making keys")
struct KeysTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder("opsd-keys") }

    private var file: String { folder.file("key") }

    private func mode() throws -> Int? { try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int }

    @Test("an identity lands in a file of mode 0600, and its recipient is printed alone")
    func identity() async throws {
        let spoken = await Spoken.opsd("keys", "make", "--identity", file)
        #expect(spoken.status == 0 && spoken.errors.isEmpty)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let identities = try AgeIdentity.parseFile(text)
        #expect(identities.map { "\($0.recipient)\n" } == [spoken.output])
        #expect(try mode() == 0o600)
        #expect(text.contains("# public key: age1"))
    }

    @Test("age-keygen finds the same recipient in the file", .enabled(if: Program.find("age-keygen") != nil, "age-keygen is not installed"))
    func ageKeygen() async throws {
        let spoken = await Spoken.opsd("keys", "make", "--identity", file)
        let answer = try Program.succeed("age-keygen", ["-y", file])
        #expect(String(decoding: answer, as: UTF8.self) == spoken.output)
    }

    @Test(
        "ssh-keygen finds the same public half in a signing key",
        .enabled(if: Program.find("ssh-keygen") != nil, "ssh-keygen is not installed"))
    func sshKeygen() async throws {
        let spoken = await Spoken.opsd("keys", "make", "--signing-key", file)
        #expect(spoken.status == 0)
        #expect(try mode() == 0o600)
        let answer = String(decoding: try Program.succeed("ssh-keygen", ["-y", "-f", file]), as: UTF8.self)
        #expect(try SSHPublicKey(parsing: answer) == SSHPublicKey(parsing: spoken.output))
    }

    @Test("a file that exists is never overwritten: 3, and not one byte changes", arguments: ["--identity", "--signing-key"])
    func never(word: String) async throws {
        #expect(await Spoken.opsd("keys", "make", word, file).status == 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: file))
        let spoken = await Spoken.opsd("keys", "make", word, file)
        #expect(spoken.status == 3 && spoken.output.isEmpty)
        #expect(spoken.errors.contains(file) && spoken.errors.contains("never overwritten"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
    }

    @Test("the secret itself is never printed")
    func silence() async throws {
        let spoken = await Spoken.opsd("keys", "make", "--identity", file, "--signing-key", folder.file("signing"))
        #expect(spoken.status == 0)
        for word in ["AGE-SECRET-KEY", "PRIVATE KEY"] { #expect(!(spoken.output + spoken.errors).contains(word)) }
        #expect(spoken.output.split(separator: "\n").map { $0.prefix(4) } == ["age1", "ssh-"])
    }

    @Test("every key is another one")
    func another() async throws {
        let first = await Spoken.opsd("keys", "make", "--identity", file)
        let second = await Spoken.opsd("keys", "make", "--identity", folder.file("other"))
        #expect(first.output != second.output)
    }
}

@Suite("acknowledging a loss")
struct AcknowledgeTests {
    private static let digest = "sha256:" + String(repeating: "ab", count: 32)

    private func acknowledge(_ digest: String, until: String, reason: String, on host: SampleHost) async -> Spoken {
        await host.opsd("acknowledge", digest, "--until", until, "--reason", reason)
    }

    @Test(
        "what is no date ends with 64 and writes nothing",
        arguments: ["", "tomorrow", "31.01.2027", "2099-13-01", "2099", "2099-01-01T12:00:00", "2099-01-01 12:00"])
    func badDate(until: String) async throws {
        let host = try SampleHost()
        let before = try host.files()
        let spoken = await acknowledge(Self.digest, until: until, reason: "r", on: host)
        #expect(spoken.status == 64 && spoken.output.isEmpty && spoken.errors.contains("--until"))
        #expect(try host.files() == before)
    }

    @Test(
        "what is no digest ends with 64 and writes nothing", arguments: ["sha256:ab", "latest", "md5:" + String(repeating: "a", count: 32)])
    func badDigest(digest: String) async throws {
        let host = try SampleHost()
        let before = try host.files()
        let spoken = await acknowledge(digest, until: "2099-01-31", reason: "r", on: host)
        #expect(spoken.status == 64 && spoken.errors.contains("'\(digest)' is no digest"))
        #expect(try host.files() == before)
    }

    @Test(
        "an end that has passed, and an empty reason, end with 64 and write nothing", arguments: [("2020-01-31", "r"), ("2099-01-31", "")])
    func refused(until: String, reason: String) async throws {
        let host = try SampleHost()
        let before = try host.files()
        #expect(await acknowledge(Self.digest, until: until, reason: reason, on: host).status == 64)
        #expect(try host.files() == before)
    }

    @Test(
        "a good one is written with reason and end",
        arguments: [("2099-01-31", "2099-01-31T00:00:00Z"), ("2099-01-31T12:30:00+02:00", "2099-01-31T10:30:00Z")])
    func good(until: String, end: String) async throws {
        let host = try SampleHost()
        let spoken = await acknowledge(Self.digest, until: until, reason: "the image is retired", on: host)
        #expect(spoken.status == 0 && spoken.output == "\(Self.digest) acknowledged until \(end)\n")
        let data = try Data(contentsOf: URL(fileURLWithPath: host.folder.file("state/acknowledgements.json")))
        let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let entry = try #require((file["entries"] as? [[String: String]])?.first)
        #expect(entry["digest"] == Self.digest && entry["until"] == end && entry["reason"] == "the image is retired")
    }
}
