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

    /// `writer` with pins and every option of the jobs that delete and rescan, none of them its default.
    static let upkeep = writer(
        replacing: "jobs:\n",
        with: """
            pins:
              max_age: 12h
              at_least: 3
              registries: [registry.internal:5000, registry]
              files: {staging: /var/lib/pins/staging}
              commands:
                production:
                  run: [kubectl, get, pods, -A, "jsonpath={..image}"]
                  limit: 30s
            jobs:
              rescan:
                schedule: "0 21 * * *"
                projects: ["team-*", library]
                report_age: 12h
                database_age: 36h
                parallel: 8
                rate: 30/m
                max_queue: 10
                window: 5h
                stuck_after: 20m
              pin-check:
                schedule: "*/30 * * * *"
              retention:
                schedule: "0 4 * * *"
                timezone: Europe/Berlin
                requires: {complete_snapshot: 26h}
                projects: "team-*"
                mode: enforce
                enforce_from: 2027-01-01
                harbor_policies: true
                rollback_releases: 2
                keep_signed_releases: false
                max_share: 12.5%
                max_artifacts: 500
                allow_emptying: true
                rate: 90/m
                classes:
                  releases:
                    repositories: ["team-*/**"]
                    except_repositories: [team-a/tools]
                    versions: releases
                    keep: {last: 5, per: minor, pushed_within: 365d, pulled_within: 30d}
                  branches:
                    labels: [ci]
                    tags: "*"
                    except_tags: [latest]
                    keep: none
                  rest:
                    untagged: true
                    keep: all

            """
    )
    .replacing(
        "  gc:\n",
        with: """
              gc:
                delete_untagged: true
                workers: 4
                time_window: 3h
                max_share: 5%
                max_blobs: 200
                coverage: ignored
                stuck_after: 2h

            """)

    /// A recovery host's configuration.
    static let recovery = """
        vaults:
          main: {target: {filesystem: /srv/vault}, signers: ["\(ExampleKeys.signer)"], identity_file: drill-identity}
        objectives: {rpo: 1h, rto: 2h}
        jobs:
          restore-drill: {schedule: "0 6 1 */3 *", staging: embedded}

        """

    /// `writer` with one piece of text replaced.
    static func writer(replacing old: String, with new: String) -> String { replacing(old, in: writer, with: new) }

    /// `sample` with one piece of text replaced.
    static func replacing(_ old: String, in sample: String, with new: String) -> String {
        let text = sample.replacing(old, with: new, maxReplacements: 1)
        precondition(text != sample || old == new, "the sample does not hold \(old)")
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
