import AgeEncryption
import Foundation
import LocalIO
import SSHSignature
package import SystemPackage
package import Vault
import VaultTargets

extension Installation {
    /// Opens the vault of this name; nil means `main` or the only one. `identityFiles` are added to what the configuration gives.
    package func openVault(_ name: String?, identityFiles: [FilePath] = []) async throws -> Vault {
        let section = try vaultSection(name)
        let keys = try vaultKeys(section, identityFiles: identityFiles)
        return try await onBlockingThread {
            try await Vault.open(
                name: section.name, target: target(of: section), keys: keys, stateFolder: stateFolder(of: section),
                packSize: section.packSize.bytes)
        }
    }

    func vaultSection(_ name: String?) throws -> VaultSection {
        guard let chosen = name ?? configuration.defaultVault else {
            throw RequestError(.usage, "the configuration has several vaults", remedy: "choose one with --vault: \(vaultNames)")
        }
        guard let section = configuration.vault(named: chosen) else {
            throw RequestError(.usage, "the configuration has no vault '\(chosen)'", remedy: "it has \(vaultNames)")
        }
        return section
    }

    private var vaultNames: String { configuration.vaults.map(\.name).joined(separator: ", ") }

    func stateFolder(of section: VaultSection) -> FilePath {
        configuration.stateDirectory.appending("vaults").appending(section.name)
    }

    func target(of section: VaultSection) -> any BlobTarget {
        switch section.target {
        case .filesystem(let root): FilesystemTarget(root: root)
        }
    }

    /// Reads every key that the section names. A key file that is missing is an error here: only `vault init` makes one.
    func vaultKeys(_ section: VaultSection, identityFiles: [FilePath] = []) throws -> VaultKeys {
        var keys = VaultKeys(recipients: section.recipients)
        if let reference = section.signingKey { keys.signingKey = try signingKey(reference) }
        if let reference = section.catalogIdentity {
            try requireFile(reference)
            keys.catalogIdentity = try identities(in: reference).first
        }
        if let reference = section.identity { keys.identities += try identities(in: reference) }
        for path in identityFiles {
            keys.identities += try identities(in: SecretReference(.file(try Self.absolute(path))))
        }
        keys.signers = section.signers
        if let own = keys.signingKey?.publicKey, !keys.signers.contains(own) { keys.signers.append(own) }
        return keys
    }

    static func absolute(_ path: FilePath) throws -> FilePath {
        path.isAbsolute ? path : FilePath(FileManager.default.currentDirectoryPath).pushing(path)
    }

    func signingKey(_ reference: SecretReference) throws -> SSHSigningKey {
        try requireFile(reference)
        let text = try reference.read(environment: environment).text ?? ""
        do {
            return try SSHSigningKey(parsing: text)
        } catch {
            throw RequestError(
                .configuration, "\(reference) is not a signing key: \(error)", remedy: "name a key that 'opsd vault init' made")
        }
    }

    /// A key file that `vault init` makes is missing until it was run; the message says so instead of asking for a file.
    private func requireFile(_ reference: SecretReference) throws {
        guard case .file(let path) = reference.place else { return }
        do {
            _ = try FileStatus(path)
        } catch {
            guard error.code == .notFound else { throw error }
            throw RequestError(
                .configuration, "the key file \(path) does not exist", remedy: "run 'opsd vault init' to make vault and keys")
        }
    }

    private func identities(in reference: SecretReference) throws -> [AgeIdentity] {
        let text = try reference.read(environment: environment).text ?? ""
        do {
            let identities = try AgeIdentity.parseFile(text)
            guard !identities.isEmpty else { throw RequestError(.configuration, "\(reference) holds no age identity") }
            return identities
        } catch let error as AgeError {
            throw RequestError(
                .configuration, "\(reference) is not a file of age identities: \(error)",
                remedy: "name a file that 'opsd keys make' or 'age-keygen' wrote")
        }
    }

    /// The verified history of a vault, which must show at least sequence `atLeast` of some trusted signer.
    package func history(of vault: Vault, atLeast: Int? = nil) async throws -> SnapshotHistory {
        let history = try await onBlockingThread { try await vault.history() }
        if let atLeast {
            let head = history.heads.values.map(\.sequence).max() ?? 0
            guard head >= atLeast else {
                throw RequestError(
                    .refused, "the newest manifest in \(vault.target.location) has sequence \(head), and at least \(atLeast) is demanded",
                    remedy:
                        "newer snapshots were removed, or this is an old copy: look at the metric opsd_vault_chain_sequence and at other copies"
                )
            }
        }
        return history
    }

    /// The snapshot that `text` names: an id, the beginning of one, or `latest`. A scope other than files is asked for unless `anyScope`.
    package func choose(
        _ text: String, from history: SnapshotHistory, in vault: Vault, where isWanted: (SnapshotManifest) -> Bool = { _ in true }
    ) throws -> SnapshotHistory.Entry {
        if text == "latest" {
            if let entry = history.entries.last(where: { $0.manifest.complete && isWanted($0.manifest) }) { return entry }
            throw noSnapshot(history, vault)
        }
        let matches = history.entries.filter { $0.manifest.snapshot.description.hasPrefix(text) }
        if let only = matches.first, matches.count == 1 { return only }
        if matches.count > 1 {
            throw RequestError(.usage, "\(matches.count) snapshots begin with '\(text)'", remedy: "give more of the id")
        }
        if let rejected = history.rejected.first(where: { $0.snapshot.description.hasPrefix(text) }) {
            throw RequestError(.refused, "snapshot \(rejected.snapshot) is not trusted: \(rejected.reason)", remedy: signersHint(vault))
        }
        throw RequestError(
            .notFound, "vault '\(vault.name)' has no snapshot '\(text)'", remedy: "run 'opsd snapshots' to see what there is")
    }

    private func noSnapshot(_ history: SnapshotHistory, _ vault: Vault) -> RequestError {
        let foreign = Set(history.rejected.compactMap(\.foreignSigner)).sorted()
        if !foreign.isEmpty {
            return RequestError(
                .refused,
                "vault '\(vault.name)' has no snapshot of a trusted signer; \(history.rejected.count) are signed by \(foreign.joined(separator: ", "))",
                remedy: signersHint(vault))
        }
        if !history.entries.isEmpty {
            return RequestError(
                .notFound, "vault '\(vault.name)' has \(history.entries.count) snapshots, and none is complete and holds what is asked for",
                remedy: "name one with --snapshot; 'opsd snapshots' lists them")
        }
        return RequestError(
            .notFound, "vault '\(vault.name)' at \(vault.target.location) has no snapshot yet", remedy: "run 'opsd run-now backup'")
    }

    private func signersHint(_ vault: Vault) -> String {
        "if that host may write here, add its public key to 'signers' of vault '\(vault.name)'"
    }
}
