import Foundation
import HarborAPI
import JobEngine
import LocalIO
import OCIImage
import SystemPackage

/// Keeps what Harbor's collections of one run logged, since Harbor forgets it: `gc/<run>.log` in the state directory.
struct CollectionLog: Sendable {
    /// What a log says.
    struct Report: Sendable, Equatable {
        /// Contents that were named as garbage.
        var eligible: Set<Digest> = []
        /// Harbor's window, where the log states it.
        var windowHours: Int?
        /// The last line that reports an error.
        var lastError: String?
    }

    /// The most bytes of a collection's log that are kept: its beginning and its end.
    private static let limit = 16 << 20
    /// Logs of more runs than these are removed, the oldest first.
    private static let runs = 50

    private let folder: FilePath
    /// Where the log is kept.
    let path: FilePath

    init(run: RunID, stateDirectory: FilePath) {
        folder = stateDirectory.appending("gc")
        path = folder.appending("\(run).log")
    }

    /// Asks Harbor for the log and appends it, without the address of Redis, which holds a password. A log that cannot be had, which
    /// returns nil, or cannot be kept is said and fails nothing here.
    func keep(_ title: String, _ number: Int64, _ client: HarborClient, _ recorder: RunRecorder) async -> Report? {
        var report: Report?
        do {
            let text = Self.masked(try await client.collectionLog(number))
            report = Self.read(text)
            try append(title, text)
        } catch {
            recorder.note(Finding(.remark, "gc_log_lost", "the log of \(title) cannot be \(report == nil ? "read" : "kept"): \(error)"))
        }
        return report
    }

    /// What the lines of `text` say, as Harbor 2.11 to 2.15 write them.
    static func read(_ text: String) -> Report {
        var report = Report()
        for line in text.split(whereSeparator: \.isNewline) {
            if let mark = line.range(of: "blob eligible for deletion: ") {
                if let digest = Digest(parsing: Array(line[mark.upperBound...].prefix { !$0.isWhitespace && $0 != "," }.utf8)) {
                    report.eligible.insert(digest)
                }
            } else if let mark = line.range(of: "time_window: ") {
                report.windowHours = Int(line[mark.upperBound...].prefix(while: \.isNumber)) ?? report.windowHours
            } else if line.contains("[ERROR]") {
                report.lastError = String(line.suffix(500))
            }
        }
        return report
    }

    /// Any address with a scheme of Redis, up to where it ends.
    static func masked(_ text: String) -> String {
        text.replacing(/(?i)rediss?(\+sentinel)?:\/\/[^\s"'\\\]}]*/) { _ in "redis://<redacted>" }
    }

    private func append(_ title: String, _ text: String) throws {
        try Folder.make(folder)
        let before = try Self.contents(of: path)
        var bytes = Array(text.utf8)
        if bytes.count > Self.limit {
            let half = Self.limit / 2
            bytes =
                Array(bytes.prefix(half)) + Array("\n... \(bytes.count - Self.limit) bytes left out ...\n".utf8) + Array(bytes.suffix(half))
        }
        try DurableFile.write(before + Array("== \(title)\n".utf8) + bytes + [UInt8(ascii: "\n")], to: path, replacing: true)
        // Names begin with the run's start, so they sort by time.
        let logs = try Folder.names(folder).filter { $0.hasSuffix(".log") && !$0.hasPrefix(".") }.sorted()
        for name in logs.dropLast(Self.runs) { try DurableFile.remove(folder.appending(name)) }
    }

    private static func contents(of path: FilePath) throws(LocalIOError) -> [UInt8] {
        do {
            return try FileReader.contents(of: path, limit: 4 * limit)
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }
}
