internal import Postgres

/// Tells whether a schema stands still.
///
/// `pg_get_*def` and `LOCK TABLE` look at the catalogs as they are now, data at the exported snapshot. TRUNCATE and the table rewrites are
/// not transactional towards an older snapshot either: a table rewritten between snapshot and lock reads as empty. So the rows of the
/// catalogs (their OIDs and the transactions that wrote them) must be the same in the snapshot and after the locks.
enum CatalogFingerprint {
    /// Throws code `schemaChanged` where the catalogs that `now` sees are not those of the snapshot.
    static func requireUnchanged(snapshot: PostgresConnection, now: PostgresConnection) async throws {
        guard try await read(snapshot) != read(now) else { return }
        throw DumpError(
            .schemaChanged, "the database's schema was changed while the dump began",
            remedy: "run the backup again when no migration, TRUNCATE, REINDEX or CLUSTER is under way")
    }

    private static func read(_ connection: PostgresConnection) async throws -> String? {
        let parts = catalogs.map { catalog, key, condition in
            "SELECT '\(catalog):' || \(key) || ':' || t.xmin AS entry FROM \(catalog) AS t WHERE \(condition)"
        }
        let sql =
            "SELECT md5(coalesce(string_agg(entry, ',' ORDER BY entry COLLATE \"C\"), '')) FROM (\(parts.joined(separator: " UNION ALL "))) AS e"
        return try await connection.query(sql).first?[0]
    }

    /// Temporary objects of other sessions come and go, and are not dumped.
    private static let lasting = """
        NOT IN (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname ~ '^pg_(toast_)?temp_')
        """
    private static let lastingSchema = "NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_')"
    private static let user = CatalogSQL.firstUserOID

    private static let catalogs: [(name: String, key: String, condition: String)] = [
        ("pg_class", "t.oid", "t.oid >= \(user) AND t.oid \(lasting)"),
        ("pg_attribute", "t.attrelid || '.' || t.attnum", "t.attrelid >= \(user) AND t.attrelid \(lasting)"),
        ("pg_attrdef", "t.oid", "t.adrelid \(lasting)"),
        ("pg_index", "t.indexrelid", "t.indexrelid >= \(user) AND t.indrelid \(lasting)"),
        ("pg_constraint", "t.oid", "t.oid >= \(user) AND t.conrelid \(lasting)"),
        ("pg_trigger", "t.oid", "t.tgrelid \(lasting)"),
        ("pg_rewrite", "t.oid", "t.oid >= \(user) AND t.ev_class \(lasting)"),
        ("pg_sequence", "t.seqrelid", "t.seqrelid \(lasting)"),
        ("pg_proc", "t.oid", "t.oid >= \(user) AND t.pronamespace \(lastingSchema)"),
        ("pg_type", "t.oid", "t.oid >= \(user) AND t.typnamespace \(lastingSchema)"),
        ("pg_enum", "t.oid", "true"),
        ("pg_namespace", "t.oid", "t.nspname !~ '^pg_(toast_)?temp_'"),
        ("pg_extension", "t.oid", "true"),
        ("pg_description", "t.classoid || '.' || t.objoid || '.' || t.objsubid", "t.objoid >= \(user)"),
    ]
}
