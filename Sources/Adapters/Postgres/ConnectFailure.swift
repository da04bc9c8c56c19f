internal import CLibpq

/// Reads out of libpq's message why a connection was not made.
///
/// libpq keeps no SQLSTATE for a failed connection, but its verbose message has it after the severity, and names the server's routine.
/// Both are the same in every language of the server.
enum ConnectFailure {
    static func error(_ connection: OpaquePointer, _ settings: PostgresSettings) -> PostgresError {
        let text = String(cString: PQerrorMessage(connection))
        return error(
            message: text, needsPassword: PQconnectionNeedsPassword(connection) == 1, hasPassword: settings.password != nil,
            at: "\(settings)")
    }

    static func error(message: String, needsPassword: Bool, hasPassword: Bool, at place: String) -> PostgresError {
        // Several addresses may have been tried; the last one that spoke SQL says most.
        guard let spoken = message.matches(of: /: {2}([0-9A-Z]{5}): ([^\n]*)/).last else {
            return withoutSQLSTATE(trimmed(message), needsPassword: needsPassword, hasPassword: hasPassword, at: place)
        }
        let sqlstate = String(spoken.1)
        let primary = "cannot connect to \(place): \(spoken.2)"
        let rest = message[spoken.range.upperBound...]
        let detail = rest.firstMatch(of: /DETAIL: *([^\n]*)/).map { String($0.1) }
        var code = PostgresError.code(forSQLSTATE: sqlstate)
        if sqlstate == "28000", rest.contains("InitializeSessionUserId") { code = .missingRole }
        return PostgresError(code, primary, sqlstate: sqlstate, detail: detail, hint: hint(code, sqlstate))
    }

    private static func hint(_ code: PostgresError.Code, _ sqlstate: String) -> String? {
        switch code {
        case .authentication where sqlstate == "28P01": "check user and password; a role that does not exist may look the same"
        case .authentication: "pg_hba.conf of the server must admit this user from this host"
        case .missingRole: "create the role, with LOGIN"
        case .missingDatabase: "check the database's name; Harbor's is \"registry\""
        case .permission: "the role needs CONNECT on the database"
        case .unavailable where sqlstate == "53300": "the server has no free connection slot"
        default: nil
        }
    }

    private static func withoutSQLSTATE(_ message: String, needsPassword: Bool, hasPassword: Bool, at place: String) -> PostgresError {
        let problem = "cannot connect to \(place): \(message)"
        if needsPassword, !hasPassword {
            return PostgresError(.authentication, problem, hint: "the server wants a password, and none is configured")
        }
        if message.contains("SSL") || message.contains("certificate") || message.contains("TLS") {
            return PostgresError(.tls, problem, hint: "check sslmode, the root certificate and the name in the server's certificate")
        }
        return PostgresError(
            .unreachable, problem,
            hint:
                "check host and port, and that the server listens there; a Harbor database in a container is not published on the host by itself"
        )
    }
}
