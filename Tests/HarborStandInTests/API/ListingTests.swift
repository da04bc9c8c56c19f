import Foundation
import HarborLab
import LabServers
import Testing

@testable import HarborStandIn

@Suite("Harbor gives out lists by pages", .enabled(if: HarborLab.available(), StandInBench.skipReason))
struct ListingTests {
    @Test("pages are counted, linked and complete")
    func pages() async throws {
        let bench = try await StandInBench.shared
        var names: [String] = []
        var page = 1
        while true {
            let answer = try await bench.call("GET", "/repositories?page=\(page)&page_size=3&sort=name")
            let total = try #require(answer.headers["x-total-count"].flatMap { Int($0) })
            let part = try #require(try JSONValue(parsing: answer.body).array)
            names += part.compactMap { $0["name"]?.text }
            let link = answer.headers["link"] ?? ""
            #expect(link.contains("rel=\"next\"") == (names.count < total))
            #expect(link.contains("rel=\"prev\"") == (page > 1))
            if names.count >= total { break }
            page += 1
        }
        #expect(names == Set(bench.lab.images.map(\.repository)).union(["library/retired"]).sorted())
    }

    @Test("a page that the description does not allow is refused by 422", arguments: ["page_size=101", "page_size=x", "page=0"])
    func refused(_ query: String) async throws {
        let answer = try await StandInBench.shared.call("GET", "/projects?\(query)")
        #expect(answer.status == 422)
        #expect(answer.code == "UNPROCESSABLE_ENTITY")
    }

    @Test("a filter by an unknown key does not filter")
    func unknownKeys() async throws {
        let bench = try await StandInBench.shared
        let all = try await bench.get("/projects?page_size=100").array?.count
        #expect(try await bench.get("/projects?page_size=100&q=nosuchkey%3Dx").array?.count == all)
        #expect(try await bench.get("/projects?q=name%3Dteam-a").array?.count == 1)
        #expect(try await bench.get("/projects?q=name%3D~team").array?.count == 2)
    }

    @Test("links carry the query as it was decoded")
    func links() async throws {
        let answer = try await StandInBench.shared.call("GET", "/auditlog-exts?page_size=1&q=operation%3Dpush&sort=id")
        #expect(answer.headers["link"]?.contains("q=operation=push") == true)
    }

    @Test(
        "q knows exact, fuzzy, ranges and both lists",
        arguments: [
            ("a=b", ListQuery.Condition.exact("b")), ("a=~b", .fuzzy("b")), ("a=[1~2]", .range(low: "1", high: "2")),
            ("a=[~2]", .range(low: nil, high: "2")), ("a={x y}", .any(["x", "y"])), ("a=(x 'y')", .all(["x", "y"])),
            ("a=\\~b", .exact("~b")),
            ("a=%2B", .exact("+")),
        ])
    func queries(_ text: String, _ expected: ListQuery.Condition) throws {
        #expect(try ListQuery(text).conditions == ["a": expected])
    }

    @Test("a q without an equals sign is refused by 400")
    func malformed() async throws {
        // The description knows no 400 here, Harbor does.
        #expect(try await StandInBench.shared.send("GET", "/api/v2.0/projects?q=name").status == 400)
    }
}
