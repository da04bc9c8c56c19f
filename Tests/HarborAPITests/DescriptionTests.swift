import HarborDescription
import Testing

@Suite(
    "The description finds what is wrong (skipped where the description is absent)", .enabled(if: HarborDescription.isPresent),
    .timeLimit(.minutes(2)))
struct DescriptionTests {
    private let description: HarborDescription

    init() throws { description = try HarborDescription.load() }

    @Test(
        "a request that Harbor does not describe",
        arguments: [
            ("GET", "/api/v2.0/nothing", "", "no such operation"),
            ("GET", "/api/v2.0/projects?page_size=101", "", "is more than 100"),
            ("GET", "/api/v2.0/projects?page=x", "", "no integer"),
            ("GET", "/api/v2.0/projects?pages=1", "", "pages is not described"),
            ("GET", "/api/v2.0/projects?page=1&page=2", "", "stands twice"),
            ("GET", "/api/v2.0/projects?q=a+b", "", "badly encoded"),
            ("GET", "/api/v2.0/projects?public=yes", "", "no truth value"),
            ("GET", "/api/v2.0/projects/p/repositories/a%2Fb/artifacts", "", "encoded once"),
            ("GET", "/api/v2.0/projects", "{}", "has a body"),
            ("GET", "/api/v2.0/system/gc/x", "", "no integer"),
            ("HEAD", "/api/v2.0/projects", "", "project_name is missing"),
            ("PUT", "/api/v2.0/jobservice/queues/X", "", "body is missing"),
            ("PUT", "/api/v2.0/jobservice/queues/X", #"{"action":"halt"}"#, "none of stop, pause, resume"),
            ("PUT", "/api/v2.0/jobservice/queues/X", #"{"action":1}"#, "not string"),
            ("PUT", "/api/v2.0/jobservice/queues/X", #"{"action":"stop","why":""}"#, "why is not described"),
            ("PUT", "/api/v2.0/jobservice/queues/X", "{", "no JSON"),
            ("GET", "/v3/x", "", "no such operation"),
        ])
    func request(_ method: String, _ target: String, _ body: String, _ expected: String) {
        let problems = description.problems(of: DescribedRequest(method: method, target: target, body: Array(body.utf8)))
        #expect(problems.count == 1)
        #expect(problems.first?.contains(expected) == true, "\(problems)")
    }

    @Test(
        "an answer that Harbor does not describe",
        arguments: [
            ("/api/v2.0/projects", 200, "[]", "X-Total-Count"), ("/api/v2.0/projects", 207, "", "status is not described"),
            ("/api/v2.0/systeminfo", 200, #"{"harbour_version":"1"}"#, "harbour_version is not described"),
            ("/api/v2.0/systeminfo", 200, #"{"read_only":"no"}"#, "not boolean"),
            ("/api/v2.0/systeminfo", 200, #"{"current_time":"today"}"#, "no RFC 3339 time"),
            ("/api/v2.0/systeminfo", 200, "", "no JSON"), ("/api/v2.0/systeminfo/volumes", 200, #"{"storage":[{"free":-1}]}"#, "beyond"),
            ("/api/v2.0/scans/all/metrics", 200, #"{"trigger":"Moon"}"#, "none of Manual"),
            ("/api/v2.0/scans/all/metrics", 403, #"{"error":"no"}"#, "error is not described"),
            ("/api/v2.0/scans/all/metrics", 200, #"{"total":1.5}"#, "no whole number"),
        ])
    func response(_ target: String, _ status: Int, _ body: String, _ expected: String) {
        let response = DescribedResponse(
            status: status, headers: [(name: "Content-Type", value: "application/json")], body: Array(body.utf8))
        let problems = description.problems(of: response, to: DescribedRequest(method: "GET", target: target))
        #expect(problems.count == 1)
        #expect(problems.first?.contains(expected) == true, "\(problems)")
    }

    @Test("each exception says why")
    func exceptions() {
        #expect(DescriptionException.all.allSatisfy { $0.reason.count > 10 })
    }
}
