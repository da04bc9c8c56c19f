import CurlTransport

extension HarborClient {
    /// The most that Harbor gives at once.
    private static var pageSize: Int { 100 }
    private static var passLimit: Int { 6 }

    /// Reads a list whole; see the type's documentation for what that means.
    ///
    /// Pages are counted from the list's beginning, so an entry that goes while pages are read moves those behind it up, one of them past
    /// the reader. A list of one page comes in one piece. Of a longer one that Harbor sorts by id, the newest id is read first: as many
    /// entries must then be met up to it as Harbor counts with the first page, for an entry that was passed over makes them fewer. Two
    /// readings that agree will do as well: one that passed an entry over holds one that is gone, which the next cannot hold.
    func all<Element, ID>(_ list: HarborList<Element, ID>) async throws -> [Element] {
        let first = try await page(1, of: list)
        if first.isWhole { return Pass(list).adding(first.elements).elements }
        var previous: [ID]?
        for _ in 0..<Self.passLimit {
            let newest = try await newestID(of: list)
            let pass = try await pass(over: list)
            if let newest, pass.isAscending, pass.count(upTo: newest) == pass.total { return pass.elements }
            if previous == pass.ids { return pass.elements }
            previous = pass.ids
        }
        throw HarborAPIError(
            .unsettled, "the list of \(list.call.operation.rawValue) changed each of the \(Self.passLimit) times that it was read",
            remedy: "try again when less is deleted and created in Harbor")
    }

    private func pass<Element, ID>(over list: HarborList<Element, ID>) async throws -> Pass<Element, ID> {
        var pass = Pass(list)
        var number = 1
        while true {
            try Task.checkCancellation()
            let page = try await page(number, of: list)
            if number == 1 { pass.total = page.total }
            let known = pass.elements.count
            pass = pass.adding(page.elements)
            // Without a count, a list that a server sends whole with each page would never end.
            let isStuck = page.total == nil && pass.elements.count == known
            if page.isLast(read: number * Self.pageSize) || isStuck { return pass }
            number += 1
        }
    }

    private func page<Element, ID>(
        _ number: Int, of list: HarborList<Element, ID>, size: Int = pageSize, descending: Bool = false
    ) async throws -> Page<Element> {
        var call = list.call.adding("page", String(number)).adding("page_size", String(size))
        if let key = list.sortKey { call = call.adding("sort", descending ? "-\(key)" : key) }
        let answer = try await send(call)
        let elements: [JSONValue]
        switch try Self.value(in: answer, of: call.operation) {
        case .array(let values): elements = values
        case .null: elements = []
        case .flag, .integer, .number, .text, .object: throw call.operation.unexpected("something else stands for a list")
        }
        return Page(
            elements: try elements.map { try list.read(try AnswerObject($0, of: call.operation)) }, size: size,
            total: answer.head.headers["X-Total-Count"].flatMap { Int($0) })
    }

    /// Nil where Harbor cannot sort the list.
    private func newestID<Element, ID>(of list: HarborList<Element, ID>) async throws -> ID? {
        guard list.sortKey != nil else { return nil }
        return try await page(1, of: list, size: 1, descending: true).elements.first.map(list.id)
    }
}

/// What one request of a list brought.
private struct Page<Element> {
    let elements: [Element]
    let size: Int
    let total: Int?

    /// Whether the first page is all there is.
    var isWhole: Bool { elements.count > size || elements.count < size && elements.count >= (total ?? 0) || elements.count == total }

    /// Whether nothing can follow after `read` places. Without a count, a page that is not full is the last.
    func isLast(read: Int) -> Bool { elements.isEmpty || elements.count > size || total.map { read >= $0 } ?? (elements.count < size) }
}

/// One reading of a list from its beginning to its end.
private struct Pass<Element: Sendable, ID: Hashable & Comparable & Sendable> {
    private let id: @Sendable (Element) -> ID
    private var seen: Set<ID> = []
    private(set) var elements: [Element] = []
    /// Whether each new entry had a greater id than those before it.
    private(set) var isAscending = true
    /// As Harbor counted them with the first page.
    var total: Int?

    init(_ list: HarborList<Element, ID>) { id = list.id }

    var ids: [ID] { elements.map(id) }

    func count(upTo newest: ID) -> Int { elements.count { id($0) <= newest } }

    func adding(_ more: [Element]) -> Pass {
        var pass = self
        for element in more where pass.seen.insert(id(element)).inserted {
            if let last = pass.elements.last, id(element) < id(last) { pass.isAscending = false }
            pass.elements.append(element)
        }
        return pass
    }
}
