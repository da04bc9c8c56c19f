import Foundation
import LocalIO
import SystemPackage
import Vault

/// Tries what a backup needs of one vault: its description, its keys, and an object that comes back as it was written.
struct VaultLiveCheck: Sendable {
    let installation: Installation
    let section: VaultSection

    func rows() async -> [LiveCheck] {
        let vault = await vaultRow()
        let (keys, keysRow) = keysRow()
        var rows = [vault, keysRow, recipientsRow]
        // A probe in a folder that is no vault, or the wrong one, would be litter.
        guard case .ok = vault.result, keys != nil else {
            rows.append(LiveCheck(.probe, section.name, .skipped, "not written, since the vault could not be opened"))
            return rows
        }
        guard section.canWrite else {
            rows.append(LiveCheck(.probe, section.name, .skipped, "not written: this host writes no backups here"))
            return rows
        }
        let probe = VaultProbe(
            target: installation.target(of: section), name: section.name,
            memory: installation.configuration.stateDirectory.appending("probe-\(section.name).json"),
            wallclock: installation.wallclock)
        rows += await probe.rows()
        return rows
    }

    /// Reads `vault.json` only: opening the vault would make a catalog and remember what it saw.
    private func vaultRow() async -> LiveCheck {
        let target = installation.target(of: section)
        let label = "\(section.name) at \(target.location)"
        do {
            let place = "\(target.location)/vault.json"
            let bytes = try await target.contents(of: .vaultDescription, limit: VaultDescription.sizeLimit)
            try FormatJSON.require("opsd-vault", version: VaultDescription.currentVersion, in: bytes, what: place)
            let description = try FormatJSON.decode(VaultDescription.self, from: bytes, what: place)
            if let known = try rememberedVault(), known != description.id {
                throw VaultError(
                    .wrongVault, "\(target.location) holds vault \(description.id), but '\(section.name)' was vault \(known) until now",
                    remedy:
                        "mount the right disk, or move \(installation.stateFolder(of: section)) away if the vault was replaced on purpose")
            }
            let free = try freeSpace()
            let detail = "vault \(description.id), made \(description.created.formatted(.iso8601)), \(ByteCount(bytes: free).rounded) free"
            return LiveCheck(.vault, label, .ok, detail)
        } catch let error as VaultError where error.code == .notFound {
            let remedy = "mount its disk; only if this is meant to be a new vault, run 'opsd vault init --vault \(section.name)'"
            return LiveCheck(.vault, label, .failed(.unreachable, remedy: remedy), "there is no vault at \(target.location)")
        } catch {
            return LiveCheck(.vault, label, failedWith: error, remedy: "run 'opsd vault audit --vault \(section.name)'")
        }
    }

    /// The vault that this host knows by this name; nil before it was opened for the first time.
    private func rememberedVault() throws -> RandomID? {
        let path = installation.stateFolder(of: section).appending("heads.json")
        do {
            _ = try FileStatus(path)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
        return try HeadMemory(path).vault
    }

    private func freeSpace() throws -> Int64 {
        switch section.target {
        case .filesystem(let root): try FreeSpace.bytes(at: root)
        }
    }

    private func keysRow() -> (VaultKeys?, LiveCheck) {
        do {
            let keys = try installation.vaultKeys(section)
            var have: [String] = []
            if keys.signingKey != nil { have.append("signing key") }
            if keys.catalogIdentity != nil { have.append("catalog identity") }
            if !keys.identities.isEmpty { have.append("\(keys.identities.count) decrypting identities") }
            have.append("\(keys.signers.count) trusted signer\(keys.signers.count == 1 ? "" : "s")")
            return (keys, LiveCheck(.keys, section.name, .ok, "readable: \(have.joined(separator: ", "))"))
        } catch {
            let remedy = "run 'opsd vault init' where the keys were never made"
            let better = installation.credentialRemedy(error)
            return (nil, LiveCheck(.keys, section.name, failedWith: error, remedy: remedy, better: better))
        }
    }

    private var recipientsRow: LiveCheck {
        let count = section.recipients.count
        guard count > 0 else { return LiveCheck(.recipients, section.name, .skipped, "none: this host writes no backups here") }
        return LiveCheck(.recipients, section.name, .ok, "\(count) recipient\(count == 1 ? "" : "s") can decrypt what is written here")
    }
}
