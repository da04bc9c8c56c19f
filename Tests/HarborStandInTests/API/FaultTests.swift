import HarborLab
import HarborStandIn
import LabServers
import LocalIO
import Testing

@Suite("the stand-in fails as it is told", .enabled(if: HarborLab.available(), StandInBench.skipReason))
struct FaultTests {
    @Test("each fault shows in the answers it was made for, and in no later one")
    func faults() async throws {
        let bench = try await StandInBench()
        defer { bench.stop() }
        let faults = bench.standIn.faults
        faults.isCoreDown = true
        let down = try await bench.call("GET", "/health")
        #expect(down.status == 502)
        #expect(down.headers["content-type"] == "text/html")
        faults.isCoreDown = false

        faults.refuse(next: 2, retryAfter: 7)
        for _ in 0..<2 {
            let refused = try await bench.call("GET", "/projects")
            #expect(refused.status == 429)
            #expect(refused.headers["retry-after"] == "7")
        }
        #expect(try await bench.call("GET", "/projects").status == 200)

        faults.expireCredentials(after: 1)
        #expect(try await bench.call("GET", "/quotas").status == 200)
        #expect(try await bench.call("GET", "/quotas").status == 401)
        faults.renewCredentials()
        #expect(try await bench.call("GET", "/quotas").status == 200)

        faults.cut("/projects", after: 5)
        await #expect(throws: LabError.self) { try await bench.send("GET", "/api/v2.0/projects") }
        #expect(try await bench.call("GET", "/projects").status == 200)

        faults.forgetRequests()
        faults.before("GET /api/v2.0/quotas", number: 2) { try bench.lab.sql("UPDATE quota SET hard = '{\"storage\": 5}'") }
        #expect(try await bench.get("/quotas/1")["hard"]?["storage"] == -1)
        #expect(try await bench.get("/quotas/1")["hard"]?["storage"] == 5)
        #expect(faults.requests.map(\.status) == [200, 200])
    }

    @Test(
        "a client that trusts its authority speaks with it by name and by address",
        .enabled(if: Program.find("curl") != nil, "skipped: curl is missing on this host"), arguments: ["localhost", "127.0.0.1"])
    func encryption(_ host: String) async throws {
        let lab = try await StandInBench.shared.lab
        let standIn = try await HarborStandIn.start(lab: lab)
        defer { standIn.stop() }
        let arguments = ["--silent", "--show-error", "--fail"]
        let authority = ["--cacert", standIn.certificateAuthority]
        let url = "https://\(host):\(standIn.port)/api/v2.0/ping"
        let trusted = try await onBlockingThread { try Program.run("curl", arguments + authority + [url]) }
        #expect(trusted.output == "Pong", "\(trusted.errors)")
        let distrusted = try await onBlockingThread { try Program.run("curl", arguments + [url]) }
        #expect(distrusted.status == 60)
    }
}
