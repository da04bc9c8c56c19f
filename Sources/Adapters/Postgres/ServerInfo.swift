/// What a server says of itself and of the database.
package struct ServerInfo: Sendable, Equatable, Codable {
    /// `server_version_num`, such as 150018.
    package let serverVersionNumber: Int
    /// `server_version`, such as `15.18 (Debian 15.18-0+deb12u1)`.
    package let serverVersion: String
    /// Which cluster it is, as `pg_controldata` prints it; `nil` where the role may not ask.
    package let systemIdentifier: String?
    /// The database that the connection is in.
    package let databaseName: String
    /// The database's encoding, such as `UTF8`.
    package let databaseEncoding: String
    /// The database's LC_COLLATE.
    package let collate: String
    /// The database's LC_CTYPE.
    package let ctype: String

    /// What a server said.
    package init(
        serverVersionNumber: Int, serverVersion: String, systemIdentifier: String?, databaseName: String, databaseEncoding: String,
        collate: String, ctype: String
    ) {
        self.serverVersionNumber = serverVersionNumber
        self.serverVersion = serverVersion
        self.systemIdentifier = systemIdentifier
        self.databaseName = databaseName
        self.databaseEncoding = databaseEncoding
        self.collate = collate
        self.ctype = ctype
    }

    /// Asks the server; must not run inside a transaction, since a refused question would abort it.
    static func read(_ connection: PostgresConnection) async throws -> ServerInfo {
        let rows = try await connection.query(
            """
            SELECT current_setting('server_version') AS version, d.datname, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate, d.datctype
            FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
            """)
        guard let row = rows.first else { throw PostgresError(.protocolViolation, "the server does not list the current database") }
        return ServerInfo(
            serverVersionNumber: await connection.serverVersion, serverVersion: try row.text("version"),
            systemIdentifier: try await systemIdentifier(connection), databaseName: try row.text("datname"),
            databaseEncoding: try row.text("encoding"), collate: row["datcollate"] ?? "", ctype: row["datctype"] ?? "")
    }

    private static func systemIdentifier(_ connection: PostgresConnection) async throws -> String? {
        do {
            return try await connection.query("SELECT system_identifier::text FROM pg_catalog.pg_control_system()").first?[0]
        } catch let error as PostgresError where error.code == .permission {
            return nil
        }
    }
}
