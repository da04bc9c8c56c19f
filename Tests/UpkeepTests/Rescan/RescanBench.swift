import CurlTransport
import Foundation
import HarborAPI
import HarborLab
import HarborStandIn
import JobEngine
import LabServers
import OCIImage
import Postgres
import Retention
import Testing
import Upkeep

/// A Harbor of its own, whose reports are three hours old, with a scanner that knows everything; and rescans of it whose pauses pass quickly.
struct RescanBench {
    static let skipReason: Comment = "skipped: PostgreSQL, docker-registry or openssl is missing on this host"

    let lab: HarborLab
    let standIn: HarborStandIn
    let folder: TemporaryFolder
    let access: HarborAccess
    let run = RunID(startingAt: Date(timeIntervalSince1970: 1_800_000_000))
    let recorder = RunRecorder(progress: SilentProgress(), clock: ContinuousClock())

    private init() async throws {
        lab = try HarborLab.up()
        standIn = try await HarborStandIn.start(lab: lab)
        folder = try TemporaryFolder("opsd-rescan")
        let settings = HarborSettings(
            url: standIn.url, account: HarborAccount(username: standIn.robot, password: .init(standIn.robotPassword)),
            trustedCertificates: standIn.certificateAuthority, version: "test")
        access = HarborAccess(
            client: HarborClient(settings, transport: CurlTransport(), clock: FastClock()), registry: "127.0.0.1:\(standIn.port)",
            database: PostgresSettings(
                host: lab.database.host, port: lab.database.port, database: lab.database.name, user: lab.database.user,
                password: .init(lab.database.password)),
            wallclock: SystemWallClock(), clock: FastClock())
        await setDatabaseAge(3600)
    }

    /// Runs `body`, and ends everything after it.
    static func with(_ body: (RescanBench) async throws -> Void) async throws {
        let bench = try await RescanBench()
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

    /// Lets the scanner say that its database is so many seconds old.
    func setDatabaseAge(_ seconds: TimeInterval) async {
        let time = Date().addingTimeInterval(-seconds).formatted(.iso8601)
        await standIn.jobs.change { $0.scannerProperties = [ScannerProperty.databaseUpdatedAt: time] }
    }

    /// A rescan of everything in `projects` whose report is older than an hour.
    func job(
        projects: [String] = [], wave: Int = 4, window: Duration? = nil, stuckAfter: Duration = .seconds(6000), pins: [String]? = nil,
        usesPullTimes: Bool = false
    ) throws -> RescanJob {
        let list = try pins.map { pins in
            let path = folder.file("pins")
            try Data(pins.map { "127.0.0.1:\(standIn.port)/\($0)" }.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
            return PinSettings(sources: [PinSettings.Source(name: "shop", origin: .file(path))])
        }
        let settings = RescanSettings(
            projects: try projects.map { try DoublestarPattern(parsing: $0) }, reportAge: .seconds(3600), wave: wave, window: window,
            stuckAfter: stuckAfter)
        return RescanJob(access: access, settings: settings, pins: list, usesPullTimes: usesPullTimes)
    }

    /// The word of the refusal that a run ends with; nil for any other end, which is a failed expectation.
    func refusal(of job: RescanJob) async -> Refusal? {
        let error = await #expect(throws: UpkeepError.self) { try await job.run(run, recorder: recorder) }
        guard let error, case .refused(let refusal) = error.code else { return nil }
        return refusal
    }

    var numbers: [String: Int64] {
        var report = RunReport(run: run, job: "rescan", kind: "rescan", started: Date(timeIntervalSince1970: 0))
        recorder.fill(&report)
        return report.numbers
    }

    var codes: [String] { recorder.findings.map(\.code) }

    /// The first finding of that kind.
    func finding(_ code: String) throws -> Finding { try #require(recorder.findings.first { $0.code == code }, "\(recorder.findings)") }

    /// The digests whose scans were asked for, in that order.
    var scanned: [String] {
        standIn.faults.requests.filter { $0.method == "POST" && $0.target.hasSuffix("/scan") }.compactMap { request in
            request.target.split(separator: "/").dropLast().last.map { String($0).replacing("%3A", with: ":") }
        }
    }

    /// A tagged image, by repository.
    func image(_ repository: String) throws -> LabImage {
        try #require(lab.images.first { $0.repository == repository && !$0.tags.isEmpty && $0.kind != .index })
    }

    /// Sets when the last scan of a manifest ended, as SQL's interval before now.
    func age(_ digest: String, _ interval: String) throws {
        try lab.sql(
            """
            UPDATE task SET end_time = now() - interval '\(interval)' WHERE vendor_type = 'IMAGE_SCAN' AND extra_attrs::jsonb -> 'report_uuids'
            ?| (SELECT array_agg(uuid) FROM scan_report WHERE digest = '\(digest)')
            """)
    }
}
