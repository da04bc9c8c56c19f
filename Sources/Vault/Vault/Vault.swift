package import AgeEncryption
package import Foundation
import LocalIO
package import SSHSignature
package import SystemPackage

/// A vault: where backups live. It knows the format; its ``BlobTarget`` knows the storage.
package struct Vault: Sendable {
    /// Name in the configuration, for messages.
    package let name: String
    /// The storage that holds the objects.
    package let target: any BlobTarget
    /// What this host may decrypt, sign and trust.
    package let keys: VaultKeys
    /// What `vault.json` says; its id was compared with the one remembered.
    package let description: VaultDescription
    /// The local index of which blob is in which pack.
    package let catalog: Catalog
    /// The id and the heads that this host has seen.
    package let memory: HeadMemory
    /// The folder of this vault's local state: catalog, heads, copies of inventories.
    package let stateFolder: FilePath
    /// A pack is closed at this many bytes of plaintext.
    package let packSize: Int64

    /// Opens a vault that exists. Throws `notFound` where the target holds none, `wrongVault` where it holds another one than last time.
    package static func open(
        name: String, target: any BlobTarget, keys: VaultKeys, stateFolder: FilePath, packSize: Int64 = PackWriter.targetSize
    ) async throws -> Vault {
        let bytes: [UInt8]
        do {
            bytes = try await target.contents(of: .vaultDescription, limit: VaultDescription.sizeLimit)
        } catch let error as VaultError where error.code == .notFound {
            throw VaultError(
                .notFound, "there is no vault at \(target.location)",
                remedy: "check that its disk is mounted; only if this is meant to be a new vault, run 'opsd vault init --vault \(name)'")
        }
        try FormatJSON.require(
            "opsd-vault", version: VaultDescription.currentVersion, in: bytes, what: "\(target.location)/vault.json")
        let description = try FormatJSON.decode(VaultDescription.self, from: bytes, what: "\(target.location)/vault.json")
        let memory = try HeadMemory(stateFolder.appending("heads.json"))
        if let known = memory.vault, known != description.id {
            throw VaultError(
                .wrongVault, "\(target.location) holds vault \(description.id), but '\(name)' was vault \(known) until now",
                remedy: "mount the right disk, or move \(stateFolder) away if the vault was replaced on purpose")
        }
        try memory.setVault(description.id)
        let catalog = try Catalog(stateFolder.appending("catalog.sqlite"))
        return Vault(
            name: name, target: target, keys: keys, description: description, catalog: catalog, memory: memory, stateFolder: stateFolder,
            packSize: packSize)
    }

    /// Makes a vault on a target that holds none. Throws `exists` where one is there already: nothing is changed then.
    ///
    /// Folders come first and `vault.json` last, so that a vault that was begun can be begun again.
    package static func initialize(target: any BlobTarget, keys: VaultKeys, at now: Date) async throws -> VaultDescription {
        do {
            let bytes = try await target.contents(of: .vaultDescription, limit: VaultDescription.sizeLimit)
            let there = try FormatJSON.decode(VaultDescription.self, from: bytes, what: "\(target.location)/vault.json")
            throw VaultError(
                .exists, "\(target.location) holds vault \(there.id) already", remedy: "run 'opsd vault audit' to see its state")
        } catch let error as VaultError where error.code == .notFound {
            // Nothing there yet.
        }
        try await target.makeFolders()
        let description = VaultDescription(
            id: RandomID(), created: now, recipients: keys.recipients.map(\.text), signers: keys.signers.map(\.text))
        try await target.put(FormatJSON.encode(description), as: .vaultDescription)
        return description
    }

    /// Who may open data objects.
    package var dataRecipients: [AgeRecipient] { keys.recipients }

    /// Who may open index segments and needs: the recipients, and the catalog identity of this host.
    package var indexRecipients: [AgeRecipient] {
        let catalog = keys.catalogIdentity.map { [$0.recipient] } ?? []
        return keys.recipients + catalog.filter { !keys.recipients.contains($0) }
    }

    /// Identities that open index segments and needs here.
    package var indexIdentities: [AgeIdentity] { keys.identities + (keys.catalogIdentity.map { [$0] } ?? []) }
}

/// What this host may do with a vault.
package struct VaultKeys: Sendable {
    /// Whom data is encrypted to.
    package var recipients: [AgeRecipient]
    /// Opens index segments and needs, nothing else.
    package var catalogIdentity: AgeIdentity?
    /// Open everything; only where restores and drills run.
    package var identities: [AgeIdentity]
    /// Signs manifests and records; only where something is written.
    package var signingKey: SSHSigningKey?
    /// Whose signatures count.
    package var signers: [SSHPublicKey]

    /// The keys of one host for one vault.
    package init(
        recipients: [AgeRecipient] = [], catalogIdentity: AgeIdentity? = nil, identities: [AgeIdentity] = [],
        signingKey: SSHSigningKey? = nil, signers: [SSHPublicKey] = []
    ) {
        self.recipients = recipients
        self.catalogIdentity = catalogIdentity
        self.identities = identities
        self.signingKey = signingKey
        self.signers = signers
    }
}
