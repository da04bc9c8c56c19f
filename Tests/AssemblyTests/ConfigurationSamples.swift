import Foundation

@testable import Assembly

/// Configuration texts that tests start from.
enum ConfigurationSamples {
    /// The registry host's configuration, each value on a line of its own.
    static let writer = """
        harbor:
          url: https://registry.example.com
          username: robot$opsd
          password_file: harbor-password
        database:
          host: 127.0.0.1
          user: opsd
          password_file: database-password
          sslmode: prefer
        storage:
          filesystem: /data/registry
        files:
          config:
            paths: [/opt/harbor/harbor.yml, /opt/harbor/common/config]
          keys:
            paths: [/data/secret]
            vault: keys
        vaults:
          main:
            target: {filesystem: /srv/vault}
            recipients: [\(ExampleKeys.recipients[0]), \(ExampleKeys.recipients[1])]
            signing_key_file: /var/lib/opsd/signing-key
            catalog_identity_file: /var/lib/opsd/catalog-identity
          keys:
            target: {filesystem: /srv/vault-keys}
            recipients: [\(ExampleKeys.recipients[2]), \(ExampleKeys.recipients[3])]
            signing_key_file: /var/lib/opsd/signing-key
        objectives:
          rpo: 1h
          rto: 2h
        jobs:
          backup:
            schedule: "15 2 * * *"
            deadline: 6h
          backup-database:
            kind: backup
            scope: database
            schedule: "*/15 * * * *"
          gc:
            schedule: "@daily"
            requires: {complete_snapshot: 26h}
        listen: 127.0.0.1:9464
        state_directory: /var/lib/opsd
        control_socket: /run/opsd/control.sock

        """

    /// A recovery host's configuration.
    static let recovery = """
        vaults:
          main: {target: {filesystem: /srv/vault}, signers: ["\(ExampleKeys.signer)"], identity_file: drill-identity}
        objectives: {rpo: 1h, rto: 2h}
        jobs:
          restore-drill: {schedule: "0 6 1 */3 *", staging: embedded}

        """

    /// `writer` with one piece of text replaced.
    static func writer(replacing old: String, with new: String) -> String {
        let text = writer.replacing(old, with: new, maxReplacements: 1)
        precondition(text != writer || old == new, "the sample does not hold \(old)")
        return text
    }

    /// The folder that holds Package.swift.
    static var packageRoot: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// A file of `etc/`.
    static func shipped(_ name: String) throws -> String {
        try String(contentsOf: packageRoot.appending(path: "etc").appending(path: name), encoding: .utf8)
    }

    /// The text with each placeholder for a key replaced by a real one.
    static func withKeys(_ text: String) -> String {
        var text = text
        for recipient in ExampleKeys.recipients {
            guard let placeholder = text.firstMatch(of: /age1-REPLACE-[A-Z-]+/) else { break }
            text.replaceSubrange(placeholder.range, with: recipient)
        }
        return text.replacing(/ssh-ed25519 AAAA-REPLACE-[A-Z-]+ registry.example.com/, with: ExampleKeys.signer)
    }

    /// What is wrong with the text; empty where it loads.
    static func problems(_ text: String) -> [ConfigurationProblem] {
        do throws(ConfigurationError) {
            _ = try Configuration.parse(text, file: "opsd.yaml")
            return []
        } catch {
            return error.problems
        }
    }
}

/// A text with the mark `▸` before the place where a problem is expected.
struct MarkedText {
    let text: String
    let line: Int
    let column: Int

    init(_ marked: String) {
        let parts = marked.split(separator: "▸", maxSplits: 1, omittingEmptySubsequences: false)
        precondition(parts.count == 2, "no mark in \(marked)")
        text = parts.joined()
        let lines = parts[0].split(separator: "\n", omittingEmptySubsequences: false)
        line = lines.count
        column = (lines.last?.unicodeScalars.count ?? 0) + 1
    }
}
