import AgeEncryption
import Foundation
import LabServers
import OCIImage
import SSHSignature
import SystemPackage
import Vault
import VaultTargets

/// A vault in a temporary folder, with the keys of a writer and of a recovery host.
struct SampleVault {
    let folder: TemporaryFolder
    let signingKey: SSHSigningKey
    /// The writer's: opens index segments and needs.
    let catalogIdentity: AgeIdentity
    /// The recovery host's: opens everything.
    let identity: AgeIdentity

    /// The beginning of time for these tests.
    static let epoch = Date(timeIntervalSince1970: 1_767_225_600)

    private init(folder: TemporaryFolder, signingKey: SSHSigningKey, catalogIdentity: AgeIdentity, identity: AgeIdentity) {
        self.folder = folder
        self.signingKey = signingKey
        self.catalogIdentity = catalogIdentity
        self.identity = identity
    }

    /// A new vault without snapshots.
    static func make() async throws -> SampleVault {
        let vault = SampleVault(
            folder: try TemporaryFolder("opsd-vault", inMemory: true), signingKey: SSHSigningKey.make(comment: "writer"),
            catalogIdentity: .make(),
            identity: .make())
        // Made without the syncs of a real init, which finds them: hundreds of tests do not wait for the disk.
        for folder in ObjectFolder.all {
            try FileManager.default.createDirectory(atPath: vault.root.appending(folder.path).string, withIntermediateDirectories: true)
        }
        _ = try await Vault.initialize(target: vault.target, keys: vault.writerKeys, at: epoch)
        return vault
    }

    /// The same vault and state in another folder: what happens to it does not happen to this one.
    func copy() throws -> SampleVault {
        let other = try TemporaryFolder("opsd-vault", inMemory: true)
        for name in ["vault", "state"] where FileManager.default.fileExists(atPath: folder.file(name)) {
            try FileManager.default.copyItem(atPath: folder.file(name), toPath: other.file(name))
        }
        return SampleVault(folder: other, signingKey: signingKey, catalogIdentity: catalogIdentity, identity: identity)
    }

    var root: FilePath { FilePath(folder.file("vault")) }
    var target: FilesystemTarget { FilesystemTarget(root: root) }

    var writerKeys: VaultKeys {
        VaultKeys(
            recipients: [identity.recipient], catalogIdentity: catalogIdentity, signingKey: signingKey, signers: [signingKey.publicKey])
    }

    var readerKeys: VaultKeys { VaultKeys(identities: [identity], signers: [signingKey.publicKey]) }

    /// Opens the vault, as the writer unless other keys are given.
    func open(_ keys: VaultKeys? = nil, state: String = "state", target: (any BlobTarget)? = nil) async throws -> Vault {
        try await Vault.open(
            name: "main", target: target ?? self.target, keys: keys ?? writerKeys, stateFolder: FilePath(folder.file(state)))
    }

    /// The local path of an object.
    func path(of name: ObjectName) -> String { root.appending(name.path).string }

    /// Bytes of an object as they lie in the vault.
    func bytes(of name: ObjectName) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(of: name)))) }

    /// Replaces an object behind opsd's back.
    func overwrite(_ name: ObjectName, with bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path(of: name))) }

    /// Removes an object behind opsd's back.
    func remove(_ name: ObjectName) throws { try FileManager.default.removeItem(atPath: path(of: name)) }
}

/// Backup runs as small as they can be.
enum SampleRun {
    /// The id of run `number`; ids rise with it.
    static func id(_ number: Int) throws -> SnapshotID {
        let text = String(format: "20260101T%02d%02d%02dZ-%08x", number / 3600, number / 60 % 60, number % 60, number)
        guard let id = SnapshotID(parsing: text) else { throw LabError(.system, "no snapshot id: \(text)") }
        return id
    }

    static func draft(_ number: Int) throws -> SnapshotDraft {
        SnapshotDraft(
            id: try id(number), scope: .database, recoveryPoint: SampleVault.epoch.addingTimeInterval(Double(number)), isComplete: true,
            versions: SnapshotManifest.Versions(opsd: "test"))
    }

    /// Stores what of `blobs` no sound pack holds in one pack, writes a database archive, publishes: the order of a real run.
    @discardableResult
    static func publish(_ number: Int, _ blobs: [[UInt8]], in vault: Vault) async throws -> SnapshotHistory.Entry {
        let history = try await vault.history()
        try await vault.synchronizeCatalog(with: history)
        let listing = try await listing(of: vault)
        let sound = Set(try await vault.catalog.packs().filter { listing[$0.id] == $0.object.size }.map(\.id))
        let difference = try vault.catalog.difference(blobs, sound: sound)
        var stored: [RandomID] = []
        if !difference.missing.isEmpty {
            let pack = try await storePack(difference.missing, in: vault)
            try await vault.catalog.add([pack], state: .unpublished)
            stored = [pack.id]
        }
        var draft = try draft(number)
        draft.counts.blobs = blobs.count
        let database = try await SealedUpload.put(
            Array("database \(number)".utf8), as: .snapshot(draft.id, .database), on: vault.target, to: vault.dataRecipients)
        return try await vault.publish(
            draft,
            SnapshotContents(objects: [database], stored: stored, needs: difference.packs.union(stored), listing: listing),
            at: SampleVault.epoch.addingTimeInterval(Double(number)))
    }

    /// Writes one pack; the catalog does not learn of it.
    static func storePack(_ blobs: [[UInt8]], in vault: Vault) async throws -> PackContents {
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        do {
            for blob in blobs { try await writer.add(Digest(of: blob), verified: blob) }
            return try await writer.finish()
        } catch {
            await writer.abandon()
            throw error
        }
    }

    /// Sizes of the packs that the catalog knows, in few calls.
    static func listing(of vault: Vault) async throws -> [RandomID: Int64] {
        var sizes: [RandomID: Int64] = [:]
        for folder in Set(try await vault.catalog.packs().map(\.object.name.folder)) {
            for object in try await vault.target.list(folder) {
                if let id = object.name.packID { sizes[id] = object.size }
            }
        }
        return sizes
    }
}

extension Catalog {
    /// The difference for blobs that are all in memory.
    func difference(_ blobs: [[UInt8]], sound: Set<RandomID>) throws -> NeedsDifference<[UInt8]> {
        var batches = [blobs.sorted { Digest(of: $0) < Digest(of: $1) }]
        return try difference(soundPacks: sound, digest: { Digest(of: $0) }, next: { batches.popLast() })
    }
}
