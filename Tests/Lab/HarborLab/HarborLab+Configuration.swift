import Foundation

extension HarborLab {
    /// What a writer's configuration needs beside the lab itself.
    package struct WriterOptions: Sendable {
        /// The vault's folder.
        package var vault: String
        /// The folder of the vault for keys; nil leaves the signing keys to the one vault.
        package var keysVault: String?
        /// Who can decrypt: age public keys.
        package var recipients: [String]
        /// Where the signing key is or will be.
        package var signingKeyFile: String
        /// Where the catalog identity is or will be.
        package var catalogIdentityFile: String
        /// The state directory.
        package var stateDirectory: String
        /// The file that will hold the database password, with mode 0600.
        package var passwordFile: String

        /// Options whose files all lie in the folder `state`.
        package init(vault: String, keysVault: String? = nil, recipients: [String], state: String) {
            self.vault = vault
            self.keysVault = keysVault
            self.recipients = recipients
            signingKeyFile = state + "/signing-key"
            catalogIdentityFile = state + "/catalog-identity"
            stateDirectory = state
            passwordFile = state + "/database-password"
        }
    }

    /// An `opsd.yaml` that backs this lab up (without Harbor's API). Writes the password file and makes the state directory. Throws what
    /// the files throw.
    package func writerConfiguration(_ options: WriterOptions) throws -> String {
        try FileManager.default.createDirectory(atPath: options.stateDirectory, withIntermediateDirectories: true)
        try Data(database.password.utf8).write(to: URL(filePath: options.passwordFile))
        chmod(options.passwordFile, 0o600)
        let recipients = options.recipients.joined(separator: ", ")
        var lines = [
            "database:",
            "  host: \(database.host)",
            "  port: \(database.port)",
            "  name: \(database.name)",
            "  user: \(database.user)",
            "  password_file: \(options.passwordFile)",
            "  sslmode: prefer",
            "storage:",
            "  filesystem: \(storage)",
            "files:",
            "  config:",
            "    paths: [\(configurationFile), \(generatedFolder)]",
            "  keys:",
            "    paths: [\(secretFolder), \(signingFolder)]",
        ]
        if options.keysVault != nil { lines.append("    vault: keys") }
        lines += [
            "vaults:",
            "  main:",
            "    target: {filesystem: \(options.vault)}",
            "    recipients: [\(recipients)]",
            "    signing_key_file: \(options.signingKeyFile)",
            "    catalog_identity_file: \(options.catalogIdentityFile)",
        ]
        if let keysVault = options.keysVault {
            lines += [
                "  keys:",
                "    target: {filesystem: \(keysVault)}",
                "    recipients: [\(recipients)]",
                "    signing_key_file: \(options.signingKeyFile)",
            ]
        }
        lines += [
            "objectives: {rpo: 1h, rto: 2h}",
            "jobs:",
            "  backup: {schedule: \"15 2 * * *\", timezone: UTC}",
            "state_directory: \(options.stateDirectory)",
            "control_socket: \(options.stateDirectory)/control.sock",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
