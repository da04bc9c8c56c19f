import Foundation
import Postgres

/// A list of rows as Harbor gives it out: pages by offset, `q` whose unknown keys are passed over, `sort`, the headers that count.
struct Listing: Sendable {
    /// A column that `q` and `sort` know.
    struct Column: Sendable {
        enum Kind: Sendable { case text, integer, time, boolean }

        let kind: Kind
        let expression: String
    }

    /// What follows FROM.
    let from: String
    /// An expression that makes the JSON of one row.
    let document: String
    /// What `q` and `sort` know, by the names of the API.
    let columns: [String: Column]
    /// What orders rows where nothing is asked for.
    let order: String
    /// What rows must fulfil; parameters stand in it as `?`.
    var conditions: [String] = []
    /// The values of all `?`, in their order.
    var parameters: [String] = []

    /// Adds a condition with one `?` for each value.
    mutating func require(_ condition: String, _ values: String...) {
        conditions.append(condition)
        parameters += values
    }

    /// The documents of the page that `request` asks for, and the headers that tell where it lies. Throws 422 for a page that the API
    /// does not allow, 400 for a malformed `q`.
    func page(_ request: StandInRequest, _ database: StandInDatabase) async throws -> (
        documents: [JSONValue], headers: [(name: String, value: String)]
    ) {
        var listing = self
        let page = try Page(request)
        for (key, value) in try ListQuery(request.queryValue("q")).conditions { try listing.add(key, value) }
        let filter = listing.conditions.isEmpty ? "" : " WHERE " + listing.conditions.map { "(\($0))" }.joined(separator: " AND ")
        let count = try await database.value(Self.numbered("SELECT count(*) FROM \(from)\(filter)"), listing.parameters)
        let total = count.flatMap { Int($0) } ?? 0
        // Page size 0 means everything to Harbor's own callers; the API's default is 10.
        let rows = try await database.query(
            Self.numbered("SELECT \(document) FROM \(from)\(filter) ORDER BY \(sorting(request))")
                + " LIMIT \(page.size) OFFSET \((page.number - 1) * page.size)", listing.parameters)
        return (try rows.compactMap { try $0[0].map { try JSONValue(parsing: $0) } }, page.headers(total: total, request))
    }

    /// The page as an answer.
    func respond(_ request: StandInRequest, _ database: StandInDatabase) async throws -> StandInResponse {
        let (documents, headers) = try await page(request, database)
        return try .json(.array(documents), headers: headers)
    }

    /// An expression for a time as the API writes it.
    static func time(_ column: String) -> String { "to_char(\(column), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')" }

    /// `SELECT ... ?` as PostgreSQL numbers its parameters.
    static func numbered(_ sql: String) -> String {
        let parts = sql.split(separator: "?", omittingEmptySubsequences: false)
        return parts.dropFirst().enumerated().reduce(String(parts[0])) { $0 + "$\($1.offset + 1)" + $1.element }
    }

    private func sorting(_ request: StandInRequest) -> String {
        let wanted = (request.queryValue("sort") ?? "").split(separator: ",").compactMap { field -> String? in
            let isDescending = field.hasPrefix("-")
            return columns[String(isDescending ? field.dropFirst() : field)].map { $0.expression + (isDescending ? " DESC" : "") }
        }
        return wanted.isEmpty ? order : wanted.joined(separator: ", ")
    }

    private mutating func add(_ key: String, _ condition: ListQuery.Condition) throws {
        guard let column = columns[key] else { return }
        let expression = column.expression
        switch condition {
        case .exact(let value): require("\(expression)::text = \(Self.cast(column))::text", value)
        case .fuzzy(let value): require("position(? in \(expression)::text) > 0", value)
        case .range(let low, let high):
            if let low { require("\(expression) >= \(Self.cast(column))", low) }
            if let high { require("\(expression) <= \(Self.cast(column))", high) }
        case .any(let values), .all(let values):
            guard !values.isEmpty else { return }
            conditions.append(values.map { _ in "\(expression)::text = \(Self.cast(column))::text" }.joined(separator: " OR "))
            parameters += values
        }
    }

    private static func cast(_ column: Column) -> String {
        switch column.kind {
        case .text: "?::text"
        case .integer: "?::bigint"
        case .time: "?::timestamp"
        case .boolean: "?::boolean"
        }
    }
}

/// Which part of a list is asked for.
struct Page: Sendable {
    let number: Int
    let size: Int

    init(_ request: StandInRequest) throws(StandInFailure) {
        number = try Self.integer(request, "page", otherwise: 1)
        size = try Self.integer(request, "page_size", otherwise: 10)
        guard size <= 100 else { throw .unprocessable("page_size in query should be less than or equal to 100") }
        guard number >= 1, size >= 1 else { throw .unprocessable("page and page_size in query should be greater than or equal to 1") }
    }

    private static func integer(_ request: StandInRequest, _ name: String, otherwise: Int) throws(StandInFailure) -> Int {
        guard let text = request.queryValue(name), !text.isEmpty else { return otherwise }
        guard let number = Int(text) else { throw .unprocessable("\(name) in query must be of type int64: \"\(text)\"") }
        return number
    }

    /// The links' queries are written as they were decoded, which Harbor forgets to undo.
    func headers(total: Int, _ request: StandInRequest) -> [(name: String, value: String)] {
        func link(_ page: Int, _ relation: String) -> String {
            var pairs = request.query.filter { $0.name != "page" && $0.name != "page_size" }
            pairs += [("page", "\(page)"), ("page_size", "\(size)")]
            return "<\(request.rawPath)?\(pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&"))>; rel=\"\(relation)\""
        }
        var links: [String] = []
        if number > 1 { links.append(link(number - 1, "prev")) }
        if number * size < total { links.append(link(number + 1, "next")) }
        return [("X-Total-Count", "\(total)")] + (links.isEmpty ? [] : [("Link", links.joined(separator: " , "))])
    }
}
