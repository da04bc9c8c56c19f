/// How one table's rows are read.
struct TablePlan: Sendable {
    /// From 1, in the order of the names.
    let number: Int
    let table: CatalogTable
    /// No row is read, on purpose.
    let isExcluded: Bool
    /// Only rows that fulfil it are read.
    let condition: String?

    static func plans(_ tables: [CatalogTable], options: DumpOptions) -> [TablePlan] {
        let scan = ScanTables(tables, isExcluding: options.excludingScanTables)
        return tables.enumerated().map { index, table in
            TablePlan(number: index + 1, table: table, isExcluded: scan.excludes(table), condition: scan.condition(table))
        }
    }

    /// The work, biggest first, so that no connection is left alone with a big table at the end.
    ///
    /// A big table is read in ranges of pages by several connections. The ranges cover every page there can be: the last has no end. Under one
    /// snapshot a row version stays where it is, so each is read once. Before 14 the server would read the whole table for each range.
    static func ranges(_ plans: [TablePlan], rangeSize: Int, serverVersion: Int) -> [ReadRange] {
        let pageSize: Int64 = 8192
        let rangePages = Int64(rangeSize) / pageSize
        return plans.filter { !$0.isExcluded }.flatMap { plan in
            let pages = plan.table.size / pageSize
            guard serverVersion >= 14_00_00, pages > rangePages * 3 / 2, !plan.table.storedColumns.isEmpty else {
                return [ReadRange(plan: plan, start: nil, end: nil, size: plan.table.size)]
            }
            let starts = Array(stride(from: 0, to: pages, by: Int(rangePages)))
            return starts.enumerated().map { index, start in
                let end = index + 1 < starts.count ? starts[index + 1] : nil
                return ReadRange(plan: plan, start: start, end: end, size: plan.table.size)
            }
        }.sorted { ($0.size, $1.plan.number) > ($1.size, $0.plan.number) }
    }

    var entry: TableDirectory.Entry {
        TableDirectory.Entry(number: number, schema: table.schema, name: table.name, columns: table.storedColumns)
    }

    func summary(_ count: TableCount) -> TableSummary {
        TableSummary(
            number: number, schema: table.schema, name: table.name, rows: count.checksum.rows, bytes: count.bytes, parts: count.parts,
            checksum: count.checksum.text, dataExcluded: isExcluded, rowCondition: condition)
    }
}

/// A part of a table that one COPY reads.
struct ReadRange: Sendable {
    let plan: TablePlan
    /// First page; `nil` with `end` `nil` is the whole table.
    let start: Int64?
    /// First page after it; `nil` is the end of the table.
    let end: Int64?
    let size: Int64

    /// COPY of the table itself is the quickest; a condition needs a query.
    var copyStatement: String {
        let columns = plan.table.storedColumns.map { SQLText.name($0) }.joined(separator: ", ")
        var conditions = plan.condition.map { ["(\($0))"] } ?? []
        if let start { conditions.append("ctid >= '(\(start),0)'") }
        if let end { conditions.append("ctid < '(\(end),0)'") }
        guard !conditions.isEmpty else {
            return "COPY \(plan.table.sqlName)\(columns.isEmpty ? "" : " (\(columns))") TO STDOUT"
        }
        return "COPY (SELECT \(columns) FROM ONLY \(plan.table.sqlName) WHERE \(conditions.joined(separator: " AND "))) TO STDOUT"
    }
}

/// Harbor's scan results, which a rescan brings back.
///
/// All of them or none: reports without findings, or scan tasks without reports, count as "scanned, nothing found", which opens the pull gate.
private struct ScanTables {
    private static let whole: Set<String> = ["scan_report", "report_vulnerability_record", "vulnerability_record"]
    private let present: Set<String>

    init(_ tables: [CatalogTable], isExcluding: Bool) {
        let names = Set(tables.filter { $0.schema == "public" }.map(\.name))
        // Any other database may have a table called "task".
        present = isExcluding && Self.whole.isSubset(of: names) ? names : []
    }

    func excludes(_ table: CatalogTable) -> Bool {
        table.schema == "public" && present.contains(table.name) && Self.whole.contains(table.name)
    }

    func condition(_ table: CatalogTable) -> String? {
        guard table.schema == "public", present.contains(table.name) else { return nil }
        return switch table.name {
        case "execution" where table.storedColumns.contains("vendor_type"): "vendor_type <> 'IMAGE_SCAN'"
        case "task" where table.storedColumns.contains("execution_id") && present.contains("execution"):
            "execution_id NOT IN (SELECT id FROM public.execution WHERE vendor_type = 'IMAGE_SCAN')"
        default: nil
        }
    }
}
