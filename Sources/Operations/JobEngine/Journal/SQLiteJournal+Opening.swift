package import Foundation
import GRDB
import LocalIO
package import SystemPackage

extension SQLiteJournal {
    /// Opens as ``init(at:)`` does; where the file is damaged or no journal, it is renamed and a new one is begun.
    ///
    /// The old file becomes `<name>.corrupt-<UTC stamp of now>`, with its `-wal` and `-shm` beside it; nothing is deleted. Only for a process that
    /// knows that no other has the journal open: one that has it gets `absent` from its next commit. Throws ``JournalError`` for everything
    /// that is no damage, and then renames nothing.
    package static func openOrSetAside(at path: FilePath, now: Date) throws -> (journal: SQLiteJournal, setAside: FilePath?) {
        let lock = try openingLock(path)
        defer { withExtendedLifetime(lock) {} }
        do {
            return (try SQLiteJournal(lockedAt: path), nil)
        } catch let error as JournalError where error.code == .corrupt {
            let aside = try translating(path) { try setAside(path, now) }
            return (try SQLiteJournal(lockedAt: path), aside)
        }
    }

    /// Keeps two processes from making, migrating and setting aside one journal at once. Waits for the other.
    static func openingLock(_ path: FilePath) throws -> ProcessLock {
        try translating(path) {
            try Folder.make(path.removingLastComponent())
            let lock = FilePath(path.string + ".lock")
            try makeFile(lock)
            return try ProcessLock(lock, holder: "opening \(path)", waiting: true)
        }
    }

    /// SQLite would make the file with the umask's mode, and root's files would stay root's: the daemon could not open them.
    static func makeFile(_ path: FilePath) throws {
        guard try status(path) == nil else { return }
        let folder = try FileStatus(path.removingLastComponent())
        let file = try DurableFile(path)
        try? file.setOwner(folder.owner, group: folder.group)  // only root may give a file away; everybody else's are their own anyway
        do {
            try file.commit()
        } catch {
            guard error.code == .exists else { throw error }
        }
    }

    /// Nil where there is no file.
    static func status(_ path: FilePath) throws -> FileStatus? {
        do {
            return try FileStatus(path)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    // The main file goes last. A crash before that leaves it to be examined once more, without its log; the other way round SQLite would find a
    // log without a main file and delete it.
    private static func setAside(_ path: FilePath, _ now: Date) throws -> FilePath {
        let second = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
        let stamp = second.formatted(.iso8601).filter { !"-:".contains($0) }
        let suffixes = ["-wal", "-shm", ""]
        var aside = FilePath("\(path.string).corrupt-\(stamp)")
        var number = 1
        while try suffixes.contains(where: { try status(FilePath(aside.string + $0)) != nil }) {
            number += 1
            aside = FilePath("\(path.string).corrupt-\(stamp)-\(number)")
        }
        for suffix in suffixes where try status(FilePath(path.string + suffix)) != nil {
            try FileManager.default.moveItem(atPath: path.string + suffix, toPath: aside.string + suffix)
        }
        try Folder.sync(path.removingLastComponent())
        return aside
    }

    // MARK: - What a file is

    /// Above this size, in bytes, an open examines runs and state, and not their details.
    static let wholeCheckLimit: Int64 = 64 << 20

    /// Throws `corrupt` or `newer` for a file that must not be written to. Changes no byte of it.
    static func examine(_ path: FilePath, wholeUpTo limit: Int64 = wholeCheckLimit) throws {
        let queue = try DatabaseQueue(path: path.string, configuration: examining)
        try queue.read { db in
            guard try !isEmpty(db) else { return }
            try checkReadable(db, path, olderIsFine: true)
            let size = try FileStatus(path).size
            // The whole file takes a second per some hundred megabytes, and far more from a cold disk.
            let targets =
                size <= limit
                ? [""] : ["(runs)", "(job_summaries)", "(outcome_totals)", "(timetables)", "(pauses)", "(holds)", "(vault_facts)"]
            for target in targets {
                let answer = try String.fetchOne(db, sql: "PRAGMA quick_check\(target)")
                guard answer == "ok" else { throw damaged(path, answer ?? "no answer") }
            }
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM runs WHERE state <> 'ended'")
        }
        try queue.close()
    }

    private static var examining: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.label = "journal examination"
        return configuration
    }

    private static func isEmpty(_ db: Database) throws -> Bool {
        guard try Int.fetchOne(db, sql: "PRAGMA user_version") == 0, try Int.fetchOne(db, sql: "PRAGMA application_id") == 0 else {
            return false
        }
        return try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
    }

    /// Throws unless the tables are those of a journal, in a version that this program knows.
    static func checkReadable(_ db: Database, _ path: FilePath, olderIsFine: Bool = false) throws {
        guard try !isEmpty(db) else { throw absent(path) }
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == JournalSchema.applicationID else {
            throw damaged(path, "it is a database, but not a journal of opsd")
        }
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version <= JournalSchema.version else {
            throw JournalError(
                .newer, "the journal \(path) has version \(version), this opsd knows versions up to \(JournalSchema.version)",
                remedy: "upgrade opsd")
        }
        guard version > 0 else { throw damaged(path, "it has no version") }
        guard version == JournalSchema.version else {
            if olderIsFine { return }
            throw JournalError(
                .failed, "the journal \(path) has version \(version), older than \(JournalSchema.version)",
                remedy: "start the daemon once, which brings it up to date")
        }
        let tables = try Set(String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
        guard let missing = JournalSchema.tables.subtracting(tables).min() else { return }
        throw damaged(path, "it has no table \(missing)")
    }

    static func absent(_ path: FilePath) -> JournalError {
        JournalError(.absent, "there is no journal at \(path)", remedy: "start the daemon or run a job, which makes it")
    }

    private static func damaged(_ path: FilePath, _ how: String) -> JournalError {
        JournalError(
            .corrupt, "the journal \(path) is damaged: \(how.replacing("\n", with: " "))",
            remedy: "restart opsd, which sets a damaged journal aside and begins a new one")
    }

    // MARK: - Errors

    /// Runs `body`, and says in our words what SQLite and the system say in theirs.
    static func translating<Value>(_ path: FilePath, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as JournalError {
            throw error
        } catch let error as DatabaseError {
            throw translated(error, path)
        } catch let error as LocalIOError {
            let code: JournalError.Code =
                switch error.code {
                case .denied: .denied
                case .full: .full
                case .busy: .unavailable
                case .notFound, .exists, .failed: .failed
                }
            throw JournalError(code, "the journal \(path) cannot be used", remedy: remedy(code), cause: error)
        } catch {
            throw JournalError(.failed, "the journal \(path) cannot be used", remedy: remedy(.failed), cause: error)
        }
    }

    private static func translated(_ error: DatabaseError, _ path: FilePath) -> JournalError {
        // SQL and its arguments stay out of the message.
        let text = "SQLite says '\(error.message ?? "nothing")' (code \(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return damaged(path, text)
        default:
            let code: JournalError.Code =
                switch error.resultCode {
                case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: .unavailable
                case .SQLITE_FULL: .full
                case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_CANTOPEN: .denied
                default: .failed
                }
            return JournalError(code, "the journal \(path) cannot be used: \(text)", remedy: remedy(code))
        }
    }

    private static func remedy(_ code: JournalError.Code) -> String {
        switch code {
        case .unavailable:
            "try again; if it stays, look for a process that holds the journal, such as a copy or a backup of the state folder"
        case .full: "make room on the filesystem of the state folder"
        case .denied: "run as the user that owns the state folder, and see that its filesystem is mounted for writing"
        case .absent, .corrupt, .newer, .failed: "look at the state folder and the system's log"
        }
    }
}
