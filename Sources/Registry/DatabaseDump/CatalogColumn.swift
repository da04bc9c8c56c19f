internal import Postgres

/// A column by the OID of its table and its number.
struct ColumnKey: Hashable, Sendable {
    let table: String
    let column: String
}

/// A column of a table.
struct CatalogColumn: Sendable {
    let number: String
    let name: String
    private let type: String
    private let collation: String?
    private let isNotNull: Bool
    /// Since 18 NOT NULL is a constraint with a name.
    private let notNullName: String?
    private let identity: String
    private let generated: String
    private let defaultExpression: String?
    private let storage: String?
    private let compression: String
    private let statisticsTarget: String
    private let options: String?

    var isGenerated: Bool { !generated.isEmpty }

    /// The columns of all dumped tables, in their order, by the table's OID.
    static func readAll(_ connection: PostgresConnection) async throws -> [String: [CatalogColumn]] {
        let version = await connection.serverVersion
        let compression = version >= 14_00_00 ? "a.attcompression" : "''"
        let notNullName = version >= 18_00_00 ? "nn.conname" : "NULL"
        let notNullJoin =
            version >= 18_00_00
            ? "LEFT JOIN pg_constraint AS nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey[1] = a.attnum" : ""
        let rows = try await connection.query(
            """
            SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attidentity, a.attgenerated,
                   pg_get_expr(d.adbin, d.adrelid) AS expression, \(notNullName) AS notnullname, \(compression) AS compression,
                   CASE WHEN a.attcollation <> t.typcollation THEN format('%I.%I', cn.nspname, co.collname) END AS collation,
                   CASE WHEN a.attstorage <> t.typstorage THEN
                       CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
                   coalesce(a.attstattarget, -1) AS target,
                   (SELECT string_agg(format('%I=%L', o.option_name, o.option_value), ', ') FROM pg_options_to_table(a.attoptions) AS o) AS options
            FROM \(CatalogSQL.relations)
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_type AS t ON t.oid = a.atttypid
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            LEFT JOIN pg_collation AS co ON co.oid = a.attcollation LEFT JOIN pg_namespace AS cn ON cn.oid = co.collnamespace
            \(notNullJoin)
            WHERE c.relkind = 'r' ORDER BY a.attrelid, a.attnum
            """)
        var columns: [String: [CatalogColumn]] = [:]
        for row in rows {
            let column = CatalogColumn(
                number: try row.text("attnum"), name: try row.text("attname"), type: try row.text("type"), collation: row["collation"],
                isNotNull: try row.bool("attnotnull"), notNullName: row["notnullname"], identity: try row.text("attidentity"),
                generated: try row.text("attgenerated"), defaultExpression: row["expression"], storage: row["storage"],
                compression: try row.text("compression"), statisticsTarget: try row.text("target"), options: row["options"])
            columns[try row.text("attrelid"), default: []].append(column)
        }
        return columns
    }

    func definition(identity options: String?) -> String {
        var text = "\(SQLText.name(name)) \(type)"
        if let collation { text += " COLLATE \(collation)" }
        if let expression = defaultExpression {
            switch generated {
            case "s": text += " GENERATED ALWAYS AS (\(expression)) STORED"
            case "v": text += " GENERATED ALWAYS AS (\(expression)) VIRTUAL"
            default: text += " DEFAULT \(expression)"
            }
        }
        if !identity.isEmpty { text += " GENERATED \(identity == "a" ? "ALWAYS" : "BY DEFAULT") AS IDENTITY (\(options ?? ""))" }
        if isNotNull { text += (notNullName.map { " CONSTRAINT \(SQLText.name($0))" } ?? "") + " NOT NULL" }
        return text
    }

    /// What only ALTER TABLE can say.
    var settings: [String] {
        let column = "ALTER COLUMN \(SQLText.name(name))"
        var settings: [String] = []
        if let storage { settings.append("\(column) SET STORAGE \(storage)") }
        if compression == "p" { settings.append("\(column) SET COMPRESSION pglz") }
        if compression == "l" { settings.append("\(column) SET COMPRESSION lz4") }
        if statisticsTarget != "-1" { settings.append("\(column) SET STATISTICS \(statisticsTarget)") }
        if let options { settings.append("\(column) SET (\(options))") }
        return settings
    }
}
