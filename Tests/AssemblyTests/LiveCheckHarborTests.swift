import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import LabServers
import LocalIO
import Testing

@testable import Assembly

@Suite("trying Harbor's API", .enabled(if: HarborLab.available(), "needs PostgreSQL and docker-registry"))
struct LiveCheckHarborTests {
    /// A Harbor, and the files of a host that asks it.
    private struct Host {
        let lab: HarborLab
        let standIn: HarborStandIn
        let folder: TemporaryFolder
        let wallclock = SettableClock()

        static func up() async throws -> Host {
            let lab = try await onBlockingThread { try HarborLab.up() }
            let host = Host(
                lab: lab, standIn: try await HarborStandIn.start(lab: lab), folder: try TemporaryFolder("opsd-live", inMemory: true))
            try host.write(host.standIn.robotPassword, to: "robot")
            try host.write(host.standIn.adminPassword, to: "admin")
            return host
        }

        func write(_ text: String, to name: String) throws {
            try Data("\(text)\n".utf8).write(to: URL(filePath: folder.file(name)))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file(name))
        }

        func installation(replacing changes: [String: String] = [:], adding more: String = "") throws -> Installation {
            var text = """
                harbor:
                  url: \(standIn.url)
                  username: robot$opsd
                  password_file: \(folder.file("robot"))
                  ca_file: \(standIn.certificateAuthority)
                database: {host: 127.0.0.1, user: opsd}
                vaults: {main: {target: {filesystem: \(folder.file("vault"))}, signing_key_file: /k}}
                jobs: {rescan: {schedule: manual}}

                """
            for (old, new) in changes { text.replace(old, with: new) }
            return Installation(
                try Configuration.parse(text + more, file: "opsd.yaml"), environment: [:], wallclock: wallclock, clock: HastyClock())
        }

        func rows(replacing changes: [String: String] = [:], adding more: String = "") async throws -> LiveCheckReport {
            let installation = try installation(replacing: changes, adding: more)
            let section = try #require(installation.configuration.harbor)
            let report = LiveCheckReport(checks: await HarborLiveCheck(installation: installation, section: section).rows())
            for check in report.checks { #expect(check.remedy?.isEmpty != true && !check.detail.isEmpty, "\(check)") }
            #expect(!"\(report)".contains(standIn.robotPassword) && !"\(report)".contains(standIn.adminPassword))
            return report
        }

        func down() {
            standIn.stop()
            lab.stop()
        }
    }

    @Test("a robot with its rights is fine in every row; Harbor's own troubles are warnings that name what they cost")
    func harbor() async throws {
        let host = try await Host.up()
        defer { host.down() }
        let sound = try await host.rows()
        #expect(sound.checks.map(\.name) == [.harbor, .harborParts, .harborAccount, .collectionHold, .scanner])
        #expect(sound.checks.allSatisfy { $0.result == .ok }, "\(sound.checks)")
        #expect(try sound.only(.harbor).detail.contains(/^answers over TLS, Harbor 2\.\d+\.\d+$/))
        #expect(try sound.only(.harborAccount).target == "robot$opsd")
        #expect(try sound.only(.scanner).detail.contains("2026-01-01T00:00:00Z"))

        try await host.standIn.database.setReadOnly(true)
        let readOnly = try await host.rows()
        #expect(readOnly.troubled == [.harbor] && readOnly.exitCode == 0)
        #expect(try readOnly.only(.harbor).detail.contains("read-only mode"))
        try await host.standIn.database.setReadOnly(false)

        try await host.installation().harborClient().pauseQueue("GARBAGE_COLLECTION")
        let paused = try await host.rows()
        #expect(paused.troubled == [.collectionHold] && paused.exitCode == 0)
        #expect(try paused.only(.collectionHold).detail.contains("is paused"))
        try await host.installation().harborClient().resumeQueue("GARBAGE_COLLECTION")

        host.wallclock.advance(by: 3 * 86_400)
        let old = try await host.rows()
        #expect(old.troubled == [.scanner] && old.exitCode == 0)
        #expect(try old.only(.scanner).detail.contains("more than 2d ago: a rescan is refused"))
        await host.standIn.jobs.change { $0.scannerProperties = nil }
        #expect(try await host.rows().only(.scanner).detail.contains("does not say how old"))
        await host.standIn.jobs.change { $0.isScannerHealthy = false }
        let ill = try await host.rows()
        #expect(try ill.only(.scanner).detail.contains("is unhealthy") && ill.exitCode == 0)
    }

    @Test("an account that is nobody is a failure of the configuration, and what it may not do is a warning with the permission's name")
    func accounts() async throws {
        let host = try await Host.up()
        defer { host.down() }
        let admin = "  admin: {username: admin, password_file: \(host.folder.file("admin"))}\ndatabase:"
        let both = try await host.rows(replacing: ["database:": admin])
        #expect(try both.only(.harborAdmin).result == .ok && both.exitCode == 0)
        let mixed = try await host.rows(replacing: [
            "database:": admin.replacing("admin,", with: "robot$opsd,").replacing("/admin}", with: "/robot}")
        ])
        #expect(mixed.troubled == [.harborAdmin] && mixed.exitCode == 0)
        let strong = try await host.rows(replacing: ["robot$opsd": "admin", "/robot\n": "/admin\n"])
        #expect(strong.troubled == [.harborAccount] && strong.exitCode == 0)
        #expect(try strong.only(.harborAccount).detail.contains("may do everything"))

        try await host.standIn.database.revoke("jobservice-monitor", "list", fromRobot: "opsd")
        let blind = try await host.rows()
        #expect(blind.troubled == [.collectionHold] && blind.exitCode == 0)
        #expect(try blind.only(.collectionHold).detail.contains("jobservice-monitor: list (system)"))
        try await host.standIn.database.revoke("scanner", fromRobot: "opsd")
        #expect(try await host.rows().troubled == [.collectionHold, .scanner])
        let careless = try await host.rows(replacing: ["jobs: {rescan: {schedule: manual}}": ""])
        #expect(try careless.only(.scanner).result == .skipped)

        try host.write("wrong", to: "robot")
        let nobody = try await host.rows()
        #expect(nobody.troubled == [.harborAccount] && nobody.exitCode == 78 && nobody[.collectionHold].isEmpty)
        #expect(try nobody.only(.harborAccount).remedy?.contains("disabled or expired") == true)
        try FileManager.default.removeItem(atPath: host.folder.file("robot"))
        let missing = try await host.rows()
        #expect(missing.troubled == [.harborAccount] && missing.exitCode == 78)
    }

    @Test("a certificate that nobody vouches for is the configuration's, a core that is down is out of reach")
    func reach() async throws {
        let host = try await Host.up()
        defer { host.down() }
        let untrusted = try await host.rows(replacing: ["  ca_file: \(host.standIn.certificateAuthority)\n": ""])
        #expect(untrusted.checks.map(\.name) == [.harbor] && untrusted.exitCode == 78)
        host.standIn.faults.isCoreDown = true
        let down = try await host.rows()
        #expect(down.checks.map(\.name) == [.harbor] && down.exitCode == 69)
        host.standIn.faults.isCoreDown = false
        host.standIn.stop()
    }
}
