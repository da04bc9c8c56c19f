import AgeEncryption
import Foundation
import HarborLab
import LabServers
import SystemPackage
import Testing

@testable import Assembly

@Suite("trying a real registry host", .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct LiveCheckDatabaseTests {
    @Test("everything is fine at first; then each thing that goes wrong is one row with its exit status")
    func lab() async throws {
        let lab = try HarborLab.up()
        let folder = try TemporaryFolder("opsd-live")
        let text = try lab.writerConfiguration(
            .init(
                vault: folder.file("vault"), keysVault: folder.file("vault-keys"), recipients: [AgeIdentity.make().recipient.text],
                state: folder.file("state")))
        // The lab writes the configuration without a port, and another daemon of this host may use the default one.
        let installation = Installation(
            try Configuration.parse(text + "listen: 127.0.0.1:\(try LiveCheckHost.quietPort())\n", file: "opsd.yaml"), environment: [:])
        for vault in ["main", "keys"] { _ = try await installation.initializeVault(vault) }
        chmod(folder.file("state"), 0o700)

        let sound = await installation.liveChecks(limit: .seconds(120))
        #expect(sound.troubled == [], "\(sound.checks.filter { $0.remedy != nil })")
        #expect(sound.exitCode == 0)
        #expect(try sound.only(.database).detail.hasPrefix("logged in, PostgreSQL "))
        #expect(try sound.only(.databaseRights).detail.contains(/may read all \d\d+ tables and sequences/))
        #expect(try sound.only(.schema).detail.contains("no migration under way"))
        #expect(try sound.only(.storage).detail.hasPrefix("read blob sha256:"))
        #expect(sound[.files].count > 4 && sound[.probe].count == 2)
        #expect(!"\(sound)".contains(lab.database.password))

        try lab.sql(
            "REVOKE pg_read_all_data FROM opsd; GRANT SELECT ON schema_migrations TO opsd; UPDATE schema_migrations SET dirty = true;")
        let closed = await installation.liveChecks(limit: .seconds(120))
        #expect(closed.troubled == [.databaseRights, .schema] && closed.exitCode == 78)
        #expect(try closed.only(.databaseRights).detail.contains("may not read"))
        #expect(try closed.only(.databaseRights).remedy?.contains("GRANT pg_read_all_data TO \"opsd\"") == true)
        #expect(try closed.only(.schema).detail.contains("dirty"))
        #expect(closed[.probe].allSatisfy { $0.detail.contains("not repeated") })

        try lab.sql("GRANT pg_read_all_data TO opsd; UPDATE schema_migrations SET dirty = false, version = 999;")
        let newer = await installation.liveChecks(limit: .seconds(120))
        #expect(newer.troubled == [.schema] && newer.exitCode == 0)

        try Data("wrong".utf8).write(to: URL(fileURLWithPath: folder.file("state/database-password")))
        let refused = await installation.liveChecks(limit: .seconds(120))
        #expect(refused.troubled == [.database] && refused.exitCode == 69)
        #expect(refused[.databaseRights].isEmpty)

        lab.cluster.stop()
        let gone = await installation.liveChecks(limit: .seconds(120))
        #expect(gone.troubled == [.database] && gone.exitCode == 69)
        lab.stop()
    }
}
