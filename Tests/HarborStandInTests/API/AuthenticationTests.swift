import HarborLab
import HarborStandIn
import LabServers
import Testing

@Suite("Harbor finds out who asks", .enabled(if: HarborLab.available(), StandInBench.skipReason))
struct AuthenticationTests {
    @Test("the current user is 200 for a user, 412 for a robot, 401 for nobody and for wrong secrets")
    func currentUser() async throws {
        let bench = try await StandInBench.shared
        let user = try await bench.get("/users/current", as: .administrator)
        #expect(user["username"] == "admin")
        #expect(user["sysadmin_flag"] == true)
        #expect(try await bench.call("GET", "/users/current", as: .robot).status == 412)
        #expect(try await bench.call("GET", "/users/current", as: .nobody).status == 401)
        #expect(try await bench.call("GET", "/users/current", as: .basic("robot$opsd", "wrong")).status == 401)
        #expect(try await bench.call("GET", "/users/current", as: .basic("admin", "wrong")).status == 401)
    }

    @Test("a robot with a wrong secret goes on as nobody, who sees public projects alone")
    func downgrade() async throws {
        let bench = try await StandInBench.shared
        func names(_ caller: StandInBench.Caller) async throws -> [String] {
            try await bench.get("/projects?page_size=100", as: caller).array?.compactMap { $0["name"]?.text }.sorted() ?? []
        }
        #expect(try await names(.robot) == ["dockerhub-cache", "library", "team-a", "team-b"])
        #expect(try await names(.basic("robot$opsd", "wrong")) == ["dockerhub-cache", "library"])
        #expect(try await names(.nobody) == ["dockerhub-cache", "library"])
        let path = try StandInBench.path(bench.image(.signed))
        #expect(try await bench.call("GET", path, as: .basic("robot$opsd", "wrong")).status == 401)
    }

    @Test("nobody gets 401, a robot without the permission 403", arguments: ["/configurations", "/users"])
    func permissions(_ path: String) async throws {
        let bench = try await StandInBench.shared
        #expect(try await bench.call("GET", path, as: .nobody).status == 401)
        let refused = try await bench.call("GET", path, as: .robot)
        #expect(refused.status == 403)
        #expect(refused.code == "FORBIDDEN")
        #expect(try await bench.call("GET", path, as: .administrator).status == 200)
    }

    @Test("a project's robot reaches its own project alone, and what the project grants")
    func projectRobot() async throws {
        let bench = try await StandInBench.shared
        let robot = StandInBench.Caller.basic("robot$team-a+ci", "robot-secret-of-the-lab")
        #expect(try await bench.call("GET", "/quotas", as: robot).status == 403)
        let own = try bench.image(.deepName)
        #expect(try await bench.call("GET", StandInBench.path(own), as: robot).status == 403)
    }

    @Test("a session cookie is offered, and who sends it back must prove where a change comes from")
    func forgery() async throws {
        let bench = try await StandInBench.shared
        let answer = try await bench.call("GET", "/projects", as: .administrator)
        #expect(answer.headers["set-cookie"]?.hasPrefix("sid=") == true)
        let refused = try await bench.call(
            "PUT", "/configurations", as: .administrator, headers: ["Cookie": "sid=1"], body: #"{"banner_message":""}"#)
        #expect(refused.status == 403)
        #expect(try await bench.call("PUT", "/configurations", as: .administrator, body: #"{"banner_message":""}"#).status == 200)
    }

    @Test("the client's id of a request comes back")
    func requestID() async throws {
        let bench = try await StandInBench.shared
        #expect(try await bench.call("GET", "/ping", headers: ["X-Request-Id": "one"]).headers["x-request-id"] == "one")
    }
}
