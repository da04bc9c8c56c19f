import CurlTransport
import Foundation
import HarborAPI
import OCIImage
import Testing

@Suite("Who asks, and how names are written", .timeLimit(.minutes(5)))
struct CredentialTests {
    @Test("each request brings the credential unasked, and never a cookie")
    func basic() async throws {
        let server = try RecordingServer { _ in .json(#"{"paused":true}"#, headers: [(name: "Set-Cookie", value: "sid=1; Path=/")]) }
        let harbor = client(server)
        for _ in 0..<3 { _ = try await harbor.isSchedulerPaused() }
        let expected = "Basic " + Data("robot$backup:s3cret".utf8).base64EncodedString()
        #expect(server.requests.map { $0.header("Authorization") } == [expected, expected, expected])
        #expect(server.requests.allSatisfy { $0.header("Cookie") == nil && $0.header("User-Agent") == "opsd/1.2" })
    }

    @Test("a repository's name is encoded twice, a digest and odd names once")
    func encoding() async throws {
        let server = try RecordingServer { _ in RecordingServer.Answer() }
        try await client(server).deleteArtifact(Sample.digest(), in: RepositoryName(parsing: "library/a/b.c_d"))
        try await client(server).pauseQueue("A B/%?")
        #expect(
            server.requests.map(\.target) == [
                "/api/v2.0/projects/library/repositories/a%252Fb.c_d/artifacts/\(Sample.text.replacing(":", with: "%3A"))",
                "/api/v2.0/jobservice/queues/A%20B%2F%25%3F",
            ])
    }

    @Test("a project of digits is called a name")
    func digits() async throws {
        let server = try RecordingServer { _ in .json(#"{"project_id":1,"name":"2024"}"#) }
        _ = try await client(server).project("2024")
        #expect(server.requests.first?.header("X-Is-Resource-Name") == "true")
    }

    @Test("a repository without a project is refused before anything is sent")
    func noProject() async throws {
        let server = try RecordingServer { _ in RecordingServer.Answer() }
        let error = try await harborError { _ = try await client(server).artifacts(in: RepositoryName(parsing: "app")) }
        #expect(error.code == .malformed)
        #expect(server.requests.isEmpty)
    }

    @Test(
        "Harbor's three answers tell who we are",
        arguments: [
            (200, Identity.user(name: "jo", isAdministrator: false)), (412, .robot), (401, .nobody),
        ])
    func identity(_ status: Int, _ expected: Identity) async throws {
        let server = try RecordingServer { _ in status == 200 ? .json(#"{"username":"jo"}"#) : .error(status, "X") }
        #expect(try await client(server).whoAmI() == expected)
    }

    @Test("the public part of the projects is not taken for all of them")
    func anonymous() async throws {
        let server = try RecordingServer { request in
            request.path.hasSuffix("current") ? .error(401, "UNAUTHORIZED") : .json(#"[{"project_id":1,"name":"public"}]"#, total: 1)
        }
        let error = try await harborError { _ = try await client(server).projects() }
        #expect(error.code == .unauthorized)
        #expect(error.remedy.contains("expired"))
    }

    @Test("a robot that expires while a list is read ends the reading")
    func expires() async throws {
        let list = ShiftingList(Array(1...400))
        let server = try RecordingServer { $0.number < 4 ? list.answer($0) : .error(401, "UNAUTHORIZED", "unauthorized") }
        let error = try await harborError { _ = try await client(server).tags(of: Sample.digest(), in: Sample.repository()) }
        #expect(error.code == .unauthorized)
        #expect(error.status == 401)
        #expect(error.missingPermission == nil)
        #expect(error.remedy.contains("neither disabled nor expired"))
    }

    @Test("a 401 for a robot that Harbor knows is about a permission, which the error names")
    func soundCredential() async throws {
        let server = try RecordingServer { request in
            request.path.hasSuffix("current") ? .error(412, "PRECONDITION") : .error(401, "UNAUTHORIZED")
        }
        let error = try await harborError { _ = try await client(server).queues() }
        #expect(error.code == .unauthorized)
        #expect(error.missingPermission == HarborPermission(.system, "jobservice-monitor", "list"))
        #expect(error.remedy.contains("jobservice-monitor: list (system)"))
    }

    @Test("the administrator's account is used for the configuration and nothing else")
    func administrator() async throws {
        let server = try RecordingServer { request in
            request.path.hasSuffix("configurations")
                ? .json(#"{"read_only":{"value":true,"editable":false},"uaa_client_secret":{"value":"x","editable":true}}"#)
                : .json(#"{"paused":false}"#)
        }
        let harbor = client(server, admin: HarborAccount(username: "admin", password: CurlTransport.Secret("root")))
        #expect(try await harbor.configuration() == ["read_only": ConfigurationValue(value: .flag(true), isEditable: false)])
        _ = try await harbor.isSchedulerPaused()
        let names = server.requests.map { request in
            request.header("Authorization").flatMap { Data(base64Encoded: String($0.dropFirst(6))) }
                .map { String(decoding: $0, as: UTF8.self).prefix { $0 != ":" } }
        }
        #expect(names == ["admin", "robot$backup"])
    }

    @Test("without an administrator's account the configuration is not asked for")
    func noAdministrator() async throws {
        let server = try RecordingServer { _ in .json("{}") }
        let error = try await harborError { _ = try await client(server).configuration() }
        #expect(error.code == .needsAdministrator)
        #expect(server.requests.isEmpty)
    }
}
