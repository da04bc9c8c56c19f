import Assembly
import Foundation
import HarborLab
import HarborStandIn
import JobEngine
import LabServers
import Testing

@testable import Daemon

@Suite(
    "Looking at Harbor",
    .enabled(if: HarborLab.available(), "skipped: PostgreSQL, docker-registry or openssl is missing on this host"), .timeLimit(.minutes(5)))
struct HarborWatchTests {
    /// A Harbor of its own and a host that looks at it.
    private static func with(_ body: (WatchedHost, HarborStandIn, HarborLab) async throws -> Void) async throws {
        let lab = try HarborLab.up()
        defer { lab.stop() }
        let standIn = try await HarborStandIn.start(lab: lab)
        let secrets = try TemporaryFolder("opsd-secrets")
        for (name, secret) in [("robot", standIn.robotPassword), ("database", lab.database.password)] {
            try Data(secret.utf8).write(to: URL(filePath: secrets.file(name)))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secrets.file(name))
        }
        do {
            let host = try await WatchedHost(
                harbor: """
                    harbor:
                      url: \(standIn.url)
                      username: \(standIn.robot)
                      password_file: \(secrets.file("robot"))
                      ca_file: \(standIn.certificateAuthority)
                    """,
                database: """
                    database:
                      host: \(lab.database.host)
                      port: \(lab.database.port)
                      name: \(lab.database.name)
                      user: \(lab.database.user)
                      password_file: \(secrets.file("database"))
                    """)
            try await body(host, standIn, lab)
            for secret in [standIn.robotPassword, lab.database.password] {
                #expect(host.lines.text.allSatisfy { !$0.contains(secret) })
            }
        } catch {
            standIn.stop()
            await standIn.database.close()
            throw error
        }
        standIn.stop()
        await standIn.database.close()
    }

    @Test("a Harbor that is well tells all, and nothing is logged of it")
    func well() async throws {
        try await Self.with { host, _, _ in
            #expect(await host.watch.look([]) == [])
            let facts = try #require(host.state.lastLook.harbor)
            #expect(facts.isUp && facts.isHealthy == true && facts.acceptsAccount == true && facts.isReadOnly == false)
            #expect(facts.isCollectionQueuePaused == false && facts.isScannerHealthy == true)
            #expect(facts.scannerDatabase == Date(timeIntervalSince1970: 1_767_225_600))
            let space = try #require(facts.space)
            #expect(space.total > 0 && space.free <= space.total)
            #expect(host.lines.text == [])
        }
    }

    @Test("a scanner that is down, a paused queue and read-only mode are seen with the next look")
    func ill() async throws {
        try await Self.with { host, standIn, lab in
            await standIn.jobs.change { $0.isScannerHealthy = false }
            try lab.sql(
                "INSERT INTO properties (k, v) VALUES ('read_only', 'true') ON CONFLICT (k) DO UPDATE SET v = 'true'")
            _ = await host.watch.look([])
            let facts = try #require(host.state.lastLook.harbor)
            #expect(facts.isUp && facts.isReadOnly == true && facts.isScannerHealthy == false && facts.scannerDatabase == nil)
        }
    }

    @Test("a Harbor that is down is told as such, logged once, and told again when it is back")
    func down() async throws {
        try await Self.with { host, standIn, _ in
            standIn.faults.isCoreDown = true
            let told = await host.watch.look([])
            #expect(host.state.lastLook.harbor?.isUp == false && host.state.lastLook.harbor?.isReadOnly == nil)
            #expect(!told.isEmpty && host.lines.text.count == told.count)
            #expect(host.lines.text.allSatisfy { $0.hasPrefix("warning ") })
            #expect(await host.watch.look(told) == told)
            #expect(host.lines.text.count == told.count)
            standIn.faults.isCoreDown = false
            #expect(await host.watch.look(told) == [])
            #expect(host.lines.text.last?.hasPrefix("notice ") == true && host.state.lastLook.harbor?.isUp == true)
        }
    }

    @Test("a robot that has expired is nobody, which is no outage")
    func expired() async throws {
        try await Self.with { host, standIn, _ in
            standIn.faults.expireCredentials(after: 0)
            let told = await host.watch.look([])
            let facts = try #require(host.state.lastLook.harbor)
            #expect(facts.isUp && facts.acceptsAccount == false && facts.isReadOnly == nil)
            #expect(told.contains { $0.contains("expired") })
        }
    }

    @Test("artifacts that were pushed after the recovery point are counted, once it is known whether there is one")
    func unprotected() async throws {
        try await Self.with { host, _, lab in
            _ = await host.watch.look([])
            #expect(host.state.lastLook.unprotectedArtifacts == nil)
            let all = try #require(Int(try lab.sql("SELECT count(*) FROM artifact").trimmingCharacters(in: .whitespacesAndNewlines)))
            try host.note(recoveryPoint: nil)
            _ = await host.watch.look([])
            #expect(host.state.lastLook.unprotectedArtifacts == all && all > 2)
            try lab.sql("UPDATE artifact SET push_time = timestamp '2026-06-01'; UPDATE artifact SET push_time = '2026-08-01' WHERE id = 1")
            try host.note(recoveryPoint: Date(timeIntervalSince1970: 1_782_864_000))
            _ = await host.watch.look([])
            #expect(host.state.lastLook.unprotectedArtifacts == 1)
        }
    }
}

@Suite("Looking at no Harbor")
struct NoHarborWatchTests {
    @Test("without 'harbor:' nothing is asked, and a database that does not answer is a problem that is told once")
    func none() async throws {
        let host = try await WatchedHost()
        #expect(await host.watch.look([]) == [])
        #expect(host.state.lastLook.harbor == nil && host.lines.text == [])
        try host.note(recoveryPoint: WatchedHost.now)
        let told = await host.watch.look([])
        #expect(told.count == 1 && host.lines.text.count == 1)
        #expect(host.state.lastLook.unprotectedArtifacts == nil)
        #expect(await host.watch.look(told) == told)
        #expect(host.lines.text.count == 1)
    }

    @Test("a secret that cannot be read, and a name that leads nowhere, are problems and no failure")
    func unreachable() async throws {
        let harbor = "harbor: {url: \"https://127.0.0.1:1\", username: robot$opsd, password_file: harbor-password}"
        let host = try await WatchedHost(harbor: harbor)
        let told = await host.watch.look([])
        #expect(host.state.lastLook.harbor?.isUp == false)
        #expect(told.count == 1)
    }
}
