import CurlTransport
import HarborAPI
import HarborDescription
import Testing

@Suite(
    "Every request is as Harbor describes its API (skipped where the description is absent)", .enabled(if: HarborDescription.isPresent),
    .timeLimit(.minutes(5)))
struct DescribedCallsTests {
    @Test("each call sends what is described and reads what is described", arguments: ExercisedCall.all.map(\.operation))
    func described(operation: HarborOperation) async throws {
        let description = try HarborDescription.load()
        let call = try #require(ExercisedCall.all.first { $0.operation == operation })
        let server = try RecordingServer { request in
            let name = description.operation(request.method, request.path)?.name ?? HarborOperation.headManifest.rawValue
            return ExercisedCall.all.first { $0.operation.rawValue == name }?.answer ?? .error(404, "NOT_FOUND", name)
        }
        let admin = HarborAccount(username: "admin", password: CurlTransport.Secret("other"))
        try await call.run(client(server, admin: admin))

        var met: Set<String> = []
        for request in server.requests {
            let sent = DescribedRequest(method: request.method, target: request.target, headers: request.headers, body: request.body)
            #expect(description.problems(of: sent) == [])
            met.insert(description.operation(sent.method, sent.path)?.name ?? HarborOperation.headManifest.rawValue)
        }
        #expect(met.contains(operation.rawValue))
        let asked = try #require(
            server.requests.first {
                description.operation($0.method, $0.path)?.name == operation.rawValue || operation == .headManifest
            })
        let received = DescribedResponse(status: call.answer.status, headers: call.answer.headers, body: call.answer.body)
        #expect(description.problems(of: received, to: DescribedRequest(method: asked.method, target: asked.target)) == [])
    }

    @Test("no operation is left out, and each but the registry's own is one of Harbor's")
    func complete() throws {
        #expect(Set(ExercisedCall.all.map(\.operation)) == Set(HarborOperation.allCases))
        let names = try HarborDescription.load().operationNames
        #expect(HarborOperation.allCases.filter { !names.contains($0.rawValue) } == [.headManifest])
    }
}
