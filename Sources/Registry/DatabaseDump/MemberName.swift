/// The names of all members; see the format page, "Members".
enum MemberName: Equatable {
    case tables
    case schemaBeforeData
    case data(table: Int, part: Int)
    case sequences
    case schemaAfterData
    case loadScript
    case counts

    init?(_ name: String) {
        switch name {
        case "tables.json": self = .tables
        case "schema-pre.sql": self = .schemaBeforeData
        case "sequences.sql": self = .sequences
        case "schema-post.sql": self = .schemaAfterData
        case "load.sql": self = .loadScript
        case "counts.json": self = .counts
        default:
            guard let numbers = name.wholeMatch(of: /data\/([1-9][0-9]{0,8})\.([1-9][0-9]{0,8})\.copy/), let table = Int(numbers.1),
                let part = Int(numbers.2)
            else { return nil }
            self = .data(table: table, part: part)
        }
    }

    var text: String {
        switch self {
        case .tables: "tables.json"
        case .schemaBeforeData: "schema-pre.sql"
        case .data(let table, let part): "data/\(table).\(part).copy"
        case .sequences: "sequences.sql"
        case .schemaAfterData: "schema-post.sql"
        case .loadScript: "load.sql"
        case .counts: "counts.json"
        }
    }
}
