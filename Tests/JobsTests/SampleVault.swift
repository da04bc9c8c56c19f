import AgeEncryption
import Foundation
import LabServers
import OCIImage
import SSHSignature
import SystemPackage
import Vault
import VaultTargets

/// A vault in a temporary folder, with the keys of a registry host and of a recovery host.
struct SampleVault {
    let folder: TemporaryFolder
    let signingKey = SSHSigningKey.make(comment: "registry host")
    let identity = AgeIdentity.make()
    let catalogIdentity = AgeIdentity.make()

    /// The time of everything in these tests.
    static let epoch = Date(timeIntervalSince1970: 1_767_225_600)

    /// A new vault without snapshots.
    static func make() async throws -> SampleVault {
        let sample = SampleVault(folder: try TemporaryFolder("opsd-jobs", inMemory: true))
        // Made without the syncs of a real init, which finds them: many tests do not wait for the disk.
        for folder in ObjectFolder.all {
            try FileManager.default.createDirectory(atPath: sample.root.appending(folder.path).string, withIntermediateDirectories: true)
        }
        _ = try await Vault.initialize(target: FilesystemTarget(root: sample.root), keys: sample.writerKeys, at: epoch)
        return sample
    }

    var root: FilePath { FilePath(folder.file("vault")) }

    /// The folder that a restore writes to.
    var restored: FilePath { FilePath(folder.file("restored")) }

    var writerKeys: VaultKeys {
        VaultKeys(
            recipients: [identity.recipient], catalogIdentity: catalogIdentity, signingKey: signingKey, signers: [signingKey.publicKey])
    }

    /// Opens the vault on the registry host.
    func writer() async throws -> Vault {
        try await Vault.open(
            name: "main", target: FilesystemTarget(root: root), keys: writerKeys, stateFolder: FilePath(folder.file("writer")))
    }

    /// Opens it on a recovery host that has nothing but keys; `identities` are the right one unless others are given.
    func reader(_ identities: [AgeIdentity]? = nil) async throws -> Vault {
        let keys = VaultKeys(identities: identities ?? [identity], signers: [signingKey.publicKey])
        return try await Vault.open(
            name: "main", target: FilesystemTarget(root: root), keys: keys, stateFolder: FilePath(folder.file("reader-\(UUID())")))
    }

    private func url(_ name: ObjectName) -> URL { URL(fileURLWithPath: root.appending(name.path).string) }

    /// Removes an object behind opsd's back.
    func remove(_ name: ObjectName) throws { try FileManager.default.removeItem(at: url(name)) }

    /// Changes one bit of an object behind opsd's back; a negative place counts from its end.
    func flip(_ name: ObjectName, at place: Int) throws {
        var bytes = try Data(contentsOf: url(name))
        bytes[place < 0 ? bytes.count + place : place] ^= 1
        try bytes.write(to: url(name))
    }
}
