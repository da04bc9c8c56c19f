import Foundation
import HarborAPI
import Testing

@Suite("A list is read whole, whatever happens meanwhile", .timeLimit(.minutes(5)))
struct PagingTests {
    private func tagIDs(_ list: ShiftingList) async throws -> (ids: [Int64], requests: [RecordingServer.Request]) {
        let server = try RecordingServer { list.answer($0) }
        let tags = try await client(server).tags(of: Sample.digest(), in: Sample.repository())
        return (tags.map(\.id), server.requests)
    }

    @Test("a list at rest comes in order, each entry once", arguments: [0, 1, 99, 100, 101, 200, 250, 1000])
    func atRest(count: Int) async throws {
        let (ids, requests) = try await tagIDs(ShiftingList(Array(0..<count).map { $0 + 1 }))
        #expect(ids == (0..<Int64(count)).map { $0 + 1 })
        #expect(requests.allSatisfy { $0.query["page_size"] == "100" || $0.query["sort"] == "-id" })
        // The first page alone, or that, the newest id and all pages.
        #expect(requests.count == (count <= 100 ? 1 : 2 + (count + 99) / 100))
    }

    @Test("an entry that a deletion moves past the reader is found all the same", arguments: 2...6)
    func deletion(request: Int) async throws {
        let list = ShiftingList(Array(1...350), changes: { $0 == request ? .init(removing: [1, 2, 3]) : nil })
        let (ids, _) = try await tagIDs(list)
        #expect(Set(ids).isSuperset(of: 4...350))
        #expect(ids.count == Set(ids).count)
    }

    @Test("a deletion and a creation at once, which leave the count as it is, hide nothing", arguments: 2...6)
    func exchange(request: Int) async throws {
        let list = ShiftingList(Array(1...350), changes: { $0 == request ? .init(removing: [5], adding: [351]) : nil })
        let (ids, _) = try await tagIDs(list)
        #expect(Set(ids).isSuperset(of: Set(1...350).subtracting([5])))
    }

    @Test("entries that keep coming leave the list whole", arguments: 1...5)
    func creation(request: Int) async throws {
        let list = ShiftingList(Array(1...250), changes: { $0 % 5 == request % 5 ? .init(adding: [1000 + $0]) : nil })
        let (ids, _) = try await tagIDs(list)
        #expect(Set(ids).isSuperset(of: 1...250))
    }

    @Test("random changes never hide an entry that is there throughout", arguments: 0..<12)
    func random(seed: Int) async throws {
        let list = ShiftingList(
            Array(1...420),
            changes: { number in
                guard number < 12, (number * 7 + seed * 13) % 3 == 0 else { return nil }
                return .init(removing: [number * 3 + seed, 100 + number], adding: [1000 + number])
            })
        let (ids, _) = try await tagIDs(list)
        #expect(Set(ids).isSuperset(of: 200...420))
        #expect(ids.count == Set(ids).count)
    }

    @Test("a list that Harbor sorts as it likes is read until two readings agree", arguments: 1...8)
    func unsorted(request: Int) async throws {
        let element: @Sendable (Int) -> String = { #"{"id":\#($0),"repository":"library/a","status":"Success"}"# }
        let list = ShiftingList(
            Array(1...300), order: .newestFirst, element: element, changes: { $0 == request ? .init(removing: [299, 150]) : nil })
        let server = try RecordingServer { list.answer($0) }
        let ids = try await client(server).retentionTasks(of: 1, policy: 2).map(\.id)
        #expect(Set(ids).isSuperset(of: Set(1...300).subtracting([299, 150])))
    }

    @Test("an order that is ignored in silence is noticed")
    func ignoredOrder() async throws {
        let (ids, _) = try await tagIDs(ShiftingList(Array(1...250), order: .newestFirst))
        #expect(Set(ids) == Set(1...250))
    }

    @Test("a list that never holds still is an error that says so")
    func restless() async throws {
        let list = ShiftingList(Array(1...1000), changes: { .init(removing: [$0]) })
        let server = try RecordingServer { list.answer($0) }
        let error = try await harborError { _ = try await client(server).tags(of: Sample.digest(), in: Sample.repository()) }
        #expect(error.code == .unsettled)
        #expect(error.isRetryable)
    }

    @Test("a server that sends the whole list with every page is believed once")
    func wholeAtOnce() async throws {
        let server = try RecordingServer { _ in
            .json("[" + (1...130).map { #"{"id":\#($0),"vendor_type":"RETENTION"}"# }.joined(separator: ",") + "]")
        }
        #expect(try await client(server).schedules().count == 130)
        #expect(server.requests.count == 1)
    }

    @Test("a list without a count ends, also where each page is the same and full")
    func withoutCount() async throws {
        let server = try RecordingServer { _ in
            .json("[" + (1...100).map { #"{"id":\#($0),"vendor_type":"RETENTION"}"# }.joined(separator: ",") + "]")
        }
        #expect(try await client(server).schedules().count == 100)
    }

    @Test("null is an empty list")
    func null() async throws {
        let server = try RecordingServer { _ in .json("null", total: 0) }
        #expect(try await client(server).schedules() == [])
    }

    @Test("a filter that Harbor ignores in silence is applied again")
    func silentFilter() async throws {
        let server = try RecordingServer { request in
            request.path.hasSuffix("executions")
                ? .json(#"[{"id":1,"policy_id":3,"status":"Succeed"},{"id":2,"policy_id":4,"status":"Failed"}]"#, total: 2)
                : .json(
                    #"[{"id":1,"op_time":"2025-12-31T23:59:59.900Z"},{"id":2,"op_time":"2026-01-01T00:00:00.500Z"},{"id":3,"op_time":"2026-01-02T00:00:00Z"}]"#,
                    total: 3)
        }
        #expect(try await client(server).replicationExecutions(of: 4).map(\.id) == [2])
        let (start, end) = (Date(timeIntervalSince1970: 1_767_225_600.25), Date(timeIntervalSince1970: 1_767_312_000))
        #expect(try await client(server).auditLog(from: start, to: end).map(\.id) == [2])
        let sent = try #require(server.requests.last)
        #expect(sent.target.contains("q=op_time%3D%5B2026-01-01T00%3A00%3A00~2026-01-02T00%3A00%3A00%5D"))
    }
}
