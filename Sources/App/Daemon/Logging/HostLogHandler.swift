import Foundation
import Glibc
package import JobEngine
package import Logging

/// Writes records to standard error, one a line: for the journal of the host with its priority in front, elsewhere with the time.
package struct HostLogHandler: LogHandler {
    /// Records below it are dropped.
    package var logLevel: Logger.Level = .info
    /// Goes with every record.
    package var metadata: Logger.Metadata = [:]
    private let isJournal: Bool
    private let wallclock: any WallClock
    private let write: @Sendable (String) -> Void

    /// `isJournal` where standard error is the host's journal, which knows the time and reads `<3>` as a priority (sd-daemon(3)).
    package init(
        isJournal: Bool, wallclock: any WallClock, write: @escaping @Sendable (String) -> Void = { HostLogHandler.toStandardError($0) }
    ) {
        self.isJournal = isJournal
        self.wallclock = wallclock
        self.write = write
    }

    /// Metadata of every record.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    package func log(event: LogEvent) {
        guard event.level >= logLevel else { return }
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        let pairs = all.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted($0.value.description))" }
        let text = ([event.message.description] + pairs).joined(separator: " ")
        let head = isJournal ? "<\(Self.priority(event.level))>" : "\(wallclock.now.formatted(.iso8601)) \(event.level.rawValue) "
        write(head + Self.oneLine(text) + "\n")
    }

    /// syslog's priorities; `notice` is what an operator reads every day, `err` wakes somebody.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// A value with blanks is quoted, so that the next key can be told from it.
    private static func quoted(_ value: String) -> String {
        guard value.isEmpty || value.contains(where: { $0 == " " || $0 == "=" || $0 == "\"" || $0.isNewline }) else { return value }
        return "\"\(value.replacingOccurrences(of: "\"", with: "'"))\""
    }

    /// A newline would begin a record of its own, without priority.
    private static func oneLine(_ text: String) -> String {
        guard text.contains(where: \.isNewline) else { return text }
        return String(text.map { $0.isNewline ? " " : $0 })
    }

    /// One `write(2)` a line, so that lines of two threads never mix.
    package static func toStandardError(_ line: String) {
        var bytes = Array(line.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            // Nobody can be told that the log is closed or full.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
