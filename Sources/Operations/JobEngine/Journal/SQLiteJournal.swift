import Foundation
import GRDB
import LocalIO
package import SystemPackage

/// The journal in one SQLite file, in WAL mode: one process writes at a time, any number read meanwhile.
///
/// Every commit is synced before it returns. `Journal.md` in this module's documentation is the format.
package final class SQLiteJournal: RunJournal {
    /// Where the journal is.
    package let path: FilePath
    /// Whether it was opened by ``init(reading:)``.
    package var isReadOnly: Bool { writer == nil }

    private let reader: any DatabaseReader
    private let writer: (any DatabaseWriter)?
    private let opened: FileStatus

    /// Opens the journal at `path`, making it (mode 0600) and its folder (mode 0700) where they are missing, and bringing an older one up to date.
    ///
    /// Throws ``JournalError``: `corrupt`, `newer`, `full`, `denied`, `unavailable` after 5 seconds of another's writing, `failed`. It leaves
    /// a journal that it refuses as it was.
    package convenience init(at path: FilePath) throws {
        let lock = try Self.openingLock(path)
        try self.init(lockedAt: path)
        withExtendedLifetime(lock) {}
    }

    /// Opens as ``init(at:)`` does, for a caller that holds the opening lock.
    init(lockedAt path: FilePath) throws {
        self.path = path
        let (pool, status): (DatabasePool, FileStatus) = try Self.translating(path) {
            try Self.makeFile(path)
            try Self.examine(path)
            let pool = try DatabasePool(path: path.string, configuration: Self.configuration(readonly: false))
            // After the pool's own setting, which trades the last commits for speed.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
            }
            try pool.write { db in try JournalSchema.migrate(db) }
            return (pool, try FileStatus(path))
        }
        (reader, writer, opened) = (pool, pool, status)
    }

    /// Opens the journal at `path` to read it, also while another process writes. Makes and changes nothing in it.
    ///
    /// Throws ``JournalError``: `absent` where there is no journal yet, otherwise as ``init(at:)``; `failed` for one of an older version.
    package init(reading path: FilePath) throws {
        self.path = path
        let (queue, status): (DatabaseQueue, FileStatus) = try Self.translating(path) {
            guard let status = try Self.status(path), status.size > 0 else { throw Self.absent(path) }
            let queue = try DatabaseQueue(path: path.string, configuration: Self.configuration(readonly: true))
            try queue.read { db in try Self.checkReadable(db, path) }
            return (queue, status)
        }
        (reader, writer, opened) = (queue, nil, status)
    }

    /// Closes the files; every later call throws. Without it they are closed when the journal goes.
    package func close() throws {
        try Self.translating(path) { try reader.close() }
    }

    // MARK: - Access

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translating(path) { try reader.read(body) }
    }

    /// Runs `body` in a transaction, which is durable when this returns, or undone when it throws.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translating(path) {
            let writer = try writable()
            return try writer.write(body)
        }
    }

    /// Executes one statement outside a transaction.
    func execute(_ sql: String) throws {
        try Self.translating(path) {
            let writer = try writable()
            try writer.writeWithoutTransaction { db in try db.execute(sql: sql) }
        }
    }

    private func writable() throws -> any DatabaseWriter {
        guard let writer else {
            throw JournalError(.denied, "the journal \(path) was opened for reading only", remedy: "let the daemon write to it")
        }
        // A file that was set aside or replaced would still take our commits, and nobody would ever read them.
        guard let now = try Self.status(path), now.isSameFile(as: opened) else {
            throw JournalError(.absent, "the journal \(path) was moved away or replaced while it was open", remedy: "restart opsd")
        }
        return writer
    }

    private static func configuration(readonly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 3
        configuration.label = "journal"
        return configuration
    }

    // MARK: - RunJournal

    /// Writes all entries in one transaction and syncs it, or throws ``JournalError`` and writes none.
    package func commit(_ entries: [JournalEntry]) throws {
        guard !entries.isEmpty else { return }
        try write { db in
            for entry in entries { try Self.apply(entry, db) }
        }
    }

    /// Throws ``JournalError`` unless a commit reaches the disk now. It writes what is there already.
    package func checkWritable() throws {
        // The same version again: the page goes through the write-ahead log and is synced like any other, and no content changes.
        try execute("PRAGMA user_version = \(JournalSchema.version)")
    }
}
