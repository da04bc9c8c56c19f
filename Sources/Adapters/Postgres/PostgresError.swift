/// What went wrong between us and a PostgreSQL server. It never holds a password or a statement's parameters.
package struct PostgresError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, so it can be a metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// Nobody answers at the address, or the name cannot be resolved.
        case unreachable
        /// The server is starting up, shutting down, or has no connection left.
        case unavailable
        /// An established connection broke.
        case connectionLost = "connection_lost"
        /// The password is wrong or missing, or the server admits this user from here in no way.
        case authentication
        case missingDatabase = "missing_database"
        case missingRole = "missing_role"
        /// TLS could not be agreed on, or the server's certificate is not trusted.
        case tls
        /// The role may not do this.
        case permission
        /// Somebody else holds a lock, and waiting was not wanted or took too long.
        case lockNotAvailable = "lock_not_available"
        /// The server cancelled the statement by itself, or an administrator did.
        case cancelled
        case serverTooOld = "server_too_old"
        case serverTooNew = "server_too_new"
        /// The connection settings make no sense.
        case settings
        /// The server answered something that was not asked for, or the connection was used wrongly.
        case protocolViolation = "protocol_violation"
        /// The server refused the statement for any other reason.
        case query
    }

    /// What kind of failure it is.
    package let code: Code
    /// The server's five-character SQLSTATE, where it gave one.
    package let sqlstate: String?
    /// What failed, in the server's words where it gave some.
    package let problem: String
    /// The server's detail.
    package let detail: String?
    /// What to do about it.
    package let hint: String?

    /// An error of `code`; `problem` and `hint` are sentences without a full stop.
    package init(_ code: Code, _ problem: String, sqlstate: String? = nil, detail: String? = nil, hint: String? = nil) {
        self.code = code
        self.sqlstate = sqlstate
        self.problem = problem
        self.detail = detail
        self.hint = hint
    }

    /// The same attempt may succeed later without anybody's help.
    package var isRetryable: Bool {
        switch code {
        case .unreachable, .unavailable, .connectionLost, .lockNotAvailable, .cancelled: true
        case .authentication, .missingDatabase, .missingRole, .tls, .permission, .serverTooOld, .serverTooNew, .settings,
            .protocolViolation:
            false
        case .query: sqlstate.map { $0.hasPrefix("40") } ?? false
        }
    }

    /// One sentence for an operator.
    package var description: String {
        var text = problem
        if let detail { text += " (\(detail))" }
        if let sqlstate { text += " [SQLSTATE \(sqlstate)]" }
        if let hint { text += ". Hint: \(hint)" }
        return text
    }

    /// The code for a SQLSTATE; see PostgreSQL's appendix "Error Codes".
    static func code(forSQLSTATE sqlstate: String) -> Code {
        switch sqlstate {
        case "28P01", "28000": .authentication
        case "3D000": .missingDatabase
        case "42501": .permission
        case "55P03": .lockNotAvailable
        case "57014": .cancelled
        case "57P03", "53300": .unavailable
        case "57P01", "57P02", "57P05", "25P03", "25P04": .connectionLost
        default:
            if sqlstate.hasPrefix("08") { .connectionLost } else { .query }
        }
    }
}
