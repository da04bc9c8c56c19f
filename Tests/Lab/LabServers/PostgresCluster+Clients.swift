import Foundation

extension PostgresCluster {
    /// Makes the database `name`, empty. Throws `LabError`.
    package func createDatabase(_ name: String) throws {
        try psql("CREATE DATABASE \"\(name)\"")
    }

    /// Makes an empty database with a name that nobody else uses, and answers the name. Throws `LabError`.
    package func makeDatabase(_ prefix: String = "test") throws -> String {
        let name = prefix + "_" + String(UInt64.random(in: .min ... .max), radix: 36)
        try createDatabase(name)
        return name
    }

    /// Removes the database `name` with all its connections. Throws `LabError`.
    package func dropDatabase(_ name: String) throws {
        try psql("DROP DATABASE \"\(name)\" WITH (FORCE)")
    }

    /// Runs statements by `psql`, stopping at the first error. Answers the rows, one a line, columns split by `|`, without the last
    /// newline. `user` nil means the superuser. Throws `LabError` with what the server said.
    @discardableResult
    package func psql(_ sql: String, database: String = "postgres", user: String? = nil, password: String? = nil) throws -> String {
        let bytes = try client(
            "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"], database: database, user: user, password: password,
            input: Array(sql.utf8))
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// Runs one of the server's own client programs, such as `pg_dump`, against a database. Answers its standard output. Throws `LabError`.
    @discardableResult
    package func client(
        _ program: String, _ arguments: [String], database: String = "postgres", user: String? = nil, password: String? = nil,
        input: [UInt8]? = nil
    ) throws -> [UInt8] {
        let environment = [
            "PGHOST": "127.0.0.1", "PGPORT": "\(port)", "PGUSER": user ?? superuser, "PGPASSWORD": password ?? self.password,
            "PGDATABASE": database, "PGCLIENTENCODING": "UTF8", "PGSSLMODE": "disable",
        ]
        return try Program.succeed("\(binaries)/\(program)", arguments, input: input, environment: environment)
    }

    /// A connection string of libpq. `user` nil means the superuser.
    package func dsn(database: String = "postgres", user: String? = nil, password: String? = nil) -> String {
        "host=127.0.0.1 port=\(port) dbname=\(database) user=\(user ?? superuser) password=\(password ?? self.password)"
    }
}
