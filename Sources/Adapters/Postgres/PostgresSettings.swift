internal import CLibpq

/// How to reach a database, and as whom. Printing it shows no password.
package struct PostgresSettings: Sendable, Equatable, CustomStringConvertible {
    /// libpq's `sslmode`.
    package enum SSLMode: String, Sendable, CaseIterable {
        case disable, allow, prefer, require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    /// A name, an address, or the folder of a unix socket; empty leaves it to libpq.
    package var host: String
    /// The TCP port, also part of a unix socket's name.
    package var port: Int
    /// The database's name.
    package var database: String
    /// The role's name.
    package var user: String
    /// `nil` leaves it to libpq, which may know a password file.
    package var password: Secret?
    /// `nil` leaves it to libpq, which prefers TLS and trusts anybody.
    package var sslmode: SSLMode?
    /// Paths of PEM files.
    package var rootCertificate: String?
    /// Path of a PEM file.
    package var clientCertificate: String?
    /// Path of a PEM file.
    package var clientKey: String?
    /// How long establishing a connection may take.
    package var connectTimeout: Duration
    /// How long a statement waits for a lock; zero waits for ever.
    package var lockTimeout: Duration
    /// What `pg_stat_activity` shows.
    package var applicationName: String
    /// Other libpq parameters from a DSN, such as `sslcrl`.
    package var otherParameters: [String: String]

    /// Settings with libpq's own defaults for what is not given.
    package init(
        host: String, port: Int = 5432, database: String, user: String, password: Secret? = nil, sslmode: SSLMode? = nil,
        rootCertificate: String? = nil, clientCertificate: String? = nil, clientKey: String? = nil,
        connectTimeout: Duration = .seconds(10), lockTimeout: Duration = .zero, applicationName: String = "opsd",
        otherParameters: [String: String] = [:]
    ) {
        self.host = host
        self.port = port
        self.database = database
        self.user = user
        self.password = password
        self.sslmode = sslmode
        self.rootCertificate = rootCertificate
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.connectTimeout = connectTimeout
        self.lockTimeout = lockTimeout
        self.applicationName = applicationName
        self.otherParameters = otherParameters
    }

    /// Reads a `postgresql://` URI or a `key=value` string as libpq does; a malformed one throws code `settings`.
    package init(dsn: String) throws(PostgresError) {
        var given = try Self.parse(dsn)
        self.init(
            host: given.removeValue(forKey: "host") ?? given["hostaddr"] ?? "",
            database: given.removeValue(forKey: "dbname") ?? "", user: given.removeValue(forKey: "user") ?? "",
            password: given.removeValue(forKey: "password").map(Secret.init),
            rootCertificate: given.removeValue(forKey: "sslrootcert"),
            clientCertificate: given.removeValue(forKey: "sslcert"), clientKey: given.removeValue(forKey: "sslkey"))
        port = try Self.number(given.removeValue(forKey: "port"), in: 1...65535, of: "port") ?? port
        // libpq reads a timeout of zero as "wait for ever"; a connection that nobody bounds is not wanted here.
        let timeout = try Self.number(given.removeValue(forKey: "connect_timeout"), in: 0...3600, of: "connect_timeout")
        if let timeout, timeout > 0 { connectTimeout = .seconds(timeout) }
        if let mode = given.removeValue(forKey: "sslmode") {
            guard let known = SSLMode(rawValue: mode) else {
                throw PostgresError(
                    .settings, "unknown sslmode \"\(mode)\"", hint: "use one of disable, allow, prefer, require, verify-ca, verify-full")
            }
            sslmode = known
        }
        applicationName = given.removeValue(forKey: "application_name") ?? applicationName
        otherParameters = given
    }

    private static func number(_ text: String?, in range: ClosedRange<Int>, of name: String) throws(PostgresError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw PostgresError(.settings, "\(name) \"\(text)\" is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func parse(_ dsn: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(dsn, &message) else {
            // libpq quotes the text that it could not read, which may be the password.
            if let message { PQfreemem(message) }
            throw PostgresError(
                .settings, "the connection string cannot be read", hint: "write postgresql://USER@HOST:PORT/DATABASE or key=value pairs")
        }
        defer { PQconninfoFree(options) }
        var given: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return given
    }

    /// User, host, port and database; no password.
    package var description: String {
        "\(user.isEmpty ? "?" : user)@\(host.isEmpty ? "localhost" : host):\(port)/\(database)"
    }

    /// The parameters as libpq takes them. The password goes this way only: never through the environment or a command line.
    func libpqParameters() -> [(name: String, value: String)] {
        var all = otherParameters
        all["host"] = host
        all["port"] = String(port)
        all["dbname"] = database
        all["user"] = user
        all["password"] = password?.reveal()
        all["sslmode"] = sslmode?.rawValue
        all["sslrootcert"] = rootCertificate
        all["sslcert"] = clientCertificate
        all["sslkey"] = clientKey
        all["application_name"] = applicationName
        all["client_encoding"] = "UTF8"
        // A server that vanishes without a word is noticed within about a minute.
        all["keepalives_idle"] = all["keepalives_idle"] ?? "30"
        all["keepalives_interval"] = all["keepalives_interval"] ?? "10"
        all["keepalives_count"] = all["keepalives_count"] ?? "3"
        all["tcp_user_timeout"] = all["tcp_user_timeout"] ?? "60000"
        return all.filter { !$0.value.isEmpty }.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }
}
