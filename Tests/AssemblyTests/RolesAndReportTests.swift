import Foundation
import SystemPackage
import Testing

@testable import Assembly

@Suite("Roles and findings")
struct RolesAndReportTests {
    private static func parse(_ text: String) throws -> Configuration { try Configuration.parse(text, file: "opsd.yaml") }

    private static let signer = "signers: [\"\(ExampleKeys.signer)\"]"

    @Test("a careful installation has one role a host and no findings")
    func careful() throws {
        for (text, role) in [(ConfigurationSamples.writer, ConfigurationRole.writer), (ConfigurationSamples.recovery, .recoveryHost)] {
            let configuration = try Self.parse(text)
            #expect(configuration.roles == [role])
            #expect(configuration.findings.isEmpty, "\(configuration.findings)")
        }
    }

    @Test("a catalog identity without a registry is a keeper")
    func keeper() throws {
        let configuration = try Self.parse(
            """
            vaults: {main: {target: {filesystem: /srv/vault}, \(Self.signer), catalog_identity_file: c, signing_key_file: k}}
            jobs: {prune: {schedule: "@weekly"}, audit: {schedule: "@daily"}}
            objectives: {rpo: 1h, rto: 1h}
            """)
        #expect(configuration.roles == [.keeper] && configuration.findings.isEmpty)
    }

    @Test("public keys alone are no role")
    func auditor() throws {
        let configuration = try Self.parse("vaults: {main: {target: {filesystem: /srv/vault}, \(Self.signer)}}")
        #expect(configuration.roles.isEmpty)
        #expect(configuration.findings.map(\.code) == [.noRole, .noObjectives])
    }

    @Test("a decrypting identity beside the registry is found, and the joined roles with what they cost")
    func identityBesideStorage() throws {
        let text = ConfigurationSamples.writer(
            replacing: "    catalog_identity_file", with: "    identity_file: drill\n    catalog_identity_file")
        let configuration = try Self.parse(text)
        #expect(configuration.roles == [.writer, .recoveryHost])
        #expect(configuration.findings.map(\.code) == [.identityBesideStorage, .rolesJoined])
        #expect(configuration.findings[1].text == "this host is writer and recovery-host at once: a break-in can read the backups")
    }

    @Test("a prune beside the registry joins writer and keeper")
    func pruneBesideStorage() throws {
        let configuration = try Self.parse(
            ConfigurationSamples.writer(replacing: "  gc:", with: "  prune:").replacing(
                "    requires: {complete_snapshot: 26h}\n", with: ""))
        #expect(configuration.roles == [.writer, .keeper])
        #expect(configuration.findings.first?.text.contains("can delete the backups together with the registry") == true)
    }

    @Test("a host that does everything is told all that it loses")
    func allRoles() throws {
        let text = ConfigurationSamples.writer(
            replacing: "    catalog_identity_file", with: "    identity_file: drill\n    catalog_identity_file"
        )
        .replacing("jobs:\n", with: "jobs:\n  prune: {schedule: \"@weekly\"}\n")
        let configuration = try Self.parse(text)
        #expect(configuration.roles == [.writer, .keeper, .recoveryHost])
        #expect(configuration.findings.contains { $0.code == .rolesJoined && $0.text.contains("read, alter and delete") })
    }

    struct FindingCase: Sendable, CustomTestStringConvertible {
        let code: ConfigurationFinding.Code
        let old: String
        let new: String
        var testDescription: String { code.rawValue }
    }

    @Test(
        "what is valid and unwise is found",
        arguments: [
            FindingCase(
                code: .noGCHold,
                old: "harbor:\n  url: https://registry.example.com\n  username: robot$opsd\n  password_file: harbor-password\n", new: ""),
            FindingCase(code: .noObjectives, old: "  rto: 2h\n", new: ""),
            FindingCase(code: .singleRecipient, old: ", \(ExampleKeys.recipients[1])", new: ""),
            FindingCase(code: .keysShareVault, old: "    vault: keys\n", new: ""),
            FindingCase(code: .keysShareRecipients, old: ExampleKeys.recipients[3], new: ExampleKeys.recipients[1]),
            FindingCase(code: .noHarborYAML, old: "/opt/harbor/harbor.yml, ", new: ""),
            FindingCase(code: .deletesWithoutRequirement, old: "    requires: {complete_snapshot: 26h}\n", new: ""),
            FindingCase(code: .harborInClear, old: "https://registry", new: "http://registry"),
            FindingCase(code: .databaseUnproved, old: "host: 127.0.0.1", new: "host: db.example.com"),
            FindingCase(code: .noBackupJob, old: "    schedule: \"15 2 * * *\"", new: "    schedule: manual"),
        ])
    func findings(_ finding: FindingCase) throws {
        var text = ConfigurationSamples.writer(replacing: finding.old, with: finding.new)
        // Without Harbor its garbage collection cannot be run.
        if finding.code == .noGCHold {
            text = text.replacing("  gc:\n    schedule: \"@daily\"\n    requires: {complete_snapshot: 26h}\n", with: "")
        }
        #expect(try Self.parse(text).findings.map(\.code) == [finding.code])
    }

    @Test(
        "a job that deletes more than it need is found",
        arguments: [
            FindingCase(code: .deletesUncovered, old: "  gc:\n", new: "  gc:\n    coverage: ignored\n"),
            FindingCase(code: .noPins, old: "jobs:\n", new: "jobs:\n  retention: {schedule: manual}\n"),
            FindingCase(
                code: .deletesWithoutRequirement, old: "jobs:\n",
                new: "pins: {files: {all: /pins}}\njobs:\n  retention: {schedule: manual, mode: enforce}\n"),
            FindingCase(
                code: .keepsByPullsAlone, old: "jobs:\n",
                new: "pins: {files: {all: /pins}}\njobs:\n  retention: {schedule: manual, classes: {a: {untagged: true, "
                    + "keep: {pulled_within: 30d}}, b: {tags: x, keep: {pulled_within: 30d, last: 1}}, c: {tags: y, keep: all}}}\n"),
        ])
    func deletions(_ finding: FindingCase) throws {
        let text = ConfigurationSamples.writer(replacing: finding.old, with: finding.new)
        #expect(try Self.parse(text).findings.map(\.code) == [finding.code])
    }

    @Test("a retention that only reports needs no backup first")
    func reporting() throws {
        let text = ConfigurationSamples.writer(
            replacing: "jobs:\n", with: "pins: {files: {all: /pins}}\njobs:\n  retention: {schedule: manual, mode: report}\n")
        #expect(try Self.parse(text).findings.isEmpty)
    }

    @Test("plain http to this host and a socket are no findings")
    func loopback() throws {
        for (old, new) in [
            ("https://registry.example.com", "http://127.0.0.1:8080"), ("host: 127.0.0.1", "host: /run/postgresql"),
            ("host: 127.0.0.1", "host: localhost"),
        ] {
            #expect(try Self.parse(ConfigurationSamples.writer(replacing: old, with: new)).findings.isEmpty)
        }
    }

    @Test("the report is a page for people")
    func reportText() throws {
        let configuration = try Self.parse(ConfigurationSamples.writer(replacing: "  rto: 2h\n", with: ""))
        let report = ConfigurationReport(
            configuration, plan: FileSetPlan(sets: [.init(name: "config", vault: nil, paths: ["/a"])], secretKeyPath: nil, findings: []))
        #expect(
            report.description == """
                opsd.yaml: valid
                roles: writer
                harbor: https://registry.example.com as robot$opsd
                database: registry on 127.0.0.1:5432 as opsd, sslmode prefer
                storage: /data/registry
                listen: 127.0.0.1:9464
                state: /var/lib/opsd
                socket: /run/opsd/control.sock
                objectives: rpo 1h, rto none
                vault main: /srv/vault; 2 recipients; writes, reads the catalog
                vault keys: /srv/vault-keys; 2 recipients; writes
                files config: 1 paths to vault main
                job backup: '15 2 * * *' UTC, at most 6h, vault main
                job backup-database (backup): '*/15 * * * *' UTC, at most 1d, vault main
                job gc: '@daily' UTC, at most 1d, vault main
                remark: no objective is set for the recovery time: nothing can miss it. Hint: set 'objectives: {rpo: ..., rto: ...}' to what you promised.
                """)
    }

    @Test("the report's JSON has the names that the documentation gives, and comes back the same")
    func reportJSON() throws {
        let configuration = try Self.parse(ConfigurationSamples.recovery)
        let report = ConfigurationReport(configuration, plan: configuration.fileSetPlan())
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(report)
        let signer = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqYPUFwotTB1fk7wRJch1DaU4W7k4jQ+4nhhVnt/aCB registry.example.com"
        #expect(
            String(decoding: data, as: UTF8.self)
                == #"{"control_socket":"/run/opsd/control.sock","file":"opsd.yaml","files":[],"findings":[],"jobs":[{"deadline":"1d","kind":"restore-drill","#
                + #""name":"restore-drill","schedule":"0 6 1 */3 *","timezone":"UTC","vault":"main"}],"listen":"127.0.0.1:9464","roles":["recovery-host"],"#
                + #""rpo_objective":"1h","rto_objective":"2h","state_directory":"/var/lib/opsd","vaults":[{"decrypts":true,"name":"main","reads_catalog":true,"#
                + #""recipients":[],"signers":["\#(signer)"],"target":"/srv/vault","writes":false}]}"#)
        #expect(try JSONDecoder().decode(ConfigurationReport.self, from: data).description == report.description)
    }
}
