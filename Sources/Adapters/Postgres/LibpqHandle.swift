internal import CLibpq
internal import Glibc

/// Owns one libpq connection, and frees it. Belongs to one ``PostgresConnection`` and is touched on its thread only.
final class LibpqHandle {
    let pointer: OpaquePointer

    /// Begins to connect. The name is resolved here, which blocks for as long as the resolver wants.
    init(_ settings: PostgresSettings) throws(PostgresError) {
        let parameters = settings.libpqParameters()
        let started = withCStrings(parameters.map(\.name)) { names in
            withCStrings(parameters.map(\.value)) { values in PQconnectStartParams(names, values, 0) } ?? nil
        }
        guard let started = started ?? nil else { throw PostgresError(.unavailable, "there is no memory for a connection") }
        pointer = started
        // The verbose form carries the SQLSTATE, which tells a missing database from a wrong password in every language.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        // Without a receiver libpq writes every notice to standard error.
        _ = PQsetNoticeReceiver(pointer, { _, _ in }, nil)
    }

    deinit { PQfinish(pointer) }

    var isBroken: Bool { PQstatus(pointer) == CONNECTION_BAD }

    /// Waits until the server has admitted us. Throws `CancellationError` soon after the task is cancelled.
    func finishConnecting(_ settings: PostgresSettings) throws {
        let slice = Duration.milliseconds(100)
        var remaining = settings.connectTimeout
        var wanted = PGRES_POLLING_WRITING
        if isBroken { throw ConnectFailure.error(pointer, settings) }
        while wanted != PGRES_POLLING_OK {
            guard wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING else { throw ConnectFailure.error(pointer, settings) }
            if Task.isCancelled { throw CancellationError() }
            let events = Int16(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            var request = pollfd(fd: PQsocket(pointer), events: events, revents: 0)
            if poll(&request, 1, 100) == 0 {
                remaining -= slice
                guard remaining > .zero else {
                    throw PostgresError(
                        .unreachable, "no answer from \(settings) within \(settings.connectTimeout)",
                        hint: "check host, port and firewall; a Harbor database in a container is not published on the host by itself")
                }
                continue
            }
            wanted = PQconnectPoll(pointer)
        }
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
    }

    /// Throws what the server said, unless `result` is one of `expected`.
    func check(_ result: LibpqResult, _ expected: ExecStatusType...) throws(PostgresError) {
        if !expected.contains(result.status) { throw error(of: result) }
    }

    /// The error in `result`, or of the connection where it brings none.
    func error(of result: LibpqResult) -> PostgresError {
        let sqlstate = result.diagnosis("C")
        let primary = result.diagnosis("M")
        if isBroken {
            return PostgresError(.connectionLost, "the connection to the database broke: \(primary ?? message)", sqlstate: sqlstate)
        }
        guard let primary else {
            return PostgresError(.protocolViolation, "the server answered \(result.statusName)\(message.isEmpty ? "" : ": \(message)")")
        }
        let code = sqlstate.map(PostgresError.code(forSQLSTATE:)) ?? .query
        return PostgresError(code, primary, sqlstate: sqlstate, detail: result.diagnosis("D"), hint: result.diagnosis("H"))
    }

    /// The library's own words for the last failure.
    var message: String { trimmed(String(cString: PQerrorMessage(pointer))) }
}

/// Calls `body` with a NULL-terminated array of C strings.
func withCStrings<Value>(_ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value? {
    let copies = strings.map { $0.map { strdup($0) } ?? nil }
    defer { copies.forEach { free($0) } }
    let pointers = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { buffer in buffer.baseAddress.map(body) }
}

/// Without the newline that libpq ends its messages with.
func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
}
