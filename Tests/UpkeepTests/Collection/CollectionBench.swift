import CurlTransport
import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import JobEngine
import LabServers
import OCIImage
import Postgres
import RegistryStorage
import Retention
import SystemPackage
import Testing
import Upkeep
import Vault

/// A Harbor of its own, whose contents are all old enough to be collected, and collections of it.
struct CollectionBench {
    static let skipReason: Comment = "skipped: PostgreSQL, docker-registry or openssl is missing on this host"

    let lab: HarborLab
    let standIn: HarborStandIn
    let folder: TemporaryFolder
    let access: HarborAccess
    /// The newest execution that the lab was made with.
    private let seeded: String
    let run = RunID(startingAt: Date(timeIntervalSince1970: 1_800_000_000))
    let recorder = RunRecorder(progress: SilentProgress(), clock: ContinuousClock())

    init() async throws {
        lab = try HarborLab.up()
        standIn = try await HarborStandIn.start(lab: lab)
        folder = try TemporaryFolder("opsd-gc")
        let settings = HarborSettings(
            url: standIn.url, account: HarborAccount(username: standIn.robot, password: .init(standIn.robotPassword)),
            admin: HarborAccount(username: standIn.admin, password: .init(standIn.adminPassword)),
            trustedCertificates: standIn.certificateAuthority, version: "test")
        access = HarborAccess(
            client: HarborClient(settings, transport: CurlTransport(), clock: ContinuousClock()), registry: "127.0.0.1:\(standIn.port)",
            database: PostgresSettings(
                host: lab.database.host, port: lab.database.port, database: lab.database.name, user: lab.database.user,
                password: .init(lab.database.password)),
            wallclock: SystemWallClock(), clock: ContinuousClock())
        try lab.sql("UPDATE blob SET update_time = now() - interval '3 h'")
        // The lab's own schedule is of long ago, and nothing ever began by it.
        try lab.sql("DELETE FROM schedule WHERE vendor_type = 'GARBAGE_COLLECTION'")
        seeded = try lab.sql("SELECT coalesce(max(id), 0) FROM execution")
    }

    /// Runs `body`, and ends everything after it.
    static func with(_ body: (CollectionBench) async throws -> Void) async throws {
        let bench = try await CollectionBench()
        do {
            try await body(bench)
        } catch {
            await bench.end()
            throw error
        }
        await bench.end()
    }

    private func end() async {
        standIn.stop()
        await standIn.database.close()
        lab.stop()
    }

    /// Without coverage and with all shares allowed, unless a test says otherwise.
    func job(
        _ settings: CollectionSettings = CollectionSettings(share: 1, requiresCoverage: false), pins: [String]? = nil,
        clock: (any Clock<Duration>)? = nil, hasStorage: Bool = true
    ) throws -> CollectionJob {
        let list = try pins.map { pins in
            let path = folder.file("pins")
            try Data(pins.map { "127.0.0.1:\(standIn.port)/\($0)" }.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
            return PinSettings(sources: [PinSettings.Source(name: "shop", origin: .file(path))])
        }
        return CollectionJob(
            access: clock.map(access(by:)) ?? access, settings: settings, pins: list, vault: nil,
            storage: hasStorage ? try RegistryStorage(root: FilePath(lab.storage)) : nil,
            stateDirectory: FilePath(folder.file("state")))
    }

    private func access(by clock: any Clock<Duration>) -> HarborAccess {
        HarborAccess(
            client: access.client, registry: access.registry, database: access.database, wallclock: access.wallclock, clock: clock)
    }

    /// The word of the refusal that a run ends with; nil for any other end, which is a failed expectation.
    func refusal(of job: CollectionJob) async -> Refusal? {
        let error = await #expect(throws: UpkeepError.self) { try await job.run(run, recorder: recorder) }
        guard let error, case .refused(let refusal) = error.code else { return nil }
        return refusal
    }

    var report: RunReport {
        var report = RunReport(run: run, job: "gc", kind: "gc", started: Date(timeIntervalSince1970: 0))
        recorder.fill(&report)
        return report
    }

    /// Waits for the real collection to have deleted some and not all. A run that ended early never gets there.
    func waitUntilHeld() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await standIn.jobs.waitUntilHeld(.garbageCollection, at: .midSweep) }
            group.addTask {
                try await Task.sleep(for: .seconds(60))
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    var codes: [String] { recorder.findings.map(\.code) }

    func hasFile(_ digest: String) -> Bool { FileManager.default.fileExists(atPath: lab.blobFile(digest)) }

    /// Real collections that were asked for, without dry runs.
    func realCollections() throws -> String {
        try lab.sql(
            "SELECT count(*) FROM execution WHERE vendor_type = 'GARBAGE_COLLECTION' AND id > \(seeded) AND NOT (extra_attrs->>'dry_run')::boolean"
        )
    }

    /// The digest of an image that somebody deleted.
    func retired() throws -> String { try lab.sql("SELECT digest FROM artifact_trash WHERE repository_name = 'library/retired'") }
}
