import Foundation
package import Logging
import Synchronization

/// The lines of one run's log on their way to the journal. Collected, so that a line costs no write: they go with the next phase.
package final class RunLog: Sendable {
    private let lines = Mutex<[LogLine]>([])
    private let run: RunID
    private let wallclock: any WallClock

    /// The log of `run`.
    package init(run: RunID, wallclock: any WallClock) {
        self.run = run
        self.wallclock = wallclock
    }

    /// More than this are kept by no journal either; a job that logs in a loop must not fill the memory.
    private static let limit = 5_000

    func add(level: Logger.Level, _ text: String) {
        let line = LogLine(time: wallclock.now, level: level.rawValue, text: text)
        lines.withLock { if $0.count < Self.limit { $0.append(line) } }
    }

    /// What was collected since the last call, as entries of the journal.
    package func takeEntries() -> [JournalEntry] {
        let taken = lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
        return taken.map { .log(run, $0) }
    }
}

/// Passes records on to another handler, and keeps those of a run for the journal.
struct RunLogHandler: LogHandler {
    private var base: any LogHandler
    private let log: RunLog
    /// The journal keeps more than the host's log shows.
    private var shown: Logger.Level

    init(_ base: any LogHandler, log: RunLog) {
        self.base = base
        self.log = log
        shown = base.logLevel
    }

    var logLevel: Logger.Level {
        get { min(shown, .debug) }
        set { shown = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        let own = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        log.add(level: event.level, ([event.message.description] + own).joined(separator: " "))
        if event.level >= shown { base.log(event: event) }
    }
}

/// The logger of the run whose task this is.
package enum RunLogger {
    /// Carries `run.id` and `job.name`; outside a run it logs nothing.
    @TaskLocal package static var current = Logger(label: "opsd.none") { _ in SwiftLogNoOpLogHandler() }
}
