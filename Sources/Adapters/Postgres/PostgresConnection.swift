internal import CLibpq
internal import LocalIO

/// Whether rows of a COPY out are still to come.
enum CopyState {
    case none
    /// The server is sending, or waits for us.
    case streaming
    /// The server has confirmed the end, and the reader does not know it yet.
    case ended
}

/// A connection to a PostgreSQL server, with a thread of its own on which libpq may block.
///
/// Calls take turns. A cancelled task cancels its statement in the server and gets `CancellationError`; the connection stays usable,
/// but a transaction that was open is aborted. Dropped without ``close()``, the connection closes.
package actor PostgresConnection {
    private let queue = SerialQueueExecutor(label: "opsd.postgres")
    /// The connection's own thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// How the connection was made.
    package nonisolated let settings: PostgresSettings
    /// The server's `server_version_num`, such as 150018.
    package private(set) var serverVersion = 0

    private var handle: LibpqHandle?
    private var interrupter: Interrupter?
    /// Where the COPY out is that ``nextCopyRows(_:)`` reads.
    var copyState = CopyState.none

    private init(_ settings: PostgresSettings) { self.settings = settings }

    /// Connects and prepares the session: UTF-8, UTC, ISO dates, exact floats, no search path, no row-level filter, no timeouts
    /// but the given lock timeout.
    ///
    /// Throws ``PostgresError``, or `CancellationError` within a second of the cancellation (name resolution aside).
    package static func connect(_ settings: PostgresSettings) async throws -> PostgresConnection {
        let connection = PostgresConnection(settings)
        try await connection.open()
        try await connection.execute(sessionSetup(lockTimeout: settings.lockTimeout, serverVersion: connection.serverVersion))
        return connection
    }

    private func open() throws {
        let handle = try LibpqHandle(settings)
        try handle.finishConnecting(settings)
        guard let interrupter = Interrupter(handle.pointer) else { throw PostgresError(.protocolViolation, "libpq gives no way to cancel") }
        serverVersion = Int(PQserverVersion(handle.pointer))
        self.handle = handle
        self.interrupter = interrupter
    }

    private static func sessionSetup(lockTimeout: Duration, serverVersion: Int) -> String {
        let (seconds, attoseconds) = lockTimeout.components
        let lockMilliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        var settings = [
            "timezone = 'UTC'", "datestyle = 'ISO, YMD'", "intervalstyle = 'postgres'", "extra_float_digits = 3", "bytea_output = 'hex'",
            "lc_monetary = 'C'", "row_security = off", "standard_conforming_strings = on", "quote_all_identifiers = off",
            "synchronize_seqscans = off", "client_min_messages = warning", "statement_timeout = 0", "lock_timeout = \(lockMilliseconds)",
            "idle_in_transaction_session_timeout = 0",
        ]
        if serverVersion >= 14_00_00 { settings.append("idle_session_timeout = 0") }
        if serverVersion >= 17_00_00 { settings.append("transaction_timeout = 0") }
        return settings.map { "SET \($0);" }.joined() + "SELECT pg_catalog.set_config('search_path', '', false)"
    }

    /// Runs one or several statements and drops their results. Several make one transaction unless they say otherwise.
    package func execute(_ sql: String) async throws {
        let sql = try Self.withoutNUL(sql)
        try await interruptible { handle in
            let result = LibpqResult(PQexec(handle.pointer, sql))
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                copyState = .streaming
                throw PostgresError(.protocolViolation, "COPY was sent as a plain statement; this connection is of no more use")
            default: throw handle.error(of: result)
            }
        }
    }

    /// Runs one statement and returns all its rows; meant for small results. Parameters stand in the text as `$1`, `$2` ...
    package func query(_ sql: String, _ parameters: [String?] = []) async throws -> [PostgresRow] {
        let sql = try Self.withoutNUL(sql)
        for parameter in parameters.compactMap({ $0 }) { _ = try Self.withoutNUL(parameter) }
        return try await interruptible { handle in
            let answer = withCStrings(parameters) { values in
                PQexecParams(handle.pointer, sql, Int32(parameters.count), nil, values, nil, nil, 0)
            }
            let result = LibpqResult(answer ?? nil)
            try handle.check(result, PGRES_TUPLES_OK, PGRES_COMMAND_OK)
            return try result.rows()
        }
    }

    /// Ends the connection. Later calls throw code `connectionLost`; a second close does nothing.
    package func close() {
        interrupter = nil
        handle = nil
    }

    /// Runs `body`, which blocks in libpq, so that a cancellation of the task reaches the server.
    ///
    /// `continuing` marks the steps of a COPY, which end it themselves when the task is cancelled already; any other use of the connection during
    /// one is a mistake of the caller.
    func interruptible<Value>(continuing: Bool = false, _ body: (LibpqHandle) throws -> Value) async throws -> Value {
        if !continuing { try Task.checkCancellation() }
        guard let handle, let interrupter else { throw PostgresError(.connectionLost, "the connection to \(settings) is closed") }
        guard (copyState != .none) == continuing else {
            throw PostgresError(.protocolViolation, continuing ? "there is no COPY under way" : "the connection is in the middle of a COPY")
        }
        interrupter.begin()
        defer { interrupter.end(waiting: !handle.isBroken) }
        // Without `self` in it the closure would not be this actor's: it would block a thread of the cooperative pool.
        return try await withTaskCancellationHandler {
            try self.blocking(body, handle)
        } onCancel: {
            interrupter.cancel()
        }
    }

    private func blocking<Value>(_ body: (LibpqHandle) throws -> Value, _ handle: LibpqHandle) throws -> Value {
        do {
            return try body(handle)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw error
        }
    }

    /// Cancels what the server is doing for us, from this connection's own thread.
    func cancelInServer() { interrupter?.cancelNow() }

    /// libpq takes C strings: text after a NUL would be dropped without a word.
    static func withoutNUL(_ text: String) throws(PostgresError) -> String {
        guard !text.utf8.contains(0) else { throw PostgresError(.protocolViolation, "a statement or parameter contains a NUL character") }
        return text
    }
}
