import AgeEncryption
import CurlTransport
import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import JobEngine
import LabServers
import LocalIO
import OCIImage
import Postgres
import Retention
import SSHSignature
import SystemPackage
import Testing
import Upkeep
import Vault
import VaultTargets

/// A Harbor of its own with builds and a release of `library/shop`, all of them old and saved in a vault, and retention in it.
struct RetentionBench {
    static let skipReason: Comment = "skipped: PostgreSQL, docker-registry or openssl is missing on this host"

    let lab: HarborLab
    let standIn: HarborStandIn
    let folder: TemporaryFolder
    let client: HarborClient
    let clock = QuickClock()
    let vault: Vault
    let builds: [LabImage]
    private let signingKey: SSHSigningKey

    /// Runs `body` with a new bench, and ends everything after it.
    static func with(builds: Int = 4, _ body: (RetentionBench) async throws -> Void) async throws {
        let bench = try await RetentionBench(builds: builds)
        do {
            try await body(bench)
        } catch {
            await bench.end()
            throw error
        }
        await bench.end()
    }

    private init(builds: Int) async throws {
        // Servers that start block their thread, which the other tests shall not wait for.
        lab = try await onBlockingThread { try HarborLab.up() }
        standIn = try await HarborStandIn.start(lab: lab)
        folder = try TemporaryFolder("opsd-retention")
        let settings = HarborSettings(
            url: standIn.url, account: HarborAccount(username: standIn.robot, password: .init(standIn.robotPassword)),
            trustedCertificates: standIn.certificateAuthority, version: "test")
        client = HarborClient(settings, transport: CurlTransport(), clock: clock)
        self.builds = try await onBlockingThread { [lab] in try Self.push(builds, to: lab) }
        signingKey = SSHSigningKey.make(comment: "registry host")
        let keys = VaultKeys(
            recipients: [AgeIdentity.make().recipient], catalogIdentity: AgeIdentity.make(), signingKey: signingKey,
            signers: [signingKey.publicKey])
        let target = FilesystemTarget(root: FilePath(folder.file("vault")))
        try FileManager.default.createDirectory(atPath: folder.file("vault"), withIntermediateDirectories: true)
        _ = try await Vault.initialize(target: target, keys: keys, at: Date())
        vault = try await Vault.open(name: "main", target: target, keys: keys, stateFolder: FilePath(folder.file("vault-state")))
    }

    /// Pushes builds that share a layer, an hour after each other, and makes them and everything else old.
    private static func push(_ count: Int, to lab: HarborLab) throws -> [LabImage] {
        let images = try (1...count).map { number in
            try lab.pushImage(repository: "shop", tags: ["build-\(number)"], layers: ["the base of all builds", "build \(number)"])
        }
        let hours = images.enumerated().map { place, image in
            """
            UPDATE artifact SET push_time = push_time + interval '\(place + 1) h' WHERE digest = '\(image.digest)';
            UPDATE tag SET push_time = push_time + interval '\(place + 1) h' WHERE name = 'build-\(place + 1)';
            """
        }
        let old = ["artifact", "tag"].map { "UPDATE \($0) SET push_time = now() - interval '60 d';" }
        try lab.sql((old + hours).joined(separator: "\n"))
        return images
    }

    private func end() async {
        standIn.stop()
        await standIn.database.close()
        lab.stop()
    }

    /// Saves all blobs but those of `except` in the vault, as a backup whose database is of `date`.
    func save(at date: Date = Date(), except: Set<String> = []) async throws {
        let names = try lab.sql("SELECT digest FROM blob UNION SELECT digest FROM artifact").split(separator: "\n").map(String.init)
        let writer = try await PackWriter(on: vault.target, to: vault.dataRecipients)
        for name in names where !except.contains(name) && FileManager.default.fileExists(atPath: lab.blobFile(name)) {
            try await writer.add(try Digest(parsing: name), verified: Array(try Data(contentsOf: URL(fileURLWithPath: lab.blobFile(name)))))
        }
        let pack = try await writer.finish()
        try await vault.catalog.add([pack], state: .unpublished)
        let id = try #require(SnapshotID(parsing: RunID(startingAt: date).description))
        let objects = [
            try await SealedUpload.put([1], as: .snapshot(id, .database), on: vault.target, to: vault.dataRecipients),
            try await SealedUpload.put([2], as: .snapshot(id, .inventory), on: vault.target, to: vault.dataRecipients),
        ]
        let draft = SnapshotDraft(
            id: id, scope: .database, recoveryPoint: date, isComplete: true, versions: SnapshotManifest.Versions(opsd: "test"))
        _ = try await vault.publish(draft, SnapshotContents(objects: objects, stored: [pack.id], needs: [pack.id]), at: date)
    }

    /// Keeps the two newest builds, and has all else in no class.
    static func settings(
        last: Int? = 2, mode: RetentionSettings.Mode = .enforce(from: nil), caps: RetentionSettings.Caps = RetentionSettings.Caps(share: 1),
        pattern: String = "build-*"
    ) throws -> RetentionSettings {
        let members = RetentionClass.Members.tags([try DoublestarPattern(parsing: pattern)], except: [])
        return RetentionSettings(
            mode: mode, classes: [RetentionClass(name: "builds", members: members, keep: .init(last: last))], rollbackReleases: 0,
            caps: caps,
            deletionsPerMinute: 600)
    }

    /// The job at a time of day, with pins where some are given.
    func job(_ settings: RetentionSettings, pins: [String]? = nil, withVault: Bool = true, at now: Date = Date()) throws -> RetentionJob {
        let list = try pins.map { pins in
            let path = folder.file("pins")
            try Data(pins.map { "127.0.0.1:\(standIn.port)/\($0)" }.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
            return PinSettings(sources: [PinSettings.Source(name: "shop", origin: .file(path))])
        }
        return RetentionJob(
            access: access(at: now), settings: settings, pins: list, vault: withVault ? vault : nil, storage: nil,
            stateDirectory: FilePath(folder.file("state")))
    }

    /// The way to the stand-in.
    func access(at now: Date = Date()) -> HarborAccess {
        HarborAccess(
            client: client, registry: "127.0.0.1:\(standIn.port)",
            database: PostgresSettings(
                host: lab.database.host, port: lab.database.port, database: lab.database.name, user: lab.database.user,
                password: .init(lab.database.password)),
            wallclock: StillWallClock(now: now), clock: clock)
    }

    /// One run of a job, with what it said.
    struct Run {
        let recorder = RunRecorder(progress: SilentProgress(), clock: ContinuousClock())
        let id = RunID(startingAt: Date())

        var report: RunReport {
            var report = RunReport(run: id, job: "retention", kind: "retention", started: Date(timeIntervalSince1970: 0))
            recorder.fill(&report)
            return report
        }

        var codes: Set<String> { Set(recorder.findings.map(\.code)) }
        func number(_ name: String) -> Int64 { report.numbers[name] ?? 0 }
    }

    /// The refusal that a run ends with; nil for any other end, which is a failed expectation.
    func refusal(_ job: RetentionJob, _ location: SourceLocation = #_sourceLocation) async -> Refusal? {
        let run = Run()
        let error = await #expect(throws: UpkeepError.self, sourceLocation: location) { try await job.run(run.id, recorder: run.recorder) }
        guard let error, case .refused(let refusal) = error.code else {
            Issue.record("\(String(describing: error))", sourceLocation: location)
            return nil
        }
        return refusal
    }

    /// The builds that the database still has, by number.
    func left() throws -> [Int] {
        let digests = Set(
            try lab.sql("SELECT digest FROM artifact WHERE repository_name = 'library/shop'").split(separator: "\n").map(String.init))
        return builds.indices.filter { digests.contains(builds[$0].digest) }.map { $0 + 1 }
    }

    /// How many artifacts there are in all.
    func artifacts() throws -> Int { Int(try lab.sql("SELECT count(*) FROM artifact")) ?? -1 }

    /// Requests that would delete.
    var deletions: [StandInState.Record] { standIn.faults.requests.filter { $0.method == "DELETE" } }
}
