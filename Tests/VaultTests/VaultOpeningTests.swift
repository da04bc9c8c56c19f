import AgeEncryption
import Foundation
import LabServers
import SSHSignature
import SystemPackage
import Testing
import Vault
import VaultLab
import VaultTargets

@Suite("opening and making a vault")
struct VaultOpeningTests {
    @Test("a new vault is opened by writer and reader, remembers its id, and holds no snapshot")
    func new() async throws {
        let sample = try await SampleVault.make()
        let vault = try await sample.open()
        #expect(vault.memory.vault == vault.description.id)
        #expect(vault.description.recipients == [sample.identity.recipient.text])
        #expect(vault.description.signers == [sample.signingKey.publicKey.text])
        #expect(try await vault.history().entries.isEmpty)
        let reader = try await sample.open(sample.readerKeys, state: "reader")
        #expect(reader.description == vault.description)
        #expect(try await reader.audit(reading: true).isSound)
    }

    @Test("an empty folder where the vault was is no vault, and the error speaks of the mount; nothing is made there")
    func unmounted() async throws {
        let sample = try await SampleVault.make()
        _ = try await sample.open()
        try FileManager.default.removeItem(atPath: sample.root.string)
        try FileManager.default.createDirectory(atPath: sample.root.string, withIntermediateDirectories: false)
        let answer = await failure { _ = try await sample.open() }
        #expect(answer.code == .notFound)
        #expect(answer.problem.contains(sample.root.string))
        #expect(answer.remedy.contains("mounted") && answer.remedy.contains("opsd vault init --vault main"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: sample.root.string).isEmpty)
    }

    @Test("another vault under the same path is refused, and the memory still knows the first")
    func replaced() async throws {
        let sample = try await SampleVault.make()
        let first = try await sample.open().description.id
        try FileManager.default.removeItem(atPath: sample.root.string)
        _ = try await Vault.initialize(target: sample.target, keys: sample.writerKeys, at: SampleVault.epoch)
        for _ in 0..<2 {
            let answer = await failure { _ = try await sample.open() }
            #expect(answer.code == .wrongVault)
            #expect(answer.problem.contains("\(first)"))
        }
        _ = try await sample.open(state: "fresh")
    }

    @Test(
        "a vault.json that this opsd does not know is refused by name",
        arguments: [
            (#"{"format":"opsd-vault","version":2,"id":"x"}"#, "version 2"), (#"{"format":"restic","version":1}"#, "restic"),
            ("", "vault.json"), ("{}", "vault.json"), (#"{"format":"opsd-vault","version":1,"id":"../../x"}"#, "vault.json"),
        ])
    func unknown(_ text: String, _ named: String) async throws {
        let sample = try await SampleVault.make()
        try sample.overwrite(.vaultDescription, with: Array(text.utf8))
        let answer = await failure { _ = try await sample.open() }
        #expect(answer.code == .malformed)
        #expect(answer.problem.contains(named), "\(answer.problem)")
        // Nor does an init take it for an empty place.
        let again = await failure { _ = try await Vault.initialize(target: sample.target, keys: sample.writerKeys, at: SampleVault.epoch) }
        #expect(again.code == .malformed)
        #expect(try sample.bytes(of: .vaultDescription) == Array(text.utf8))
    }

    @Test("a vault.json of any size does not fill the memory")
    func large() async throws {
        let sample = try await SampleVault.make()
        try sample.overwrite(.vaultDescription, with: [UInt8](repeating: 32, count: 3 << 20))
        #expect(await failure { _ = try await sample.open() }.code == .corrupt)
    }

    @Test("init of a vault that is there is refused and changes nothing")
    func twice() async throws {
        let sample = try await SampleVault.make()
        let before = try sample.bytes(of: .vaultDescription)
        let answer = await failure { _ = try await Vault.initialize(target: sample.target, keys: VaultKeys(), at: .distantFuture) }
        #expect(answer.code == .exists)
        #expect(try sample.bytes(of: .vaultDescription) == before)
    }

    @Test("an init that died at any call is begun again, and ends in one vault", arguments: 1...6, [true, false])
    func halfMade(_ call: Int, _ hasEffect: Bool) async throws {
        let folder = try TemporaryFolder("opsd-vault")
        let files = FilesystemTarget(root: FilePath(folder.file("vault")))
        let faulty = FaultyTarget(files)
        faulty.arm(hasEffect ? .dieAfter(call: call) : .dieBefore(call: call))
        let died = await failure { _ = try await Vault.initialize(target: faulty, keys: VaultKeys(), at: SampleVault.epoch) }
        faulty.arm(nil)
        let again = await failure { _ = try await Vault.initialize(target: faulty, keys: VaultKeys(), at: SampleVault.epoch) }
        #expect(again.code == (died.problem.isEmpty || (call == 5 && hasEffect) ? .exists : nil))
        let vault = try await Vault.open(name: "main", target: files, keys: VaultKeys(), stateFolder: FilePath(folder.file("state")))
        for folder in ObjectFolder.all { #expect(try await vault.target.list(folder).isEmpty) }
    }
}

@Suite("the memory of heads")
struct HeadMemoryTests {
    let folder: TemporaryFolder
    let path: FilePath

    init() throws {
        folder = try TemporaryFolder("opsd-heads")
        path = FilePath(folder.file("state/heads.json"))
    }

    private func head(_ sequence: Int) throws -> HeadMemory.Head {
        HeadMemory.Head(sequence: sequence, snapshot: try SampleRun.id(sequence), sha256: String(repeating: "0\(sequence % 10)", count: 32))
    }

    @Test("heads only rise, and outlive the process; keys keep their spelling")
    func rising() throws {
        let signer = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIcamelCase/with+snake_case"
        let memory = try HeadMemory(path)
        #expect(memory.heads.isEmpty && memory.vault == nil)
        try memory.raise([signer: try head(3)])
        try memory.raise([signer: try head(2)])
        #expect(try HeadMemory(path).heads == [signer: try head(3)])
        try memory.raise([signer: try head(4), "other": try head(1)])
        #expect(try HeadMemory(path).heads == [signer: try head(4), "other": try head(1)])
    }

    @Test("two processes that remember do not forget for each other")
    func twoProcesses() throws {
        let daemon = try HeadMemory(path)
        let command = try HeadMemory(path)
        try command.raise(["a": try head(7), "b": try head(2)])
        try daemon.raise(["a": try head(5), "c": try head(1)])
        #expect(try HeadMemory(path).heads == ["a": try head(7), "b": try head(2), "c": try head(1)])
        #expect(daemon.heads["a"] == (try head(7)))
    }

    @Test("a memory that cannot be read is an error, never an empty memory")
    func damaged() throws {
        try HeadMemory(path).raise(["a": try head(7)])
        try Data("{".utf8).write(to: URL(fileURLWithPath: path.string))
        #expect(failure { _ = try HeadMemory(path) }.code == .malformed)
    }
}
