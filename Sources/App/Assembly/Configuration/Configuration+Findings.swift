internal import JobEngine
internal import SystemPackage

extension Configuration {
    /// What the configuration says about itself, without touching what it names.
    package var findings: [ConfigurationFinding] {
        roleFindings + backupFindings + deletionFindings + keyFindings + fileFindings + connectionFindings
    }

    private var roleFindings: [ConfigurationFinding] {
        var findings: [ConfigurationFinding] = []
        for vault in vaults where vault.identity != nil && isRegistryHost {
            findings.append(
                .init(
                    .identityBesideStorage, .warning,
                    "vault '\(vault.name)' can be decrypted on the registry's host: whoever breaks into it reads every backup",
                    remedy: "keep 'identity_file' on a recovery host with a configuration of its own"))
        }
        let roles = roles
        if roles.count > 1 {
            let names = roles.map(\.rawValue).joined(separator: " and ")
            findings.append(
                .init(
                    .rolesJoined, .warning, "this host is \(names) at once: \(Self.loss(by: roles))",
                    remedy: "give each role a host and credentials of its own where you can"))
        }
        if roles.isEmpty {
            findings.append(
                .init(
                    .noRole, .remark, "the keys here allow an audit by the listed signers and nothing more",
                    remedy: "add 'signing_key_file', 'catalog_identity_file' or 'identity_file' for what this host shall do"))
        }
        return findings
    }

    private static func loss(by roles: [ConfigurationRole]) -> String {
        if roles.contains(.writer), roles.contains(.keeper) {
            return roles.contains(.recoveryHost)
                ? "a break-in can read, alter and delete the backups together with the registry"
                : "a break-in can delete the backups together with the registry"
        }
        return roles.contains(.writer) ? "a break-in can read the backups" : "a break-in can read and delete the backups"
    }

    private var backupFindings: [ConfigurationFinding] {
        let backups = jobs.filter { $0.kind == .backup }
        var findings: [ConfigurationFinding] = []
        if roles.contains(.writer), !backups.contains(where: { $0.work == .backup(.full) && $0.schedule != nil }) {
            findings.append(
                .init(
                    .noBackupJob, .warning, "no full backup is scheduled on the registry's host",
                    remedy: "add a job 'backup' with a schedule"))
        }
        if !backups.isEmpty, harbor == nil {
            findings.append(
                .init(
                    .noGCHold, .warning, "there is no 'harbor' section: backups run without holding Harbor's garbage collection",
                    remedy: "add 'harbor' with a robot, or see to it that no collection runs during a backup"))
        }
        if objectives.recoveryPoint == nil || objectives.recoveryTime == nil {
            findings.append(
                .init(
                    .noObjectives, .remark,
                    "no objective is set for the recovery \(objectives.recoveryPoint == nil ? "point" : "time"): nothing can miss it",
                    remedy: "set 'objectives: {rpo: ..., rto: ...}' to what you promised"))
        }
        return findings
    }

    private var keyFindings: [ConfigurationFinding] {
        vaults.filter { $0.recipients.count == 1 }.map { vault in
            .init(
                .singleRecipient, .warning, "vault '\(vault.name)' has one recipient: if its identity is lost, so is every backup",
                remedy: "add the recipient of a second identity that is kept elsewhere")
        }
    }

    private var fileFindings: [ConfigurationFinding] {
        guard roles.contains(.writer) else { return [] }
        var findings: [ConfigurationFinding] = []
        if !files.contains(where: { $0.paths.contains(where: \.isHarborYAML) }) {
            findings.append(
                .init(
                    .noHarborYAML, .warning, "no file set names harbor.yml: the certificates and keys that it names are not backed up",
                    remedy: "add its path to a set under 'files'"))
        }
        guard let keys = files.first(where: { $0.name == Self.keysSet }) else {
            findings.append(
                .init(
                    .noKeysSet, .warning, "there is no file set 'keys': private keys are stored with the rest",
                    remedy: "add 'files.keys' with a vault and recipients of its own"))
            return findings
        }
        let own = keys.vault ?? defaultVault
        if files.contains(where: { $0.name != keys.name && ($0.vault ?? defaultVault) == own })
            || jobs.contains(where: { $0.kind == .backup && $0.vault == own })
        {
            findings.append(
                .init(
                    .keysShareVault, .warning,
                    "file set 'keys' goes to the vault of everything else: who may restore an image may read the keys",
                    remedy: "give 'keys' a vault of its own"))
        } else if let mine = own.flatMap(vault(named:)),
            let other = vaults.first(where: { $0.name != mine.name && !Set($0.recipients).isDisjoint(with: mine.recipients) })
        {
            findings.append(
                .init(
                    .keysShareRecipients, .warning,
                    "vaults '\(mine.name)' and '\(other.name)' share a recipient: whoever decrypts one decrypts the keys",
                    remedy: "give '\(mine.name)' recipients of its own"))
        }
        return findings
    }

    private var connectionFindings: [ConfigurationFinding] {
        var findings: [ConfigurationFinding] = []
        if let harbor, harbor.isInClear {
            findings.append(
                .init(
                    .harborInClear, .warning, "Harbor is reached by http: its password crosses the network in clear",
                    remedy: "use an https URL"))
        }
        if let database, database.isUnproved {
            findings.append(
                .init(
                    .databaseUnproved, .warning,
                    "with 'sslmode: \(database.tlsMode.rawValue)' the database server proves nothing: another could take its place",
                    remedy: "use 'sslmode: verify-full' with 'root_certificate'"))
        }
        return findings
    }
}
