import AgeEncryption
import Foundation
import LabServers
import SSHSignature
import Testing

@Suite("the vault on the command line")
struct VaultCommandTests {
    @Test("init makes the vault and the keys that the configuration names, all of them private, and shows what to pin elsewhere")
    func initialize() async throws {
        let host = try SampleHost()
        let spoken = await host.opsd("vault", "init")
        #expect(spoken.status == 0 && spoken.errors.isEmpty)
        let (key, catalog) = (host.folder.file("keys/signing-key"), host.folder.file("keys/catalog-identity"))
        #expect(
            spoken.output.contains("made at \(host.vault)") && spoken.output.contains("made \(key)\n")
                && spoken.output.contains("made \(catalog)\n"))
        for name in ["keys/signing-key", "keys/catalog-identity", "vault/vault.json"] { #expect(try host.mode(of: name) == 0o600) }
        let signer = try SSHSigningKey(parsing: String(contentsOfFile: key, encoding: .utf8)).publicKey
        #expect(spoken.output.contains("signers: [\"\(signer.text)"))
        let description = try String(contentsOfFile: host.folder.file("vault/vault.json"), encoding: .utf8)
        #expect(description.contains("\(host.identity.recipient)"))
        #expect(try AgeIdentity.parseFile(String(contentsOfFile: catalog, encoding: .utf8)).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(host.vault)/packs").count == 256)
    }

    @Test("a second init is refused with 3, and nothing changes")
    func twice() async throws {
        let host = try await SampleHost.withVault()
        let before = try host.files()
        let spoken = await host.opsd("vault", "init")
        #expect(spoken.status == 3 && spoken.output.isEmpty)
        #expect(spoken.errors.contains("\(host.vault) holds vault"))
        #expect(try host.files() == before)
    }

    @Test("keys that are there already are taken as they are")
    func existingKey() async throws {
        let host = try SampleHost()
        try FileManager.default.createDirectory(atPath: host.folder.file("keys"), withIntermediateDirectories: true)
        let made = await Spoken.opsd("keys", "make", "--signing-key", host.folder.file("keys/signing-key"))
        let spoken = await host.opsd("vault", "init", "--json")
        #expect(spoken.status == 0)
        let report = try spoken.object()
        #expect(report["signer"] as? String == made.output.trimmingCharacters(in: .newlines))
        #expect(report["made"] as? [String] == [host.folder.file("keys/catalog-identity")])
        #expect(report["vault"] as? String == "main" && report["location"] as? String == host.vault)
    }

    @Test("a vault without recipients in the configuration is made by nobody: 78")
    func readerOnly() async throws {
        let host = try SampleHost()
        let signer = await Spoken.opsd("keys", "make", "--signing-key", host.folder.file("elsewhere")).output.trimmingCharacters(
            in: .newlines)
        try host.write("vaults: {main: {target: {filesystem: \(host.vault)}, signers: [\"\(signer)\"]}}\n", to: "opsd.yaml")
        let spoken = await host.opsd("vault", "init", "--state-directory", host.folder.file("state"))
        #expect(spoken.status == 78 && spoken.errors.contains("registry host"))
        #expect(!FileManager.default.fileExists(atPath: host.vault))
    }

    @Test(
        "before init the missing key is named, and so is the command that makes it: 78",
        arguments: ["snapshots", "vault audit", "ls latest"])
    func beforeInit(command: String) async throws {
        let host = try SampleHost()
        let spoken = await Spoken.opsd(command.split(separator: " ").map(String.init) + ["--config", host.configurationFile])
        #expect(spoken.status == 78 && spoken.output.isEmpty)
        #expect(spoken.errors.contains(host.folder.file("keys/signing-key")) && spoken.errors.contains("opsd vault init"))
    }

    @Test(
        "a vault folder that is gone or empty, as an unmounted disk leaves it, ends with 69 and a warning before making a new one",
        arguments: [true, false])
    func unmounted(isEmpty: Bool) async throws {
        let host = try await SampleHost.withVault()
        try FileManager.default.removeItem(atPath: host.vault)
        if isEmpty { try FileManager.default.createDirectory(atPath: host.vault, withIntermediateDirectories: true) }
        for words in [["snapshots"], ["vault", "audit"], ["ls", "latest"]] {
            let spoken = await Spoken.opsd(words + ["--config", host.configurationFile])
            #expect(spoken.status == 69 && spoken.output.isEmpty)
            #expect(spoken.errors.contains(host.vault) && spoken.errors.contains("mounted") && spoken.errors.contains("opsd vault init"))
        }
        #expect(FileManager.default.fileExists(atPath: host.vault) == isEmpty)
    }

    @Test("another vault in the same place is refused with 3")
    func otherVault() async throws {
        let (host, other) = (try await SampleHost.withVault(), try await SampleHost.withVault())
        #expect(await host.opsd("snapshots").status == 0)
        try FileManager.default.removeItem(atPath: host.vault)
        try FileManager.default.copyItem(atPath: other.vault, toPath: host.vault)
        let spoken = await host.opsd("snapshots")
        #expect(spoken.status == 3 && spoken.errors.contains("was vault"))
    }

    @Test("an audit of a sound vault ends with 0; its JSON has the promised keys")
    func audit() async throws {
        let host = try await SampleHost.withVault()
        try await host.publish(1, tags: ["latest"])
        let text = await host.opsd("vault", "audit", "--read")
        #expect(text.status == 0 && text.output.contains(": sound\n") && text.output.contains("1 snapshots (1 complete)"))
        let json = await host.opsd("vault", "audit", "--json")
        let report = try json.object()
        #expect(
            Set(report.keys).isSuperset(of: [
                "vault", "vault_id", "snapshots", "complete", "objects", "bytes", "did_read", "damaged", "chain_findings", "rejected",
                "unreferenced",
                "unreferenced_bytes", "heads",
            ]))
        #expect(report["snapshots"] as? Int == 1 && report["did_read"] as? Bool == false)
        #expect((report["heads"] as? [String: Int])?.first?.key.hasPrefix("ssh-ed25519 ") == true)
    }

    @Test("an audit that finds a pack gone ends with 2 and names it")
    func damagedAudit() async throws {
        let host = try await SampleHost.withVault()
        try await host.publish(1, tags: ["latest"])
        let pack = try #require(try host.files().keys.first { $0.hasPrefix("vault/packs/") })
        try FileManager.default.removeItem(atPath: host.folder.file(pack))
        let spoken = await host.opsd("vault", "audit")
        #expect(spoken.status == 2 && spoken.output.contains("NOT SOUND") && spoken.output.contains("damaged \(pack.dropFirst(6))"))
    }

    @Test("verify needs an identity: 3 without one, 1 with somebody else's, and what it finds wrong with the right one: 2")
    func verify() async throws {
        let host = try await SampleHost.withVault()
        let id = try await host.publish(1, tags: ["latest"])
        #expect(await host.opsd("vault", "verify").status == 3)
        try host.write("\(AgeIdentity.make().secretText)\n", to: "wrong", mode: 0o600)
        let locked = await host.opsd("vault", "verify", "--identity", host.folder.file("wrong"))
        #expect(locked.status == 1 && locked.errors.contains("no identity at hand opens"))
        // The sample's database archive is one byte of no archive.
        let damaged = await host.opsd("vault", "verify", "--json", "--identity", host.identityFile, "--share", "1/1")
        #expect(damaged.status == 2)
        let report = try damaged.object()
        #expect(report["packs"] as? Int == 1 && report["blobs"] as? Int == 2)
        #expect((report["damaged"] as? [String])?.count == 1 && (report["damaged"] as? [String])?.first?.contains("\(id)") == true)
    }

    @Test("a catalog that is lost is made anew from the vault")
    func rebuildCatalog() async throws {
        let host = try await SampleHost.withVault()
        try await host.publish(1, tags: ["latest"])
        try await host.publish(2, tags: ["latest"])
        let spoken = await host.opsd("vault", "rebuild-catalog")
        #expect(spoken.status == 0 && spoken.output == "catalog rebuilt from 2 index segments\n")
    }
}
