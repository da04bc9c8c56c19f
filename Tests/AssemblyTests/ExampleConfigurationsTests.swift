import AgeEncryption
import CronSchedule
import Foundation
import JobEngine
import Retention
import SSHSignature
import SystemPackage
import Testing
import Upkeep

@testable import Assembly

@Suite("Example configurations")
struct ExampleConfigurationsTests {
    @Test("a registry host in flow style loads with every value and default")
    func writer() throws {
        let text = """
            harbor:      {url: https://registry.example.com, username: robot$opsd, password_file: harbor-password, ca_file: /etc/ssl/corp-ca.pem}
            database:    {host: 127.0.0.1, port: 5432, name: registry, user: opsd, password_file: database-password, sslmode: prefer}
            storage:     {filesystem: /data/registry}          # the folder that holds docker/registry/v2
            files:
              config:    {paths: [/opt/harbor/harbor.yml, /opt/harbor/common/config]}
              keys:      {paths: [/data/secret, /etc/cosign], vault: keys}
            vaults:
              main:      {target: {filesystem: /srv/vault}, recipients: [\(ExampleKeys.recipients[0])], signing_key_file: /var/lib/opsd/signing-key, catalog_identity_file: /var/lib/opsd/catalog-identity}
              keys:      {target: {filesystem: /srv/vault-keys}, recipients: [\(ExampleKeys.recipients[1])], signing_key_file: /var/lib/opsd/signing-key}
            objectives:  {rpo: 1h, rto: 2h}
            jobs:
              backup:    {schedule: "15 2 * * *", timezone: UTC, deadline: 6h, retries: 2, catch_up: 12h}
              backup-database: {kind: backup, scope: database, schedule: "*/15 * * * *"}
            listen: 127.0.0.1:9464
            state_directory: /var/lib/opsd
            control_socket: /run/opsd/control.sock

            """
        let configuration = try Configuration.parse(text, file: "opsd.yaml")
        #expect(configuration.roles == [.writer])
        let harbor = try #require(configuration.harbor)
        #expect(harbor.url.absoluteString == "https://registry.example.com")
        #expect(harbor.account.username == "robot$opsd")
        #expect(harbor.account.password == SecretReference(.credential("harbor-password")))
        #expect(harbor.certificateAuthority == "/etc/ssl/corp-ca.pem")
        #expect(harbor.admin == nil)
        let database = try #require(configuration.database)
        #expect(database.host == "127.0.0.1" && database.port == 5432 && database.name == "registry" && database.user == "opsd")
        #expect(database.tlsMode == .prefer && database.password?.description == "database-password")
        #expect(configuration.storage?.filesystem == "/data/registry")
        #expect(configuration.files.map(\.name) == ["config", "keys"])
        #expect(configuration.files[1].paths == ["/data/secret", "/etc/cosign"] && configuration.files[1].vault == "keys")
        let main = try #require(configuration.vault(named: "main"))
        #expect(main.target == .filesystem("/srv/vault") && main.recipients.map(\.text) == [ExampleKeys.recipients[0]])
        #expect(main.signingKey?.place == .file("/var/lib/opsd/signing-key") && main.packSize.description == "64MiB")
        #expect(configuration.defaultVault == "main")
        #expect(configuration.objectives == Objectives(recoveryPoint: .seconds(3600), recoveryTime: .seconds(7200)))
        let backup = configuration.jobs[0]
        #expect(backup.work == .backup(.full) && backup.schedule?.text == "15 2 * * *" && backup.vault == "main")
        #expect(backup.deadline == .seconds(6 * 3600) && backup.catchUp == .seconds(12 * 3600) && backup.timezone == .gmt)
        #expect(backup.retries == JobSection.Retries(count: 2) && backup.overlap == .skip && backup.jitter == .zero)
        #expect(configuration.jobs[1].work == .backup(.database(includingScanTables: true)))
        #expect(configuration.jobs[1].deadline == JobSection.defaultDeadline)
        #expect(configuration.listen == .standard)
    }

    @Test("every option of a job is read")
    func jobOptions() throws {
        let text = ConfigurationSamples.writer(
            replacing: "    deadline: 6h",
            with: """
                    timezone: Europe/Berlin
                    deadline: 1h30m
                    retries: 3
                    backoff: 90s
                    backoff_limit: 1h
                    jitter: 5m
                    catch_up: 7d
                    overlap: queue
                    after: [backup-database, gc]
                    requires: {complete_snapshot: 2d}
                    vault: main
                    scope: database
                    scan_tables: exclude
                """)
        let job = try Configuration.parse(text, file: "x").jobs[0]
        #expect(job.timezone.identifier == "Europe/Berlin" && job.deadline == .seconds(5400))
        #expect(job.retries == JobSection.Retries(count: 3, backoff: .seconds(90), limit: .seconds(3600)))
        #expect(job.jitter == .seconds(300) && job.catchUp == .seconds(7 * 86_400) && job.overlap == .queue)
        #expect(job.after == ["backup-database", "gc"] && job.requirement?.completeSnapshot == .seconds(2 * 86_400))
        #expect(job.work == .backup(.database(includingScanTables: false)))
    }

    @Test("a recovery host needs no registry")
    func recovery() throws {
        let configuration = try Configuration.parse(ConfigurationSamples.recovery, file: "x")
        #expect(configuration.harbor == nil && configuration.database == nil && configuration.storage == nil)
        #expect(configuration.roles == [.recoveryHost])
        #expect(configuration.vaults[0].signers.map(\.description) == [ExampleKeys.signer])
        #expect(configuration.jobs[0].work == .restoreDrill(.embedded(nil)))
        #expect(configuration.stateDirectory == Configuration.defaultStateDirectory && configuration.listen == .standard)
    }

    @Test("kinds, listening and TLS have all their options")
    func otherOptions() throws {
        let text = """
            harbor: {url: "http://[::1]:8080/", username: robot, password_file: /etc/opsd/p, admin: {username: admin, password_file: harbor-admin}}
            database:
              {host: /run/postgresql, user: opsd, sslmode: verify-ca, root_certificate: /ca.pem, client_certificate: /c.pem, client_key: /c.key}
            vaults:
              only: {target: {filesystem: /srv/vault}, signers: "\(ExampleKeys.signer)", identity_file: i, pack_size: 16MiB}
            jobs:
              drill: {kind: restore-drill, schedule: manual, staging: {embedded: /srv/drill}}
              verify: {schedule: "@weekly", share: 1/7}
              audit: {schedule: "0 0 7 * * 1-5", read: true}
              prune: {schedule: "0 4 L * *"}
              retention: {schedule: "0 4 * * 5#2"}
              rescan: {schedule: "0 4 * jan mon"}
            listen: {address: "[::]:9464", certificate: /m.pem, key_file: metrics-key, token_file: metrics-token}
            """
        let configuration = try Configuration.parse(text, file: "x", stateDirectory: "/tmp/state")
        #expect(configuration.stateDirectory == "/tmp/state")
        #expect(configuration.harbor?.url.absoluteString == "http://[::1]:8080")
        #expect(configuration.harbor?.admin?.password.place == .credential("harbor-admin"))
        #expect(configuration.database?.clientCertificate == .init(certificate: "/c.pem", key: SecretReference(.file("/c.key"))))
        #expect(configuration.listen.protection?.token == SecretReference(.credential("metrics-token")))
        #expect(configuration.vaults[0].packSize.bytes == 16 << 20)
        #expect(
            configuration.jobs.map(\.work) == [
                .restoreDrill(.embedded("/srv/drill")), .verify(.init(part: 1, whole: 7)), .audit(reading: true), .prune,
                .retention(RetentionSettings(followsHarborPolicies: true)), .rescan(RescanSettings()),
            ])
        #expect(configuration.jobs.map(\.vault) == ["only", "only", "only", "only", "only", nil])
        #expect(configuration.jobs[0].schedule == nil)
    }

    @Test("a shipped file loads once its keys are filled in", arguments: ["opsd.yaml", "opsd-recovery.yaml"])
    func shipped(name: String) throws {
        let configuration = try Configuration.parse(ConfigurationSamples.withKeys(try ConfigurationSamples.shipped(name)), file: name)
        #expect(configuration.findings.isEmpty, "\(configuration.findings)")
        #expect(configuration.roles == (name == "opsd.yaml" ? [.writer] : [.recoveryHost]))
    }

    @Test(
        "a shipped file with its placeholders is refused at each of them and nowhere else", arguments: ["opsd.yaml", "opsd-recovery.yaml"])
    func placeholders(name: String) throws {
        let text = try ConfigurationSamples.shipped(name)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let expected = lines.indices.filter { lines[$0].contains("REPLACE-WITH") }.map { $0 + 1 }
        #expect(!expected.isEmpty)
        #expect(ConfigurationSamples.problems(text).map(\.line) == expected)
    }

    @Test("every option that a shipped file comments out can be switched on", arguments: ["opsd.yaml", "opsd-recovery.yaml"])
    func commentedOptions(name: String) throws {
        let text = ConfigurationSamples.withKeys(try ConfigurationSamples.shipped(name))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var tried = 0
        for (index, line) in lines.enumerated() {
            guard let match = line.wholeMatch(of: /( *)#([a-z_-]+):( .*)/) else { continue }
            tried += 1
            var changed = lines
            changed[index] = "\(match.1)\(match.2):\(match.3)".replacing(
                "ssh-ed25519 AAAA... registry.example.com", with: ExampleKeys.signer)
            // An option that is given already is replaced, not doubled; one that needs others is tried for being known.
            if let other = lines.firstIndex(where: { $0.hasPrefix("\(match.1)\(match.2):") }) { changed[other] = "" }
            let problems = ConfigurationSamples.problems(changed.joined(separator: "\n"))
            let isComplete = problems.allSatisfy { $0.what.contains("needs 'client_") || $0.what.contains("needs the section 'pins'") }
            #expect(isComplete, "\(match.2): \(problems)")
        }
        #expect(tried >= (name == "opsd.yaml" ? 17 : 1), "only \(tried) were found")
    }

    @Test("the sections and jobs that the shipped file comments out show every option, and its default")
    func commentedBlocks() throws {
        let blocks = ["pins", "rescan", "retention", "gc"]
        var text = ConfigurationSamples.withKeys(try ConfigurationSamples.shipped("opsd.yaml"))
        for name in blocks {
            let block = try #require(text.firstMatch(of: try Regex("(?m)^ *#\(name):\n(?: *#  .*\n)+")), "\(name) is not there")
            text.replaceSubrange(block.range, with: String(text[block.range]).replacing(/(?m)^( *)#/, with: \.output.1))
        }
        let configuration = try Configuration.parse(text, file: "opsd.yaml")
        #expect(configuration.findings.isEmpty, "\(configuration.findings)")
        #expect(configuration.pins == configuration.pins.map { PinSettings(sources: $0.sources, registries: ["registry.internal:5000"]) })
        for job in configuration.jobs {
            switch job.work {
            case .gc(let settings): #expect(settings == CollectionSettings())
            case .rescan(let settings): #expect(settings == RescanSettings(projects: settings.projects, window: settings.window))
            case .retention(let settings):
                #expect(settings == RetentionSettings(projects: settings.projects, classes: settings.classes))
                #expect(settings.classes.map(\.name) == ["base-images", "releases", "branches", "untagged"])
            case .backup, .restoreDrill, .verify, .prune, .audit, .pinCheck: break
            }
            for key in JobWork.ownKeys(of: job.kind) {
                #expect(text.contains(try Regex("(?m)^ *#? *\(key):")), "\(key) of \(job.name) is not shown")
            }
        }
        #expect(configuration.jobs.map(\.name) == ["backup", "backup-database", "rescan", "retention", "gc"])
    }

    @Test("the protected form of 'listen' in the shipped file is right")
    func protectedListen() throws {
        let text = ConfigurationSamples.withKeys(try ConfigurationSamples.shipped("opsd.yaml"))
        let block = try #require(text.firstMatch(of: /(?m)^#listen:\n(?:#  .*\n)+/))
        let plain = block.output.replacing(/(?m)^#/, with: "")
        let configuration = try Configuration.parse(text.replacing("listen: 127.0.0.1:9464\n", with: plain), file: "x")
        #expect(configuration.listen.protection != nil && !configuration.listen.address.isLoopback)
    }
}
