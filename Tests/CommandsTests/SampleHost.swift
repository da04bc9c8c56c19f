import AgeEncryption
import Foundation
import LabServers
import OCIImage
import SSHSignature
import SystemPackage
import Testing
import Vault
import VaultTargets

/// A registry host in a temporary folder: a configuration, and what `opsd` makes of it.
struct SampleHost {
    let folder: TemporaryFolder
    let identity = AgeIdentity.make()

    /// Writes the configuration of a host whose database nobody asks.
    init() throws {
        folder = try TemporaryFolder("opsd-commands", inMemory: true)
        try FileManager.default.createDirectory(atPath: folder.file("registry/docker/registry/v2"), withIntermediateDirectories: true)
        try write(configuration, to: "opsd.yaml")
        try write("\(identity.secretText)\n", to: "identity", mode: 0o600)
    }

    /// As a registry host has it.
    var configuration: String {
        """
        database:
          host: 127.0.0.1
          user: opsd
        storage:
          filesystem: \(folder.file("registry"))
        vaults:
          main:
            target: {filesystem: \(folder.file("vault"))}
            recipients: [\(identity.recipient)]
            signing_key_file: \(folder.file("keys/signing-key"))
            catalog_identity_file: \(folder.file("keys/catalog-identity"))
        jobs:
          backup:
            schedule: "15 2 * * *"
        state_directory: \(folder.file("state"))

        """
    }

    var configurationFile: String { folder.file("opsd.yaml") }
    var identityFile: String { folder.file("identity") }
    var vault: String { folder.file("vault") }

    func write(_ text: String, to name: String, mode: Int = 0o644) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.file(name))
    }

    /// Runs `opsd` with this host's configuration.
    func opsd(_ words: String..., onTerminal: Bool = false) async -> Spoken {
        await Spoken.opsd(words + ["--config", configurationFile], onTerminal: onTerminal)
    }

    /// Makes the vault without the syncs of a real init, and the keys.
    static func withVault() async throws -> SampleHost {
        let host = try SampleHost()
        for folder in ObjectFolder.all {
            try FileManager.default.createDirectory(atPath: "\(host.vault)/\(folder.path)", withIntermediateDirectories: true)
        }
        let made = await host.opsd("vault", "init")
        try #require(made.status == 0, "\(made.errors)")
        return host
    }

    /// Every file below the folder with its content.
    func files() throws -> [String: Data] {
        var all: [String: Data] = [:]
        for case let name as String in try #require(FileManager.default.enumerator(atPath: folder.path)) {
            let path = folder.file(name)
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
                all[name] = try Data(contentsOf: URL(fileURLWithPath: path))
            }
        }
        return all
    }

    /// Permissions of a file below the folder.
    func mode(of name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.file(name))[.posixPermissions] as? Int
    }

    // MARK: - Snapshots

    /// The manifest of the image in every sample snapshot.
    static let manifest = Array("a manifest".utf8)
    /// Its layer.
    static let layer = Array("a layer".utf8)

    /// Publishes snapshot `number` with an image `library/nginx` of these tags, as a backup of `number` minutes past midnight would have.
    @discardableResult
    func publish(_ number: Int, tags: [String], more: [String] = []) async throws -> SnapshotID {
        let id = try #require(SnapshotID(parsing: String(format: "20260101T00%02d00Z-0000000%d", number, number)))
        let key = try SSHSigningKey(parsing: String(contentsOfFile: folder.file("keys/signing-key"), encoding: .utf8))
        let catalog = try AgeIdentity.parseFile(String(contentsOfFile: folder.file("keys/catalog-identity"), encoding: .utf8)).first
        let vault = try await Vault.open(
            name: "main", target: FilesystemTarget(root: FilePath(vault)),
            keys: VaultKeys(recipients: [identity.recipient], catalogIdentity: catalog, signingKey: key, signers: [key.publicKey]),
            stateFolder: FilePath(folder.file("state/vaults/main")))
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        for blob in [Self.manifest, Self.layer] { try await writer.add(Digest(of: blob), verified: blob) }
        let pack = try await writer.finish()
        try await vault.catalog.add([pack], state: .unpublished)
        let images = [artifact("library/nginx", tags)] + more.map { artifact($0, ["latest"]) }
        let lines =
            [#"{"kind":"inventory","version":1,"snapshot":"\#(id)"}"#] + images + [
                #"{"kind":"end","artifacts":\#(images.count),"projects":0,"broken":0}"#
            ]
        let inventory = try await SealedUpload.put(
            Array(lines.map { $0 + "\n" }.joined().utf8), as: .snapshot(id, .inventory), on: vault.target, to: vault.dataRecipients)
        let database = try await SealedUpload.put([1], as: .snapshot(id, .database), on: vault.target, to: vault.dataRecipients)
        let time = Date(timeIntervalSince1970: 1_767_225_600 + Double(number) * 60)
        var draft = SnapshotDraft(
            id: id, scope: .database, recoveryPoint: time, isComplete: true, versions: SnapshotManifest.Versions(opsd: "test"))
        draft.counts.artifacts = images.count
        draft.counts.blobs = 2
        draft.counts.blobBytes = 1536
        _ = try await vault.publish(
            draft, SnapshotContents(objects: [database, inventory], stored: [pack.id], needs: [pack.id]), at: time)
        return id
    }

    private func artifact(_ repository: String, _ tags: [String]) -> String {
        let names = tags.map { "\"\($0)\"" }.joined(separator: ",")
        let (manifest, layer) = (Digest(of: Self.manifest), Digest(of: Self.layer))
        return #"{"kind":"artifact","repository":"\#(repository)","digest":"\#(manifest)","type":"IMAGE","media_type":"m","#
            + #""manifest_media_type":"n","size":null,"push_time":null,"tags":[\#(names)],"children":[],"accessories":[],"subject":null,"#
            + #""blobs":["\#(manifest)","\#(layer)"]}"#
    }
}
