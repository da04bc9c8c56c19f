import Assembly
import Foundation
import JobEngine
import LabServers
import Logging
import Synchronization
import SystemPackage

@testable import Daemon

/// A registry host without a daemon: a configuration, a journal, an engine that does not turn.
struct WatchedHost {
    let folder: TemporaryFolder
    let journal: SQLiteJournal
    let state: DaemonState
    let engine: JobEngine
    let lines = LoggedLines()

    private struct Fixed: WallClock {
        let now = WatchedHost.now
    }

    static let now = Date(timeIntervalSince1970: 1_795_000_000)

    /// `harbor` and `database` are sections of the configuration.
    init(harbor: String = "", database: String = "database: {host: 127.0.0.1, port: 1, user: opsd}") async throws {
        folder = try TemporaryFolder("opsd-daemon", inMemory: true)
        let file = FilePath(folder.file("opsd.yaml"))
        let text = """
            \(harbor)
            \(database)
            storage: {filesystem: \(folder.file("registry"))}
            vaults:
              main:
                target: {filesystem: \(folder.file("vault"))}
                recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]
                signing_key_file: \(folder.file("signing-key"))
            pins: {files: {shop: \(folder.file("pins"))}}
            jobs:
              backup: {schedule: "15 2 * * *"}
            \(harbor.isEmpty ? "" : Self.upkeep)
            state_directory: \(folder.file("state"))

            """
        try Data(text.utf8).write(to: URL(filePath: file.string))
        let installation = try Installation.load(file, stateDirectory: nil, environment: [:])
        state = DaemonState(installation, started: Self.now)
        journal = try SQLiteJournal(at: installation.journalPath)
        engine = JobEngine(
            journal: journal, runner: InstallationRunner(installation), host: "host",
            stateDirectory: installation.configuration.stateDirectory,
            wallclock: Fixed(), clock: ContinuousClock(), logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
        try await engine.start(installation.jobDefinitions)
    }

    private static let upkeep = """
          gc: {schedule: "30 4 * * *", deadline: 8h, requires: {complete_snapshot: 26h}}
          retention: {schedule: manual, mode: report, harbor_policies: true}
          rescan: {schedule: manual}
          pin-check: {schedule: manual}
        """

    var watch: HarborWatch {
        let lines = lines
        return HarborWatch(
            state: state, journal: journal, clock: ContinuousClock(), logger: Logger(label: "watch") { _ in LineHandler(lines: lines) })
    }

    /// Samples by name and labels, as a scrape sees them.
    func samples() async throws -> [String: Double] {
        let collector = MetricsCollector(state: state, engine: engine, journal: journal, wallclock: Fixed())
        let lines = try await collector.text().split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Dictionary(
            lines.compactMap { line in line.lastIndex(of: " ").map { (String(line[..<$0]), Double(line[line.index(after: $0)...]) ?? .nan) }
            },
            uniquingKeysWith: { first, _ in first })
    }

    /// Journals a run that ended.
    func end(
        _ number: Int, _ job: String, _ kind: JobKind, _ outcome: RunOutcome, reason: String? = nil, numbers: [String: Int64] = [:]
    ) throws {
        let start = Self.now.addingTimeInterval(Double(number - 100) * 60)
        var record = RunRecord(id: RunID(startingAt: start), job: job, kind: kind, vault: "main", trigger: .manual, admitted: start)
        record.state = .ended(outcome)
        record.started = start
        record.finished = start.addingTimeInterval(30)
        record.seconds = 30
        record.reason = reason
        var report = RunReport(run: record.id, job: job, kind: kind.rawValue, started: start)
        report.outcome = outcome
        report.numbers = numbers
        try journal.commit([.ended(record, report)])
    }

    /// Journals that the vault was looked at.
    func note(recoveryPoint: Date?) throws {
        var facts = VaultFacts(vault: "main", observed: Self.now)
        facts.recoveryPoint = recoveryPoint
        facts.isWhole = true
        try journal.commit([.vault(facts)])
    }
}

/// What was logged.
final class LoggedLines: Sendable {
    private let all = Mutex<[String]>([])

    var text: [String] { all.withLock { $0 } }

    func add(_ line: String) { all.withLock { $0.append(line) } }
}

/// Writes records into ``LoggedLines``.
struct LineHandler: LogHandler {
    let lines: LoggedLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(lines: LoggedLines) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])")
    }
}
