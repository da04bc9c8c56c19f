import HarborLab
import HarborStandIn
import LabServers
import Testing

@Suite("Harbor tells of artifacts", .enabled(if: HarborLab.available(), StandInBench.skipReason))
struct ArtifactTests {
    private func digests(_ bench: StandInBench, _ repository: String, _ query: String = "") async throws -> Set<String> {
        let path = StandInBench.path(ofRepository: repository) + "/artifacts?page_size=100" + query
        return Set(try await bench.get(path).array?.compactMap { $0["digest"]?.text } ?? [])
    }

    @Test("the slash of a repository's name must be encoded twice; once is 404")
    func doubleEncoding() async throws {
        let bench = try await StandInBench.shared
        #expect(try await bench.call("GET", "/projects/team-b/repositories/a%252Fb%252Fc%252Fd").status == 200)
        #expect(try await bench.call("GET", "/projects/team-b/repositories/a%2Fb%2Fc%2Fd").status == 404)
    }

    @Test("a list holds what is tagged or no child of an index, and never an accessory")
    func defaultSet() async throws {
        let bench = try await StandInBench.shared
        let index = try bench.image(.index)
        #expect(try await digests(bench, index.repository) == [index.digest])
        #expect(try await digests(bench, index.repository, "&q=base%3D*") == Set([index.digest] + index.children))
        let signed = try bench.image(.signed)
        let untagged = try bench.image(.untagged)
        #expect(try await digests(bench, signed.repository) == [signed.digest, untagged.digest])
        #expect(try await digests(bench, signed.repository, "&q=tags%3Dnil") == [untagged.digest])
        #expect(try await digests(bench, signed.repository, "&q=tags%3D*") == [signed.digest])
    }

    @Test("an artifact comes with what is asked for")
    func parts() async throws {
        let bench = try await StandInBench.shared
        let signed = try bench.image(.signed)
        let path = StandInBench.path(signed)
        let full = try await bench.get(path + "?with_accessory=true&with_tag=true&with_immutable_status=true")
        #expect(full["accessories"]?.array?.first?["type"] == "signature.cosign")
        #expect(full["tags"]?.array?.first?["name"] == "v1.2.3")
        #expect(full["tags"]?.array?.first?["immutable"] == true)
        let bare = try await bench.get(path + "?with_accessory=false&with_tag=false")
        #expect(bare["accessories"] == .null)
        #expect(bare["tags"] == .null)
        #expect(bare["pull_time"]?.text?.hasPrefix("0001-01-01T00:00:00.000Z") == true)
        // Harbor's handler takes a missing parameter for true, whatever its description says.
        #expect(try await bench.get(path)["accessories"]?.array?.count == 1)
        let byTag = try await bench.get(StandInBench.path(ofRepository: signed.repository) + "/artifacts/v1.2.3")
        #expect(byTag["digest"]?.text == signed.digest)
    }

    @Test("scans are told of only to readers who accept the scanner's kind of report")
    func scans() async throws {
        let bench = try await StandInBench.shared
        let path = StandInBench.path(try bench.image(.plain)) + "?with_scan_overview=true"
        #expect(try await bench.get(path)["scan_overview"] == nil)
        let mime = "application/vnd.security.vulnerability.report; version=1.1"
        let overview = try await bench.get(path, headers: ["X-Accept-Vulnerabilities": mime])["scan_overview"]
        #expect(overview?[mime]?["scan_status"] == "Success")
    }

    /// Calls that only read, as paths below the API.
    private static let readings = [
        "/ping", "/health", "/systeminfo", "/systeminfo/volumes", "/statistics", "/system/CVEAllowlist", "/projects?with_detail=true",
        "/projects/team-a",
        "/projects/2", "/projects/team-a/summary", "/projects/team-a/metadatas/", "/projects/team-a/metadatas/prevent_vul",
        "/projects/team-a/members", "/projects/team-a/immutabletagrules", "/projects/team-a/webhook/policies", "/labels?scope=g",
        "/labels?scope=p&project_id=2", "/repositories", "/projects/team-a/repositories", "/projects/team-a/artifacts?with_label=true",
        "/quotas", "/quotas/1", "/robots", "/robots?q=Level%3Dproject%2CProjectID%3D2", "/robots/1", "/auditlog-exts",
        "/auditlog-exts/events",
        "/projects/team-a/auditlog-exts", "/audit-logs", "/registries", "/replication/policies", "/replication/policies/1",
        "/replication/executions",
        "/projects/team-a/repositories/web%252Fserver/artifacts/v1.2.3/tags?with_immutable_status=true",
        "/projects/team-a/repositories/web%252Fserver/artifacts/v1.2.3/accessories",
    ]

    @Test("answers are as Harbor's description says", arguments: readings)
    func described(_ path: String) async throws {
        let bench = try await StandInBench.shared
        let answer = try await bench.call("GET", path)
        #expect(answer.status == 200, "\(answer.headers["x-stand-in-error"] ?? "")")
    }

    @Test("nobody learns less of the installation than who is known")
    func information() async throws {
        let bench = try await StandInBench.shared
        #expect(try await bench.get("/systeminfo", as: .nobody)["harbor_version"] == nil)
        #expect(try await bench.get("/systeminfo")["harbor_version"]?.text?.hasPrefix("v2.15.2") == true)
        #expect(try await bench.get("/configurations", as: .administrator)["read_only"]?["value"] == false)
    }
}
