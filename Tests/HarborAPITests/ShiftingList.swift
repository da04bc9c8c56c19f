import Foundation
import Synchronization

/// A list of Harbor's that changes while it is read: before the request of a given number, entries go and come.
final class ShiftingList: Sendable {
    struct Change: Sendable {
        var removing: Set<Int> = []
        var adding: [Int] = []
    }

    enum Order: Sendable {
        /// As it is asked for.
        case asked
        /// Newest first, whatever is asked for.
        case newestFirst
    }

    private let entries: Mutex<[Int]>
    private let changes: @Sendable (Int) -> Change?
    private let order: Order
    private let element: @Sendable (Int) -> String

    init(
        _ entries: [Int], order: Order = .asked, element: @escaping @Sendable (Int) -> String = { #"{"id":\#($0),"name":"v\#($0)"}"# },
        changes: @escaping @Sendable (Int) -> Change? = { _ in nil }
    ) {
        self.entries = Mutex(entries)
        self.changes = changes
        self.order = order
        self.element = element
    }

    func answer(_ request: RecordingServer.Request) -> RecordingServer.Answer {
        let query = request.query
        let page = Int(query["page"] ?? "") ?? 1
        let size = Int(query["page_size"] ?? "") ?? 10
        return entries.withLock { entries in
            if let change = changes(request.number) { entries = entries.filter { !change.removing.contains($0) } + change.adding }
            let isDescending = order == .newestFirst || query["sort"]?.hasPrefix("-") == true
            let sorted = entries.sorted { isDescending ? $0 > $1 : $0 < $1 }
            let shown = sorted.dropFirst((page - 1) * size).prefix(size)
            return .json("[" + shown.map(element).joined(separator: ",") + "]", total: entries.count)
        }
    }
}
