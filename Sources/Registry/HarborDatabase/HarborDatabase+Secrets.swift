internal import Postgres

extension HarborDatabase {
    /// The columns that Harbor encrypts.
    private static let encryptedColumns = [
        ("registry", "access_secret"), ("scanner_registration", "access_cred"), ("p2p_preheat_instance", "auth_data"),
        ("oidc_user", "secret"),
        ("oidc_user", "token"), ("properties", "v"),
    ]

    /// Encrypted values to try a secret key on: at most `limit`, of every column that has some.
    package func encryptedSamples(limit: Int) async throws -> [EncryptedValue] {
        let missing = try await missingTables(Self.encryptedColumns.map(\.0))
        var samples: [[EncryptedValue]] = []
        for (table, column) in Self.encryptedColumns where !missing.contains(table) {
            let rows = try await connection.query(
                "SELECT source.\(column) AS value FROM public.\(table) AS source WHERE source.\(column) LIKE '\(EncryptedValue.header)%' "
                    + "ORDER BY length(source.\(column)) DESC LIMIT $1::bigint", ["\(max(0, limit))"])
            samples.append(try rows.map { EncryptedValue(column: "\(table).\(column)", value: try $0.text("value")) })
        }
        // In turns, so that a small limit still sees every column.
        var chosen: [EncryptedValue] = []
        for turn in 0..<max(0, limit) {
            let round = samples.filter { $0.count > turn }.map { $0[turn] }
            if round.isEmpty || chosen.count >= limit { break }
            chosen += round.prefix(limit - chosen.count)
        }
        return chosen
    }
}
