import AgeEncryption
import Foundation
package import JobEngine
import LocalIO
import SSHSignature
import SystemPackage
import Vault

/// What `vault init` made, as `--json` prints it.
package struct VaultInitReport: Sendable, Codable {
    /// Name of its section in the configuration.
    package let vault: String
    /// The new vault's random id, 32 hex digits.
    package let id: String
    /// Where the target is, without secrets.
    package let location: String
    /// The public half of the key that signs here, to be pinned as `signers` where restores and drills run.
    package let signer: String?
    /// The age recipient to which the catalog identity of this host belongs; nil where the section names none.
    package let catalogRecipient: String?
    /// Key files that did not exist before.
    package let made: [String]
}

extension Installation {
    /// Makes the vault, and the signing key and catalog identity that its section names but that do not exist yet.
    ///
    /// Keys come first: a vault without them could not be used. A key file that exists is never touched.
    package func initializeVault(_ name: String?) async throws -> VaultInitReport {
        let section = try vaultSection(name)
        guard section.canWrite else {
            throw RequestError(
                .configuration, "vault '\(section.name)' has no 'recipients' or no 'signing_key_file', so this host cannot write to it",
                remedy: "run 'opsd vault init' on the registry host")
        }
        var made: [String] = []
        let host = ProcessInfo.processInfo.hostName
        if let reference = section.signingKey {
            let text = SSHSigningKey.make(comment: "opsd@\(host)").openSSHPrivateKeyText
            if try makeSecret(reference, text) { made.append("\(try reference.path(environment: environment))") }
        }
        if let reference = section.catalogIdentity {
            let text = "# opens the index of vault '\(section.name)', and no backup\n\(AgeIdentity.make().secretText)\n"
            if try makeSecret(reference, text) { made.append("\(try reference.path(environment: environment))") }
        }
        let keys = try vaultKeys(section)
        let target = target(of: section)
        let now = now
        let description = try await onBlockingThread { try await Vault.initialize(target: target, keys: keys, at: now) }
        return VaultInitReport(
            vault: section.name, id: "\(description.id)", location: target.location,
            signer: keys.signingKey.map { key in key.publicKey.comment.map { "\(key.publicKey.text) \($0)" } ?? key.publicKey.text },
            catalogRecipient: keys.catalogIdentity?.recipient.text, made: made)
    }

    /// Writes `text` where the reference points if nothing is there; true if it was written.
    private func makeSecret(_ reference: SecretReference, _ text: String) throws -> Bool {
        let path = try reference.path(environment: environment)
        do {
            _ = try FileStatus(path)
            return false
        } catch {
            guard error.code == .notFound else { throw error }
            guard case .file = reference.place else {
                throw RequestError(
                    .configuration, "credential '\(reference)' does not exist, and opsd cannot make credentials of systemd",
                    remedy: "name a file below \(configuration.stateDirectory) instead, or make the key with 'opsd keys make'")
            }
        }
        try Folder.make(path.removingLastComponent())
        try DurableFile.write(Array(text.utf8), to: path)
        return true
    }
}

extension Installation {
    /// Makes an age identity at `path` and returns its recipient, without any configuration: a recovery host makes its key first.
    ///
    /// Throws where the file exists: a key is never overwritten.
    package static func makeIdentity(at path: String, clock: any WallClock = SystemWallClock()) throws -> String {
        let now = clock.now
        let identity = AgeIdentity.make()
        let text = "# created: \(now.formatted(.iso8601))\n# public key: \(identity.recipient.text)\n\(identity.secretText)\n"
        try writeKey(text, at: path)
        return identity.recipient.text
    }

    /// Makes a signing key at `path` and returns its public half.
    package static func makeSigningKey(at path: String) throws -> String {
        let key = SSHSigningKey.make(comment: "opsd@\(ProcessInfo.processInfo.hostName)")
        try writeKey(key.openSSHPrivateKeyText, at: path)
        return key.publicKey.comment.map { "\(key.publicKey.text) \($0)" } ?? key.publicKey.text
    }

    private static func writeKey(_ text: String, at path: String) throws {
        let file = try absolute(FilePath(path))
        do {
            try DurableFile.write(Array(text.utf8), to: file)
        } catch {
            guard error.code == .exists else { throw error }
            throw RequestError(.refused, "\(file) exists, and a key is never overwritten", remedy: "choose another name")
        }
    }
}
