package import AgeEncryption
package import SSHSignature
package import SystemPackage

/// One entry of `vaults:` — where backups live, and with which keys.
package struct VaultSection: Sendable {
    /// The storage under the vault.
    package enum Target: Hashable, Sendable, CustomStringConvertible {
        case filesystem(FilePath)

        /// The place as the operator knows it.
        package var description: String {
            switch self {
            case .filesystem(let path): path.string
            }
        }
    }

    /// Part of metric labels and paths of the state directory.
    package let name: String
    /// The storage under it.
    package let target: Target
    /// Whom data is encrypted to; empty where this host only reads.
    package let recipients: [AgeRecipient]
    /// The SSH key that signs manifests and records; `opsd vault init` makes it where it is missing.
    package let signingKey: SecretReference?
    /// Whose manifests and records count; empty means this host's own key.
    package let signers: [SSHPublicKey]
    /// Opens index segments and needs, nothing else; `opsd vault init` makes it where it is missing.
    package let catalogIdentity: SecretReference?
    /// Opens everything: belongs on a recovery host alone.
    package let identity: SecretReference?
    /// About how large a pack grows before the next begins, in clear.
    package let packSize: ByteCount

    /// What packs measure unless the configuration says otherwise.
    package static let defaultPackSize = ByteCount(bytes: 64 << 20)

    /// Makes the section; without keys it can only be looked at.
    package init(
        name: String, target: Target, recipients: [AgeRecipient] = [], signingKey: SecretReference? = nil, signers: [SSHPublicKey] = [],
        catalogIdentity: SecretReference? = nil, identity: SecretReference? = nil, packSize: ByteCount = Self.defaultPackSize
    ) {
        self.name = name
        self.target = target
        self.recipients = recipients
        self.signingKey = signingKey
        self.signers = signers
        self.catalogIdentity = catalogIdentity
        self.identity = identity
        self.packSize = packSize
    }

    /// Whether a backup can be written with these keys.
    package var canWrite: Bool { !recipients.isEmpty && signingKey != nil }

    /// Nil, and problems, where anything in it is wrong: what is missing from half a vault says nothing.
    init?(_ reader: SectionReader) {
        let problemsBefore = reader.problems.count
        reader.need("target", hint: "such as {filesystem: /srv/vault}")
        let target = reader.section("target").flatMap(Target.init)
        let recipients = reader.list("recipients", Self.recipient) ?? []
        let signingKey = reader.value("signing_key_file", SecretReference.init(parsing:))
        let signers = reader.list("signers", Self.signer) ?? []
        let catalogIdentity = reader.value("catalog_identity_file", SecretReference.init(parsing:))
        let identity = reader.value("identity_file", SecretReference.init(parsing:))
        let packSize = reader.value("pack_size", Self.packSize) ?? Self.defaultPackSize
        reader.finish()
        if Set(recipients).count < recipients.count {
            reader.problems.report(at: reader.path(of: "recipients"), "'\(reader.path).recipients' names one recipient twice")
        }
        if let identity, identity == catalogIdentity {
            reader.problems.report(
                at: reader.path(of: "catalog_identity_file"),
                "'\(reader.path).catalog_identity_file' is the identity that decrypts everything",
                hint: "'opsd vault init' makes a catalog identity of its own")
        }
        if !reader.has("signing_key_file"), !reader.has("signers") {
            reader.problems.report(
                reader.place, "'\(reader.path)' has neither 'signers' nor 'signing_key_file': nothing in it could be trusted",
                hint: "list the public signing key of the host that writes it")
        }
        guard let target, reader.problems.count == problemsBefore else { return nil }
        self.init(
            name: reader.name, target: target, recipients: recipients, signingKey: signingKey, signers: signers,
            catalogIdentity: catalogIdentity, identity: identity, packSize: packSize)
    }

    private static func recipient(_ text: String) throws(MalformedValue) -> AgeRecipient {
        if text.uppercased().contains("AGE-SECRET-KEY-") {
            throw MalformedValue(
                "is an identity: it decrypts, and must not stand here",
                hint: "give its public half ('age-keygen -y FILE' prints it), and replace the pair",
                isSecret: true)
        }
        do {
            return try AgeRecipient(parsing: text)
        } catch {
            throw MalformedValue(
                "is not an age recipient", hint: "make a pair with 'age-keygen' on another host and give the line that begins with age1")
        }
    }

    private static func signer(_ text: String) throws(MalformedValue) -> SSHPublicKey {
        if text.contains("PRIVATE KEY") { throw MalformedValue("is a private key", hint: "give the public half", isSecret: true) }
        do {
            return try SSHPublicKey(parsing: text)
        } catch {
            throw MalformedValue("is not an SSH public key", hint: "give the line that 'opsd vault init' printed: ssh-ed25519 AAAA... name")
        }
    }

    private static func packSize(_ text: String) throws(MalformedValue) -> ByteCount {
        let size = try ByteCount(parsing: text)
        guard (ByteCount(bytes: 1 << 20)...ByteCount(bytes: 1 << 30)).contains(size) else {
            throw MalformedValue("must be from 1MiB to 1GiB")
        }
        return size
    }
}

extension VaultSection.Target {
    fileprivate init?(_ reader: SectionReader) {
        let folder = reader.required("filesystem", hint: "such as {filesystem: /srv/vault}", PlainValues.absolutePath)
        reader.finish()
        guard let folder else { return nil }
        self = .filesystem(folder)
    }
}
