/// `load.sql`: the script with which psql restores an unpacked dump without opsd, in one transaction.
struct LoadScript {
    let plans: [TablePlan]
    let summary: DumpSummary

    var text: String {
        var lines = [
            "-- Restores this dump into an empty database. In the folder that holds this file:",
            "--     psql -X -d DATABASE -f load.sql", "\\set ON_ERROR_STOP on", "BEGIN;",
        ]
        lines += Self.sessionSettings.map { "SET LOCAL \($0);" }
        lines.append("\\i schema-pre.sql")
        for (plan, table) in zip(plans, summary.tables) where table.parts > 0 {
            lines += copies(plan, parts: table.parts)
        }
        lines += ["\\i sequences.sql", "\\i schema-post.sql"]
        lines += zip(plans, summary.tables).map { check($0, rows: $1.rows) }
        lines.append("COMMIT;")
        return lines.joined(separator: "\n") + "\n"
    }

    /// With these the script means the same on every server, and rows read back as they were written.
    private static let sessionSettings = [
        "client_encoding = 'UTF8'", "standard_conforming_strings = on", "search_path = ''", "timezone = 'UTC'", "datestyle = 'ISO, YMD'",
        "intervalstyle = 'postgres'", "lc_monetary = 'C'", "row_security = off", "client_min_messages = warning", "statement_timeout = 0",
    ]

    private func copies(_ plan: TablePlan, parts: Int) -> [String] {
        let columns = plan.table.storedColumns
        let files = (1...parts).map { MemberName.data(table: plan.number, part: $0).text }
        guard ([plan.table.schema, plan.table.name] + columns).contains(where: breaksLine) else {
            let list = columns.isEmpty ? "" : " (\(columns.map { SQLText.name($0) }.joined(separator: ", ")))"
            return files.map { "\\copy \(plan.table.sqlName)\(list) FROM '\($0)'" }
        }
        // A psql command ends with its line, so a name that holds a newline cannot stand in it. The table gets another name meanwhile;
        // all its stored columns in their order are what COPY takes by itself.
        let meanwhile = "opsd load \(plan.number)"
        let renamed = SQLText.name(plan.table.schema, meanwhile)
        return [
            "ALTER TABLE \(plan.table.sqlName) RENAME TO \(SQLText.name(meanwhile));",
            "SET LOCAL search_path = \(SQLText.name(plan.table.schema));",
        ] + files.map { "\\copy \(SQLText.name(meanwhile)) FROM '\($0)'" } + [
            "SET LOCAL search_path = '';", "ALTER TABLE \(renamed) RENAME TO \(SQLText.name(plan.table.name));",
        ]
    }

    private func breaksLine(_ name: String) -> Bool { name.unicodeScalars.contains("\n") || name.unicodeScalars.contains("\r") }

    /// A member that was cut short at a row's end would otherwise go unnoticed.
    private func check(_ plan: TablePlan, rows: Int64) -> String {
        let body = """
            BEGIN
                IF (SELECT count(*) FROM ONLY \(plan.table.sqlName)) <> \(rows) THEN
                    RAISE EXCEPTION USING MESSAGE = \(SQLText.literal("table \(plan.table.sqlName) should have \(rows) rows"));
                END IF;
            END
            """
        return "DO \(SQLText.dollarQuoted(body));"
    }
}
